import type { Build } from './drive.ts';
import type { FaultKind } from './fault-plan.ts';
import type { History } from './history.ts';

export type Stage = NonNullable<Build['stages']>[number];

export interface StageVerdict {
  /** How it ended; `lost` with its runner, `no room` on a full disk, `no more room` when it had begun. */
  readonly name: string;
  /** Why it should not have ended so. */
  readonly problem?: string;
}

/** Something is the reason for the end of a stage when it happened while the stage ran, or shortly before. */
const SLACK_MS = 5000;
/** A runner tries for about a minute to write something down, and a little less when it is lucky. */
const SHORTEST_TRY_MS = 25_000;
const FULL_DISK = /the disk of \S+\.spool is full/;

export function judgeStage(history: History, build: Build, stage: Stage): StageVerdict {
  const { status, error = '', machine = '' } = stage;
  const at = `${stage.name} on ${machine || 'no runner'}`;
  if (status === 'killed') {
    if (history.cancelled.has(build.number)) return { name: 'cancelled' };
    return { name: 'killed', problem: `${at} was killed by nobody` };
  }
  if (status !== 'error') return { name: status };
  if (error === 'runner lost' && findCause(history, { build, stage }, ['kill', 'pause']) !== undefined)
    return { name: 'lost' };
  if (!FULL_DISK.test(error)) return { name: 'error', problem: `${at}: ${error}` };
  const full = findCause(history, { build, stage }, ['disk']);
  if (full === undefined) return { name: 'error', problem: `${at}: ${error}, and there was room` };
  // Whatever had begun can wait until there is room again, if that comes soon.
  const hasBegun = stage.steps?.some(({ started = 0 }) => started > 0) === true;
  if (!hasBegun) return { name: 'no room' };
  if (full.toMs - full.fromMs >= SHORTEST_TRY_MS) return { name: 'no more room' };
  return { name: 'error', problem: `${at} did not wait for room: ${error}` };
}

/** The longest fault of these kinds that its runner had meanwhile. */
function findCause(
  { faults, sightings }: History,
  { build, stage }: { readonly build: Build; readonly stage: Stage },
  kinds: readonly FaultKind[],
) {
  const { machine, started, stopped } = stage;
  const life = sightings.lifeOf(build.number);
  const during = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) => {
    return faults.filter((fault) => fault.fromMs <= toMs + SLACK_MS && fault.toMs >= fromMs - SLACK_MS);
  };
  const isWrongClock = during(life).some(
    ({ kind, target }) => kind === 'clock' && (target === 'server' || target === machine),
  );
  // The times of the stage mean nothing when a clock was wrong that they come from.
  const span = isWrongClock ? life : { fromMs: (started || stopped) * 1000, toMs: stopped * 1000 };
  return during(span)
    .filter(({ kind, target }) => target === machine && kinds.includes(kind))
    .toSorted((one, other) => other.toMs - other.fromMs - (one.toMs - one.fromMs))[0];
}
