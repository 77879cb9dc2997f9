import type { HealthCheck, Remedy, RepoHealth } from './git-service-calls.ts';
import type { Tone } from './status.ts';

interface Look {
  readonly label: string;
  readonly tone: Tone;
}

const STATES: Readonly<Record<RepoHealth['state'], Look>> = {
  ok: { label: 'Healthy', tone: 'ok' },
  degraded: { label: 'Works, with warnings', tone: 'warn' },
  unproven: { label: 'Not proven yet', tone: 'warn' },
  broken: { label: 'Broken', tone: 'danger' },
  inactive: { label: 'Not active', tone: 'muted' },
};

const CHECK_STATES: Readonly<Record<HealthCheck['state'], Look>> = {
  ok: { label: 'ok', tone: 'ok' },
  info: { label: 'note', tone: 'info' },
  warn: { label: 'warning', tone: 'warn' },
  fail: { label: 'failed', tone: 'danger' },
  unknown: { label: 'not known', tone: 'muted' },
};

const CHECK_NAMES: Readonly<Record<string, string>> = {
  service: 'Git service',
  owner: 'Owner',
  token: 'Token',
  permission: 'Permission',
  hook: 'Webhook',
  address: 'Address',
  delivery: 'Deliveries',
  refs: 'Branches and tags',
  clone: 'Cloning',
  statuses: 'Commit statuses',
};

/** The look of a state, also of one that a newer server may send. */
export function lookOfHealth(state: string): Look {
  if (Object.hasOwn(STATES, state)) return STATES[state as RepoHealth['state']];
  return { label: state, tone: 'muted' };
}

export function lookOfCheck(state: string): Look {
  if (Object.hasOwn(CHECK_STATES, state)) return CHECK_STATES[state as HealthCheck['state']];
  return { label: state, tone: 'muted' };
}

export function nameOfCheck(name: string): string {
  return Object.hasOwn(CHECK_NAMES, name) ? (CHECK_NAMES[name] ?? name) : name;
}

/** True when somebody should be told on the page of the builds. */
export function needsAttention(health: RepoHealth): boolean {
  return health.state !== 'ok' && health.state !== 'inactive';
}

/** What to fix first: failures before warnings, in the order of the checks. */
export function worstCheck(health: RepoHealth): HealthCheck | undefined {
  const first = (state: HealthCheck['state']) => health.checks.find((check) => check.state === state);
  return first('fail') ?? first('warn') ?? first('unknown');
}

/** The button that mends what a check has found; `undefined` where only a setting elsewhere does. */
export function remedyOf(check: HealthCheck): Remedy | undefined {
  if (check.state === 'ok' || check.state === 'info') return undefined;
  if (check.name === 'hook') return 'repair';
  if (check.name === 'refs') return check.state === 'warn' ? 'reconcile' : undefined;
  const isAboutOwner = check.name === 'owner' || check.name === 'token' || check.name === 'permission';
  return isAboutOwner && check.state !== 'unknown' ? 'chown' : undefined;
}
