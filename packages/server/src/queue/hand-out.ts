import type { Assignment, CloneCredentials, SystemInfo } from '@sortie/contract/runner';
import { type Build, isTrustedBuild } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { RunnerIdentity } from '@sortie/core/runner';
import { isFailed } from '@sortie/core/status';
import type { Sealer } from '../seal/sealer.ts';
import { advanceBuild } from '../services/advance-build.ts';
import type { CloneFacts } from '../services/clone-address.ts';
import { failStage } from '../services/finish-stage.ts';
import { findStageSecrets } from '../services/stage-secrets.ts';
import { findBuildById, lockBuild } from '../store/builds.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { claimStage, findStageOfLease, revokeLease } from '../store/leases.ts';
import { findRepoById } from '../store/repos.ts';
import { findRunner } from '../store/runners.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { listStages } from '../store/stages.ts';
import { isQueuePaused } from './pause.ts';

export interface HandOutDeps {
  readonly db: Db;
  /** Opens the secrets of stages. */
  readonly sealer: Sealer;
  readonly nowMs: () => number;
  /** How long a stage is a runner's without a heartbeat. */
  readonly leaseMs: number;
  readonly system: SystemInfo;
  /** How the runner may read the repository; `undefined` when everybody may. */
  readonly cloneCredentials: (
    repo: Repo,
    build: Build,
  ) => Promise<CloneCredentials | undefined> | CloneCredentials | undefined;
  /** The facts with the addresses that runners are to fetch from; as they are unless given. */
  readonly forRunner?: (facts: CloneFacts) => CloneFacts;
  /** The files that a build changes; `undefined` when nobody can tell, which counts as all. */
  readonly changedFiles?: (repo: Repo, build: Build) => Promise<readonly string[] | undefined>;
}

/** Three heartbeats may go missing before a lease ends. */
const HEARTBEATS_PER_LEASE = 3;
const DEFAULT_TIMEOUT_MINUTES = 60;
const MINUTE_MS = 60_000;

/** How a stage is taken for somebody elsewhere. */
export interface HandOutOptions {
  /** Reserves the stage for so long, until the runner has confirmed; a lease of `leaseMs` unless given. */
  readonly offerMs?: number;
  /** The only repositories whose stages the runner may have; absent = all. */
  readonly repoIds?: readonly number[];
  /** Called in the transaction that takes the stage. */
  readonly onTaken?: (tx: Tx, stage: LeasedStage) => Promise<void>;
}

/** Leases the oldest stage that this runner may have, with all that it needs; `undefined` without one. */
export async function handOut(
  deps: HandOutDeps,
  runner: RunnerIdentity,
  options: HandOutOptions = {},
): Promise<Assignment | undefined> {
  for (;;) {
    if (await isQueuePaused(deps.db)) return undefined;
    if ((await findRunner(deps.db, runner.name))?.isPaused === true) return undefined;
    const stage = await inTransaction(deps.db, (tx) => take(deps, tx, runner, options));
    if (stage === undefined) return undefined;
    const assignment = await assign(deps, stage);
    if (assignment !== undefined) return assignment;
  }
}

async function take(
  deps: HandOutDeps,
  tx: Tx,
  runner: RunnerIdentity,
  { offerMs, repoIds, onTaken }: HandOutOptions,
): Promise<LeasedStage | undefined> {
  const nowMs = deps.nowMs();
  const stage = await claimStage(tx, runner, {
    nowMs,
    expiresMs: nowMs + (offerMs ?? deps.leaseMs),
    ...(offerMs === undefined ? {} : { kind: 'rpc-offer' as const }),
    ...(repoIds === undefined ? {} : { repoIds }),
  });
  if (stage !== undefined) await onTaken?.(tx, stage);
  return stage;
}

/** `undefined` when the stage cannot be run at all and has ended; whatever may pass leaves it in the queue. */
async function assign(deps: HandOutDeps, stage: LeasedStage): Promise<Assignment | undefined> {
  try {
    return await toAssignment(deps, stage);
  } catch (error) {
    const isFinal = error instanceof AppError && error.status < 500;
    await takeBack(deps, stage, isFinal ? error.message : undefined);
    if (isFinal) return undefined;
    throw error;
  }
}

async function toAssignment(deps: HandOutDeps, leased: LeasedStage): Promise<Assignment | undefined> {
  const { leaseRunner: _runner, leaseExpiresMs: _expires, leaseKind: _kind, fence, ...stage } = leased;
  const repo = await findRepoById(deps.db, stage.repoId);
  const build = await findBuildById(deps.db, stage.buildId);
  // Both exist as long as the stage does; they went together between two statements.
  if (repo === undefined || build === undefined) return undefined;
  const cloneCredentials = await deps.cloneCredentials(repo, build);
  // Comparing two commits takes a git process, so only files that may ask for it get it.
  const changedFiles = build.config.includes('paths') ? await deps.changedFiles?.(repo, build) : undefined;
  const { system } = deps;
  const trusted = { build, repo: { ...repo, isTrusted: isTrustedBuild(build, repo) } };
  const placed = deps.forRunner?.(trusted) ?? trusted;
  const secrets = await findStageSecrets(deps, { repo, build, stage, system, changedFiles });
  return {
    lease: { stageId: stage.id, attempt: stage.attempt, fence },
    heartbeatMs: Math.floor(deps.leaseMs / HEARTBEATS_PER_LEASE),
    ...placed,
    stage,
    failedStages: (await listStages(deps.db, build.id))
      .filter((other) => isFailed(other.status))
      .map(({ name }) => name),
    system,
    timeoutMs: (repo.timeoutMinutes > 0 ? repo.timeoutMinutes : DEFAULT_TIMEOUT_MINUTES) * MINUTE_MS,
    ...(cloneCredentials === undefined ? {} : { cloneCredentials }),
    ...(changedFiles === undefined ? {} : { changedFiles }),
    ...(secrets === undefined ? {} : { secrets }),
  };
}

/** Nobody got the stage: back into the queue, or `error` with the reason. */
async function takeBack(deps: HandOutDeps, stage: LeasedStage, reason: string | undefined): Promise<void> {
  const now = Math.floor(deps.nowMs() / 1000);
  await inTransaction(deps.db, async (tx) => {
    await lockBuild(tx, stage.buildId);
    const held = await findStageOfLease(tx, {
      stageId: stage.id,
      attempt: stage.attempt,
      fence: stage.fence,
    });
    if (held === undefined) return;
    await revokeLease(tx, stage.id);
    if (reason !== undefined && held.status === 'pending') {
      await failStage(tx, held, { error: reason, reason: 'start', now });
    }
    await advanceBuild(tx, stage.buildId, now);
  });
}
