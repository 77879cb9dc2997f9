import type { RunnerIdentity } from './runner.ts';
import { reachesStage, type TokenReach } from './runner-token.ts';
import type { Stage } from './stage.ts';

/** What of a runner does not fit a stage. */
export const RUNNER_FILTERS = [
  'kind',
  'type',
  'os',
  'arch',
  'variant',
  'kernel',
  'labels',
  'token',
  'paused',
  'lost',
] as const;
type RunnerFilter = (typeof RUNNER_FILTERS)[number];

/** A runner that was silent for longer counts as lost; one that waits for work asks again well before. */
export const RUNNER_SILENT_SECONDS = 120;

export interface FailedFilter {
  readonly filter: RunnerFilter;
  readonly wanted: string;
  readonly offered: string;
}

/** A runner as the registry knows it. */
export interface SeenRunner extends RunnerIdentity {
  /** Absent when nothing limits it. */
  readonly reach?: TokenReach;
  readonly isPaused: boolean;
  /** Unix seconds; 0 when it has never been there. */
  readonly lastContact: number;
}

type WantingStage = Pick<Stage, 'repoId' | 'kind' | 'type' | 'platform' | 'labels'>;

/** The conditions of the claim, one by one (store/leases.ts): empty when the runner could take the stage. `now` in unix seconds. */
export function failedFilters(stage: WantingStage, runner: SeenRunner, now: number): readonly FailedFilter[] {
  const failed: FailedFilter[] = [];
  const check = (filter: RunnerFilter, isMet: boolean, wanted: string, offered: string): void => {
    if (!isMet) failed.push({ filter, wanted, offered });
  };
  const { platform } = stage;
  const offer = runner.platform;
  const isBound = Object.values(offer).some((value) => value !== '');
  check('kind', stage.kind === 'pipeline', stage.kind, 'pipeline');
  check('type', stage.type === '' || runner.types.includes(stage.type), stage.type, runner.types.join(', '));
  check('os', !isBound || platform.os === offer.os, platform.os, offer.os);
  check('arch', !isBound || platform.arch === offer.arch, platform.arch, offer.arch);
  const fits = (wanted: string, offered: string) => !isBound || wanted === '' || wanted === offered;
  check('variant', fits(platform.variant, offer.variant), platform.variant, offer.variant);
  check('kernel', fits(platform.version, offer.version), platform.version, offer.version);
  const wanted = labelText(stage.labels);
  const offered = labelText(runner.labels);
  check('labels', wanted === offered, wanted || 'none', offered || 'none');
  check(
    'token',
    runner.reach === undefined || reachesStage(runner.reach, stage),
    'a token for this stage',
    'a token for other ones',
  );
  check('paused', !runner.isPaused, 'a runner that is not paused', 'paused');
  const silence = now - runner.lastContact;
  // A time and not how long ago: the answer stays the same for as long as nothing changes.
  const seen = new Date(runner.lastContact * 1000).toISOString();
  const since = runner.lastContact === 0 ? 'never seen' : `last seen at ${seen}`;
  check('lost', silence <= RUNNER_SILENT_SECONDS, 'a runner that is there', since);
  return failed;
}

/** `key=value` with commas between, by key; empty for none. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(', ');
}
