import type { Build } from '@sortie/core/build';
import { pullNumberOf } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import { type Repo, slugAtService } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isDone, type Status } from '@sortie/core/status';
import type { WaitingReason } from '@sortie/core/waiting';
import { isScmError } from '@sortie/scm/errors';
import type { ScmStatus } from '@sortie/scm/objects';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import {
  claimSentStatus,
  listSentStatuses,
  noteSentStatus,
  releaseSentStatus,
} from '../store/sent-statuses.ts';
import { listStages } from '../store/stages.ts';
import type { GitService, TokenBroker } from './git-service.ts';
import { buildLink, failedNames, planStatuses, type StatusRules } from './plan-statuses.ts';
import { findRepoIdentity, useRepoToken } from './repo-identity.ts';

export interface ReportBuildDeps {
  readonly db: Db;
  readonly broker: TokenBroker;
  readonly rules: StatusRules;
  /** Address of this server without a trailing slash. */
  readonly publicUrl: string;
  /** Why the stages of a build have not begun. */
  readonly explain: (stages: readonly Stage[]) => Promise<ReadonlyMap<number, readonly WaitingReason[]>>;
  /** Unix seconds. */
  readonly now: () => number;
}

export type ReportWay = 'status' | 'deployment' | 'comment';

/** A report of many pipelines to a slow service goes on later, before its claim ends. */
const MAX_SECONDS = 60;

/** How this service can be told of builds, as the settings want it; empty = not at all. */
export function waysToReport(rules: StatusRules, { driver }: GitService): readonly ReportWay[] {
  if (!rules.isEnabled) return [];
  const ways: ReportWay[] = [];
  if (driver.supports('createStatus')) ways.push('status');
  if (driver.supports('createDeployStatus')) ways.push('deployment');
  if (driver.kind === 'gogs' && rules.commentsOnGogs && driver.supports('commentOnPull'))
    ways.push('comment');
  return ways;
}

/**
 * Tells a Git service how a build stands now, as far as it does not know. Throws what the calls throw (`TokenBroker`);
 * what the service has taken until then is noted and not sent again.
 */
export async function reportBuild(
  deps: ReportBuildDeps,
  service: GitService,
  { repo, buildId }: { readonly repo: Repo; readonly buildId: number },
): Promise<void> {
  const build = await findBuildById(deps.db, buildId);
  if (build === undefined || !isCommit(build.after)) return;
  const stages = await listStages(deps.db, build.id);
  const facts = { repo, build, stages };
  const ways = waysToReport(deps.rules, service);
  if (build.deployId > 0 && ways.includes('deployment')) await reportDeployment(deps, facts);
  else if (ways.includes('status')) await reportStatuses(deps, facts);
  else if (ways.includes('comment')) await reportComment(deps, facts);
}

interface Facts {
  readonly repo: Repo;
  readonly build: Build;
  readonly stages: readonly Stage[];
}

async function reportStatuses(deps: ReportBuildDeps, facts: Facts): Promise<void> {
  const { repo, build } = facts;
  const isKnown = await knownStatuses(deps.db, facts);
  const until = deps.now() + MAX_SECONDS;
  for (const status of await plan(deps, facts)) {
    if (deps.now() > until) throw tooSlow();
    const state = fingerprint(status);
    if (isKnown(status.label, state)) continue;
    await useToken(deps, repo, (token, { driver }) =>
      driver.createStatus(token, slugAtService(repo), build.after, status),
    );
    await note(deps, facts, status.label, state);
  }
}

/** A deployment that began at the service is told of there when it has ended, and nowhere else. */
async function reportDeployment(deps: ReportBuildDeps, facts: Facts): Promise<void> {
  const { repo, build } = facts;
  const [whole] = await plan(deps, facts);
  if (!isDone(build.status) || whole === undefined) return;
  const deploymentId = String(build.deployId);
  const label = `deployment/${deploymentId}`;
  const state = fingerprint(whole);
  if ((await knownStatuses(deps.db, facts))(label, state)) return;
  const status = { ...whole, deploymentId, environment: build.deployTo, environmentLink: '' };
  await useToken(deps, repo, (token, { driver }) =>
    driver.createDeployStatus(token, slugAtService(repo), status),
  );
  await note(deps, facts, label, state);
}

const COMMENT_WORDS: Partial<Readonly<Record<Status, string>>> = {
  success: 'passed',
  failure: 'failed',
  error: 'ended with an error',
  killed: 'was cancelled',
  declined: 'was declined',
};

/** One comment when the build has ended. It is noted before it is sent: a second one could not be taken back. */
async function reportComment(deps: ReportBuildDeps, facts: Facts): Promise<void> {
  const { repo, build, stages } = facts;
  const pull = pullNumberOf(build);
  const word = COMMENT_WORDS[build.status];
  if (build.event !== 'pull_request' || pull === 0 || word === undefined) return;
  const sent = { repoId: repo.id, sha: build.after, label: `comment/${build.id}` };
  const noted = { ...sent, state: build.status, buildId: build.id, updated: deps.now() };
  if (!(await claimSentStatus(deps.db, noted))) return;
  const failed = failedNames(stages).map((name) => `\`${name.replaceAll('`', '')}\``);
  const names = failed.length === 0 ? '' : `: ${failed.join(', ')}`;
  const text = `[Build #${build.number}](${buildLink({ ...deps, ...facts })}) ${word}${names}.`;
  try {
    await useToken(deps, repo, (token, { driver }) =>
      driver.commentOnPull(token, slugAtService(repo), pull, text),
    );
  } catch (error) {
    // Without an answer nobody knows whether the comment is there, so it is not written again.
    if (!hasNoAnswer(error)) await releaseSentStatus(deps.db, sent);
    throw error;
  }
}

function tooSlow(): AppError {
  return new AppError('service-unavailable', 'The Git service takes too long for the statuses of a build.');
}

function hasNoAnswer(error: unknown): boolean {
  const isUnavailable = error instanceof AppError && error.code === 'service-unavailable';
  return isUnavailable && isScmError(error.cause) && error.cause.status === undefined;
}

async function plan(deps: ReportBuildDeps, facts: Facts): Promise<readonly ScmStatus[]> {
  const { rules, publicUrl } = deps;
  return planStatuses({ ...facts, rules, publicUrl, waiting: await deps.explain(facts.stages) });
}

/** A label belongs to the newest build that has told of the commit; older ones keep still about it. */
async function knownStatuses(
  db: Db,
  { repo, build }: Facts,
): Promise<(label: string, state: string) => boolean> {
  const sent = await listSentStatuses(db, { repoId: repo.id, sha: build.after });
  const byLabel = new Map(sent.map((status) => [status.label, status]));
  return (label, state) => {
    const known = byLabel.get(label);
    if (known === undefined || known.buildId < build.id) return false;
    return known.buildId > build.id || known.state === state;
  };
}

function note(deps: ReportBuildDeps, { repo, build }: Facts, label: string, state: string): Promise<void> {
  const sent = { repoId: repo.id, sha: build.after, label, state };
  return noteSentStatus(deps.db, { ...sent, buildId: build.id, updated: deps.now() });
}

function useToken(
  { db, broker }: ReportBuildDeps,
  repo: Repo,
  call: Parameters<typeof useRepoToken<void>>[2],
): Promise<void> {
  return useRepoToken({ broker, accountOf: (owned) => findRepoIdentity(db, owned) }, repo, call);
}

function fingerprint({ state, description }: ScmStatus): string {
  return `${state} ${description}`;
}

function isCommit(sha: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha);
}
