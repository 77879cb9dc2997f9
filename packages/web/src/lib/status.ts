import type { Status } from '@sortie/core/status';

/** The colour family of a status; the stylesheet knows one colour per tone and theme. */
export type Tone = 'ok' | 'danger' | 'warn' | 'info' | 'muted';

/** A shape of its own per status, so that none is told apart by colour alone. */
export type Shape =
  | 'check'
  | 'cross'
  | 'octagon'
  | 'stop'
  | 'ban'
  | 'skip'
  | 'spinner'
  | 'clock'
  | 'hourglass'
  | 'shield'
  | 'dashed';

export interface StatusLook {
  /** What is shown and spoken. */
  readonly label: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

/** The vocabulary of cli-ui-sdk.md 3.6. `none` is a repository that has never been built. */
export const STATUS_LOOKS: Readonly<Record<Status | 'none', StatusLook>> = {
  success: { label: 'passed', tone: 'ok', shape: 'check' },
  failure: { label: 'failed', tone: 'danger', shape: 'cross' },
  error: { label: 'error', tone: 'danger', shape: 'octagon' },
  killed: { label: 'cancelled', tone: 'muted', shape: 'stop' },
  declined: { label: 'declined', tone: 'muted', shape: 'ban' },
  skipped: { label: 'skipped', tone: 'muted', shape: 'skip' },
  running: { label: 'running', tone: 'info', shape: 'spinner' },
  pending: { label: 'queued', tone: 'muted', shape: 'clock' },
  waiting_on_dependencies: { label: 'waiting', tone: 'muted', shape: 'hourglass' },
  blocked: { label: 'needs approval', tone: 'warn', shape: 'shield' },
  none: { label: 'no builds yet', tone: 'muted', shape: 'dashed' },
};

/** The look of a status, also of one that a newer server may send. */
export function lookOf(status: string): StatusLook {
  if (Object.hasOwn(STATUS_LOOKS, status)) return STATUS_LOOKS[status as Status];
  return { label: status, tone: 'muted', shape: 'dashed' };
}

/** True while something may still change by itself. */
export function isActive(status: string): boolean {
  return (
    status === 'running' ||
    status === 'pending' ||
    status === 'waiting_on_dependencies' ||
    status === 'blocked'
  );
}

/** True for results that somebody has to look at. */
export function isBad(status: string): boolean {
  return status === 'failure' || status === 'error';
}
