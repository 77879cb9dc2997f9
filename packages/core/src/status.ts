import { AppError } from './errors.ts';

/**
 * States and moves of builds, stages and steps (api-v1.md section 4), as pure functions.
 *
 * build:  pending → running → success | failure | error | killed; pending, running → skipped (auto-cancel);
 *         any unfinished → declined
 * stage:  blocked → pending | waiting_on_dependencies | declined; waiting_on_dependencies → pending | skipped;
 *         pending → running | error | skipped | killed; running → success | failure | error | killed | skipped
 * step:   pending → running | skipped | error | killed; running → success | failure | error | killed
 *
 * A finished row never moves again within its attempt: a requeue writes a new attempt.
 */
export const STATUSES = [
  'skipped',
  'blocked',
  'declined',
  'waiting_on_dependencies',
  'pending',
  'running',
  'success',
  'failure',
  'killed',
  'error',
] as const;

export type Status = (typeof STATUSES)[number];

/** True for one of the words above. */
export function isStatus(text: string): text is Status {
  return STATUSES.some((status) => status === text);
}

/** What a status belongs to; the moves differ. */
export type StatusOwner = 'build' | 'stage' | 'step';

const UNDONE: ReadonlySet<Status> = new Set(['blocked', 'waiting_on_dependencies', 'pending', 'running']);
const FAILED: ReadonlySet<Status> = new Set(['failure', 'killed', 'error']);

const MOVES: Readonly<Record<StatusOwner, Partial<Record<Status, readonly Status[]>>>> = {
  build: {
    pending: ['running', 'success', 'failure', 'error', 'killed', 'skipped', 'declined'],
    running: ['success', 'failure', 'error', 'killed', 'skipped', 'declined'],
    blocked: ['pending', 'declined', 'killed', 'skipped'],
  },
  stage: {
    blocked: ['pending', 'waiting_on_dependencies', 'declined', 'skipped', 'killed'],
    waiting_on_dependencies: ['pending', 'skipped', 'killed', 'error'],
    pending: ['running', 'success', 'failure', 'error', 'killed', 'skipped'],
    running: ['success', 'failure', 'error', 'killed', 'skipped'],
  },
  step: {
    pending: ['running', 'success', 'failure', 'error', 'killed', 'skipped'],
    running: ['success', 'failure', 'error', 'killed'],
  },
};

/** True when the status is final within its attempt. */
export function isDone(status: Status): boolean {
  return !UNDONE.has(status);
}

/** True for the statuses that count as failed when dependents are decided. */
export function isFailed(status: Status): boolean {
  return FAILED.has(status);
}

/** True when the move is listed above. Staying in the same status is not a move. */
export function canMove(owner: StatusOwner, from: Status, to: Status): boolean {
  return MOVES[owner][from]?.includes(to) ?? false;
}

/** Returns `to`, or throws `illegal-move` when the move is not listed. */
export function move(owner: StatusOwner, from: Status, to: Status): Status {
  if (canMove(owner, from, to)) return to;
  throw new AppError('illegal-move', `A ${owner} cannot go from ${from} to ${to}.`, {
    hint: isDone(from) ? `This ${owner} has already ended. Restart it to run it again.` : undefined,
  });
}

/**
 * The status of a build whose stages are all done: the first failed stage in number order decides, none means
 * success; skipped stages count as fine (api-v1.md 4.1). `undefined` while any stage is not done.
 */
export function buildOutcome(stages: readonly { readonly status: Status }[]): Status | undefined {
  if (stages.some((stage) => !isDone(stage.status))) return undefined;
  if (stages.some((stage) => stage.status === 'declined')) return 'declined';
  return stages.find((stage) => isFailed(stage.status))?.status ?? 'success';
}

export interface DependentStage {
  readonly number: number;
  readonly name: string;
  readonly status: Status;
  readonly onSuccess: boolean;
  readonly onFailure: boolean;
  readonly dependsOn: readonly string[];
}

/** What becomes of a stage that waited for others. */
export interface StageRelease {
  readonly number: number;
  readonly status: 'pending' | 'skipped';
}

/**
 * Which waiting stages may go on, or are skipped, after any stage has changed (pipeline.md 8.3). "Failed" looks
 * at all stages of the build, as in Drone. Runs to a fixed point, because a skipped stage releases others.
 */
export function releaseStages(stages: readonly DependentStage[]): readonly StageRelease[] {
  const current = new Map(stages.map((stage) => [stage.name, stage.status]));
  const released: StageRelease[] = [];
  let isSettled = false;
  while (!isSettled) {
    isSettled = true;
    for (const stage of stages) {
      if (current.get(stage.name) !== 'waiting_on_dependencies') continue;
      const waits = stage.dependsOn.some((name) => {
        const status = current.get(name);
        return status !== undefined && !isDone(status);
      });
      if (waits) continue;
      const hasFailed = [...current.values()].some(isFailed);
      const status = (hasFailed ? stage.onFailure : stage.onSuccess) ? 'pending' : 'skipped';
      current.set(stage.name, status);
      released.push({ number: stage.number, status });
      isSettled = false;
    }
  }
  return released;
}
