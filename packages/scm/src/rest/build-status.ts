import { createHash } from 'node:crypto';
import type { ScmState } from '../objects.ts';

/** States of both Bitbuckets (scm.md 1.8), but for what ended without a result. */
const STATES: Readonly<Record<Exclude<ScmState, 'killed' | 'declined'>, string>> = {
  waiting: 'INPROGRESS',
  blocked: 'INPROGRESS',
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  error: 'FAILED',
  skipped: 'SUCCESSFUL',
};
const MAX_KEY = 40;

/** The state; `stopped` is the word for what was cancelled or declined. */
export function bitbucketState(state: ScmState, stopped: 'STOPPED' | 'FAILED'): string {
  return state === 'killed' || state === 'declined' ? stopped : STATES[state];
}

/** The label as a key of at most 40 characters: longer ones become their SHA-1, the same every time. */
export function bitbucketKey(label: string): string {
  return label.length <= MAX_KEY ? label : createHash('sha1').update(label).digest('hex');
}
