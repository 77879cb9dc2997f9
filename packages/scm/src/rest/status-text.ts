import type { ScmState } from '../objects.ts';

/** The words that services show beside a status, when the build gives no other ones. */
const WORDS: Readonly<Record<ScmState, string>> = {
  waiting: 'Waiting for other pipelines',
  blocked: 'Waiting for an approval',
  pending: 'Waiting for a runner',
  running: 'Running',
  success: 'Passed',
  failure: 'Failed',
  error: 'Ended with an error',
  killed: 'Cancelled',
  declined: 'Declined',
  skipped: 'Skipped',
};

/** The description of a status within the limit of the service, cut between code points. */
export function statusText(state: ScmState, description: string, limit: number): string {
  const whole = description === '' ? WORDS[state] : description;
  const points = Array.from(whole);
  return points.length <= limit ? whole : `${points.slice(0, limit - 1).join('')}…`;
}
