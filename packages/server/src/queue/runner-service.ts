import type { Assignment, RunnerService } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { RunnerIdentity } from '@sortie/core/runner';
import { isDone } from '@sortie/core/status';
import { createSignal, type Signal } from '../events/signal.ts';
import { type LogStore, logKey } from '../logs/log-store.ts';
import type { Advanced } from '../services/advance-build.ts';
import { beginStage } from '../services/begin-stage.ts';
import { finishStage } from '../services/finish-stage.ts';
import { leaseLost } from '../services/held-stage.ts';
import { reportStep } from '../services/report-step.ts';
import { inTransaction } from '../store/db.ts';
import { extendLease, findStageOfLease, findStepOfLease } from '../store/leases.ts';
import { type LogRecord, upsertLog } from '../store/logs.ts';
import { touchRunner, upsertRunner } from '../store/runners.ts';
import { listSteps } from '../store/steps.ts';
import { type HandOutDeps, type HandOutOptions, handOut } from './hand-out.ts';
import { watchCancel } from './watch-cancel.ts';

export interface RunnerServiceDeps extends Omit<HandOutDeps, 'leaseMs'> {
  readonly logs: LogStore;
  readonly events: { publish(): void };
  /** 90 seconds unless given (rulings.md, "Lost runner"). */
  readonly leaseMs?: number;
  /** How often waiting calls look without having been woken: what other servers changed. Absent: never. */
  readonly pollMs?: number;
}

export interface QueueService extends RunnerService {
  /** Stages may be due: everybody who waits for work looks again at once. */
  wake(): void;
  /** Stages have been cancelled or taken away: their runners look again at once. */
  stop(): void;
  /** What `wake` and `stop` fire, for others who wait. */
  readonly work: Signal;
  readonly stops: Signal;
  /** How long a stage is a runner's without a heartbeat. */
  readonly leaseMs: number;
  /** Takes the next stage for this runner at once, or not at all. */
  take(runner: RunnerIdentity, options: HandOutOptions): Promise<Assignment | undefined>;
}

const LEASE_MS = 90_000;

/** The queue behind `RunnerService`; every call is one transaction or less, and the database alone decides. */
export function createRunnerService(input: RunnerServiceDeps): QueueService {
  const deps = { ...input, leaseMs: input.leaseMs ?? LEASE_MS };
  const { db, logs, pollMs } = deps;
  const work = createSignal();
  const stops = createSignal();
  const now = () => Math.floor(deps.nowMs() / 1000);

  function announce(advanced: Advanced | undefined): void {
    if (advanced !== undefined) deps.events.publish();
  }

  return {
    wake: () => work.fire(),
    stop: () => stops.fire(),
    work,
    stops,
    leaseMs: deps.leaseMs,
    take: (runner, options) => handOut(deps, runner, options),

    async request(runner, { waitMs, signal }) {
      requireSound(runner);
      await upsertRunner(db, runner, now());
      const deadline = deps.nowMs() + waitMs;
      while (!signal.aborted) {
        const since = work.version;
        const assignment = await handOut(deps, runner);
        if (assignment !== undefined) return assignment;
        const leftMs = deadline - deps.nowMs();
        if (leftMs <= 0) return undefined;
        await work.wait({ since, timeoutMs: Math.min(leftMs, pollMs ?? leftMs), signal });
      }
      return undefined;
    },

    async heartbeat(lease) {
      const stage = await extendLease(db, lease, deps.nowMs() + deps.leaseMs);
      if (stage === undefined) throw leaseLost();
      await touchRunner(db, stage.leaseRunner, now());
      return { isCancelled: isDone(stage.status) };
    },

    watchCancel: (lease, signal) => watchCancel({ db, stops, pollMs }, lease, signal),

    async begin(lease, steps) {
      const begun = await inTransaction(db, (tx) => beginStage(tx, { lease, steps, now: now() }));
      announce(begun.advanced);
      return begun.steps;
    },

    async updateStep(lease, report) {
      announce(await inTransaction(db, (tx) => reportStep(tx, { lease, report, now: now() })));
    },

    async appendLog(lease, stepId, piece) {
      const size = await logs.append(await keyOf(lease, stepId), piece);
      return { size };
    },

    async closeLog(lease, stepId) {
      const fileKey = await keyOf(lease, stepId);
      const { size, lines } = await logs.close(fileKey);
      await upsertLog(db, { stepId, fileKey, size, lines, isClosed: true, omitted: 0 });
    },

    async finish(lease, report) {
      const records = await closeLogs(lease);
      const input = { lease, report, logs: records, now: now() };
      announce(await inTransaction(db, (tx) => finishStage(tx, input)));
      // Its place is free and others may have been released; and whoever watched it is done.
      work.fire();
      stops.fire();
    },
  };

  async function keyOf(lease: Parameters<RunnerService['begin']>[0], stepId: number): Promise<string> {
    const step = await findStepOfLease(db, lease, stepId);
    if (step === undefined) throw leaseLost();
    return logKey({ ...step, stepId });
  }

  /** The files are closed before the transaction: a repeat of a failed one finds them closed and goes on. */
  async function closeLogs(lease: Parameters<RunnerService['begin']>[0]): Promise<readonly LogRecord[]> {
    const stage = await findStageOfLease(db, lease);
    if (stage === undefined) throw leaseLost();
    if (stage.leaseRunner === '') return [];
    const records: LogRecord[] = [];
    for (const step of await listSteps(db, stage.id)) {
      if (step.status === 'pending' || step.status === 'skipped') continue;
      const fileKey = logKey({ repoId: stage.repoId, buildId: stage.buildId, stepId: step.id });
      const { size, lines } = await logs.close(fileKey);
      records.push({ stepId: step.id, fileKey, size, lines, isClosed: true, omitted: 0 });
    }
    return records;
  }
}

/** Names and labels end up in rows and pages; a runner with a silly one is told so instead of being stored. */
function requireSound(runner: RunnerIdentity): void {
  const isSound =
    runner.name !== '' &&
    runner.name.length <= 200 &&
    runner.types.length <= 20 &&
    Object.keys(runner.labels).length <= 100;
  if (isSound) return;
  throw new AppError('invalid-request', 'The runner has no usable name, or too many types or labels.', {
    hint: 'Give it a name of 1 to 200 characters.',
  });
}
