import { toWireBuild } from '@sortie/contract/builds';
import { toWireRepo } from '@sortie/contract/repos';
import type { StageSecrets } from '@sortie/contract/runner';
import { toWireStage } from '@sortie/contract/stages';
import { type Build, isForkBuild, isTrustedBuild, UNKNOWN_FORK } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { isDone } from '@sortie/core/status';
import { advanceBuild } from '../services/advance-build.ts';
import { failStage } from '../services/finish-stage.ts';
import { requireRepoSecret } from '../services/repo-keys.ts';
import { findStageSecrets } from '../services/stage-secrets.ts';
import { findBuildById } from '../store/builds.ts';
import { inTransaction } from '../store/db.ts';
import { revokeLease } from '../store/leases.ts';
import { findRepoById } from '../store/repos.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { listStages } from '../store/stages.ts';
import { notHeld, StageFailed } from './answer-error.ts';
import { lockHeld, renewHeld, requireHeld } from './held-stage.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

const DEFAULT_TIMEOUT_MINUTES = 60;

/**
 * Everything that a runner needs for a stage that it has accepted (runner-protocol.md 1.5, Context), with only those
 * secrets that the stage names. What cannot be had at all ends the stage, and `StageFailed` is thrown; what may pass
 * leaves it as it is. Throws `not-found`, `lease-lost`.
 */
export async function loadContext(deps: RpcDeps, caller: RpcCaller, stageId: number): Promise<object> {
  const held = await requireHeld(deps.db, caller, stageId);
  const { stage } = held;
  if (stage.leaseRunner === '' || isDone(stage.status)) throw notHeld();
  await renewHeld(deps.db, deps, held);
  const repo = await findRepoById(deps.db, stage.repoId);
  const build = await findBuildById(deps.db, stage.buildId);
  // They went, and the stage with them, between two statements.
  if (repo === undefined || build === undefined) throw notHeld();
  try {
    return await toContext(deps, { repo, build, stage });
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    await endStage(deps, caller, stageId, error.message);
    throw new StageFailed(error.message, { cause: error });
  }
}

interface Facts {
  readonly repo: Repo;
  readonly build: Build;
  readonly stage: LeasedStage;
}

async function toContext(deps: RpcDeps, { repo, build, stage }: Facts): Promise<object> {
  const { db, system } = deps;
  const changedFiles = build.config.includes('paths') ? await deps.changedFiles?.(repo, build) : undefined;
  const secrets = await findStageSecrets(deps, { repo, build, stage, system, changedFiles });
  const netrc = await deps.cloneCredentials(repo, build);
  const placed = deps.forRunner?.({ repo, build }).repo ?? repo;
  const stages = (await listStages(db, build.id)).map((sibling) => ({ ...sibling, steps: [] }));
  // Official runners know nothing of matrices and of restarts in place; parameters reach every step as well.
  const params = { ...build.params, ...stage.environment };
  const timeout = repo.timeoutMinutes > 0 ? repo.timeoutMinutes : DEFAULT_TIMEOUT_MINUTES;
  return {
    build: toWireBuild({ ...build, params, sourceRepo: sourceOf(build, repo) }, stages),
    stage: toWireStage({ ...stage, steps: [] }),
    config: { Data: Buffer.from(build.config).toString('base64'), Hash: null },
    secrets: toWireSecrets(secrets),
    system: { ...system, link: deps.publicUrl },
    netrc: netrc === undefined ? null : { ...netrc },
    repository: {
      ...toWireRepo({ ...placed, isTrusted: isTrustedBuild(build, repo), timeoutMinutes: timeout }),
      secret: await requireRepoSecret(deps, repo.id),
    },
  };
}

/**
 * Official runners take a pull request without a source, and one that comes from our name for the repository, for one of
 * the repository itself (pipeline.md 4.4).
 */
function sourceOf(build: Build, repo: Repo): string {
  const { sourceRepo } = build;
  const isTaken = sourceRepo === '' || sourceRepo.toLowerCase() === repo.slug.toLowerCase();
  return isTaken && isForkBuild(build, repo) ? UNKNOWN_FORK : sourceRepo;
}

/**
 * Encrypted documents of the file are left out: official runners open them themselves. So are secrets for certain images
 * only, since they would give them to every step.
 */
function toWireSecrets(secrets: StageSecrets | undefined): readonly object[] | null {
  const stored = (secrets?.stored ?? []).filter(({ images }) => images === undefined);
  if (stored.length === 0) return null;
  return stored.map(({ name, value, allowsPullRequests }) => ({
    name,
    data: value,
    pull_request: allowsPullRequests,
  }));
}

async function endStage(deps: RpcDeps, caller: RpcCaller, stageId: number, error: string): Promise<void> {
  const now = Math.floor(deps.nowMs() / 1000);
  await inTransaction(deps.db, async (tx) => {
    const { stage } = await lockHeld(tx, caller, stageId);
    if (isDone(stage.status)) return;
    await failStage(tx, stage, { error, reason: 'start', now });
    await revokeLease(tx, stageId);
    await advanceBuild(tx, stage.buildId, now);
  });
  deps.events.publish();
  deps.queue.wake();
  deps.queue.stop();
}
