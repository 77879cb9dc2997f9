import type { Verdict } from '@sortie/core/delivery';
import type { Delivery } from './git-service-calls.ts';
import type { Tone } from './status.ts';

const VERDICTS: Readonly<Record<Verdict, { readonly label: string; readonly tone: Tone }>> = {
  received: { label: 'being worked on', tone: 'info' },
  built: { label: 'built', tone: 'ok' },
  'error-build': { label: 'build with an error', tone: 'danger' },
  skipped: { label: 'skipped', tone: 'muted' },
  ignored: { label: 'ignored', tone: 'muted' },
  failed: { label: 'failed', tone: 'danger' },
};

/** The look of a verdict, also of one that a newer server may send. */
export function lookOfVerdict(verdict: string): { readonly label: string; readonly tone: Tone } {
  if (Object.hasOwn(VERDICTS, verdict)) return VERDICTS[verdict as Verdict];
  return { label: verdict, tone: 'muted' };
}

/** `main`, `v1.2`, `pull request 4`; other refs as they are. */
export function shortRef(ref: string): string {
  const pull = /^refs\/(?:pull|merge-requests|pull-requests)\/(\d+)\//.exec(ref);
  return pull === null ? ref.replace(/^refs\/(?:heads|tags)\//, '') : `pull request ${pull[1]}`;
}

/** Newest first; one that has moved to the next page while another arrived is listed once. */
export function mergeDeliveries(pages: readonly (readonly Delivery[])[]): readonly Delivery[] {
  return [...new Map(pages.flat().map((delivery) => [delivery.id, delivery])).values()];
}

/** What came of processing it again, for the line that is spoken. */
export function outcomeOf(delivery: Delivery): string {
  const build = delivery.build_number === undefined ? '' : `, build #${delivery.build_number}`;
  const why = delivery.message === undefined ? '' : `. ${delivery.message}`;
  return `Processed again as delivery ${delivery.id}: ${lookOfVerdict(delivery.verdict).label}${build}${why}`;
}
