import { AppError, explainError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { ForgeOf, ForgeWebhooks } from '../services/forge.ts';
import type { TokenBroker } from '../services/git-service.ts';
import { checkRepo, type HealthCheck, type HealthFacts } from '../services/health-checks.ts';
import { findRepoIdentity } from '../services/repo-identity.ts';
import type { Db } from '../store/db.ts';
import { findIdentityOfUser } from '../store/identities.ts';
import { findRepoHealth, type RepoHealth } from '../store/repo-health.ts';
import { listActiveRepos } from '../store/repos.ts';
import { findUserById } from '../store/users.ts';
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts';
import { TokenAsleep } from './look-only-broker.ts';

export interface CheckReposDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  readonly broker: TokenBroker;
  readonly builtinConnectionId: number;
  /** Ids of connections whose services do not answer: nothing is asked of them. */
  readonly down: ReadonlySet<number>;
  readonly pollSeconds: number;
  /** Unix seconds. */
  readonly now: number;
}

/** What fails to answer meanwhile is added to `down`. */
interface Looking extends CheckReposDeps {
  readonly down: Set<number>;
}

/** More are not asked for at the services. */
const MAX_REPOS = 200;

/** Owners' tokens and webhooks of every active repository of a connected service; each account is asked once. */
export async function checkRepos(given: CheckReposDeps): Promise<readonly Diagnosis[]> {
  // One that answers nothing any more would be waited for once for each account and repository.
  const down = new Set(given.down);
  const deps = { ...given, down };
  const { db, builtinConnectionId } = deps;
  const active = await listActiveRepos(db, { exceptConnectionId: builtinConnectionId, limit: MAX_REPOS + 1 });
  const repos = active.filter(({ connectionId }) => !deps.down.has(connectionId));
  if (active.length === 0) return [ok('hooks', 'No repository of a Git service is active.')];
  const tokens = await checkOwners(deps, repos.slice(0, MAX_REPOS));
  const hooks: Diagnosis[] = [];
  for (const repo of repos.slice(0, MAX_REPOS))
    if (!down.has(repo.connectionId)) hooks.push(...(await checkOne(deps, repo)));
  if (repos.length > MAX_REPOS)
    hooks.push(
      warn(
        'hooks',
        `Only the first ${MAX_REPOS} repositories were looked at.`,
        'GET /api/repos/OWNER/NAME/health tells of the others.',
      ),
    );
  return [...tokens, ...hooks];
}

async function checkOwners(deps: Looking, repos: readonly Repo[]): Promise<readonly Diagnosis[]> {
  const accounts = new Map(repos.map((repo) => [`${repo.userId} ${repo.connectionId}`, repo]));
  const found: Diagnosis[] = [];
  for (const { userId, connectionId } of accounts.values()) {
    const owner = userId === 0 ? undefined : await findUserById(deps.db, userId);
    if (owner === undefined || deps.down.has(connectionId)) continue;
    found.push(await checkOwner(deps, owner.login, { userId, connectionId }));
  }
  return found;
}

async function checkOwner(
  { broker, down }: Looking,
  login: string,
  account: { readonly userId: number; readonly connectionId: number },
): Promise<Diagnosis> {
  try {
    const title = await broker.use(account, async (token, { driver, title }) => {
      await driver.currentUser(token);
      return title;
    });
    return ok('tokens', `${title} accepts the token of ${login}.`);
  } catch (error) {
    if (error instanceof TokenAsleep)
      return ok('tokens', `The token of ${login} has expired; the server renews it when it needs it.`);
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'service-unavailable') down.add(account.connectionId);
    const say = error.code === 'service-token' ? fail : warn;
    return say('tokens', `${login}: ${error.message}`, error.hint);
  }
}

async function checkOne(deps: Looking, repo: Repo): Promise<readonly Diagnosis[]> {
  const found = findWebhooks(deps, repo);
  if (typeof found === 'string') return [fail('hooks', `${repo.slug}: ${found}`)];
  const checks = checkRepo(await gather(deps, repo, found)).filter(
    // Services and tokens have lines of their own.
    ({ name }) => name !== 'service' && name !== 'token',
  );
  const bad = checks.filter(({ state }) => state === 'fail' || state === 'warn');
  if (bad.length > 0) return bad.map((check) => toDiagnosis(repo, check));
  const hook = checks.find(({ name }) => name === 'hook');
  if (hook?.state === 'unknown') return [warn('hooks', `${repo.slug}: ${hook.message}`, hook.hint)];
  return [ok('hooks', `${repo.slug}: the webhook is there, and deliveries arrive.`)];
}

function toDiagnosis(repo: Repo, { state, message, hint }: HealthCheck): Diagnosis {
  const say = state === 'fail' ? fail : warn;
  return say('hooks', `${repo.slug}: ${message}`, hint);
}

function findWebhooks({ forgeOf }: CheckReposDeps, repo: Repo): ForgeWebhooks | string {
  try {
    return forgeOf(repo.connectionId).webhooks ?? 'its Git service needs no webhooks';
  } catch (error) {
    if (error instanceof AppError) return explainError(error);
    throw error;
  }
}

async function gather(deps: Looking, repo: Repo, webhooks: ForgeWebhooks): Promise<HealthFacts> {
  const { db, pollSeconds, now } = deps;
  const owner = repo.userId === 0 ? undefined : await findUserById(db, repo.userId);
  const identity = owner && (await findIdentityOfUser(db, owner.id, repo.connectionId));
  const { userId: id, isFallback } = await findRepoIdentity(db, repo);
  const fallback = isFallback ? ((await findUserById(db, id))?.login ?? '') : '';
  const known = await findRepoHealth(db, repo.id);
  const facts = { repo, owner, identity, fallback, webhooks, pollSeconds, now, permission: undefined };
  try {
    const permission = owner?.id === id ? await webhooks.findPermission({ id }, repo) : undefined;
    // Webhooks are shown to administrators only.
    if (permission?.admin === false) return { ...facts, permission, trouble: undefined, health: known };
    const hook = await webhooks.find({ id }, repo);
    return { ...facts, permission, trouble: undefined, health: withHook(known, hook, webhooks.title) };
  } catch (error) {
    if (error instanceof TokenAsleep) return { ...facts, trouble: undefined, health: known };
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'service-unavailable') deps.down.add(repo.connectionId);
    const isRefusal = error.code === 'service-refused' || error.code === 'not-found';
    const refused = { hookState: 'refused', hookMessage: error.message } as const;
    return { ...facts, trouble: undefined, health: { ...known, ...(isRefusal ? refused : UNSEEN) } };
  }
}

const UNSEEN = { hookState: '', hookMessage: '' } as const;

function withHook(
  known: RepoHealth,
  hook: { readonly isActive: boolean } | undefined,
  title: string,
): RepoHealth {
  if (hook === undefined) return { ...known, hookState: 'missing', hookMessage: '' };
  if (hook.isActive) return { ...known, hookState: 'present', hookMessage: '' };
  return { ...known, hookState: 'missing', hookMessage: `The webhook at ${title} is switched off.` };
}
