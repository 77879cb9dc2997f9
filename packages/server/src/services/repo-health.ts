import { AppError, explainError } from '@sortie/core/errors';
import type { Permission, Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { findIdentityOfUser } from '../store/identities.ts';
import { findPermission } from '../store/permissions.ts';
import { claimHookCheck, findRepoHealth, noteHook, type RepoHealth } from '../store/repo-health.ts';
import { findMissingCount } from '../store/sync-state.ts';
import { findUserById } from '../store/users.ts';
import type { Forge, ForgeOf, ForgeWebhooks } from './forge.ts';
import { checkRepo, type HealthCheck } from './health-checks.ts';
import { findRepoIdentity } from './repo-identity.ts';

export interface RepoHealthDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
  /** Seconds between two polls of the refs; 0 = none. */
  readonly pollSeconds: number;
}

export interface RepoHealthReport extends RepoHealth {
  /** `unproven`: everything looks right, but no webhook has arrived yet. */
  readonly state: 'inactive' | 'ok' | 'degraded' | 'unproven' | 'broken';
  readonly checks: readonly HealthCheck[];
}

/** How often the service is asked without being told to. */
const CHECK_SECONDS = 600;

/**
 * How a repository stands with its Git service. The service is asked when somebody wants it (`isFresh`) or nobody has
 * for some minutes; where it does not answer, the answer says so and rests on what was known.
 */
export async function repoHealth(
  deps: RepoHealthDeps,
  repo: Repo,
  { isFresh }: { readonly isFresh: boolean },
): Promise<RepoHealthReport> {
  const found = findForge(deps, repo);
  if ('trouble' in found) {
    const health = await findRepoHealth(deps.db, repo.id);
    const check = { name: 'service', state: 'fail', message: found.trouble } as const;
    return { ...health, state: repo.isActive ? 'broken' : 'inactive', checks: [check] };
  }
  const { webhooks } = found.forge;
  if (webhooks === undefined) return builtinHealth(deps, repo);
  const owner = repo.userId === 0 ? undefined : await findUserById(deps.db, repo.userId);
  const looked = repo.isActive && (await isDue(deps, repo, isFresh));
  const seen = looked ? await look(deps, { repo, owner, webhooks }) : {};
  return report(deps, { repo, owner, webhooks }, seen);
}

interface Place {
  readonly repo: Repo;
  readonly owner: User | undefined;
  readonly webhooks: ForgeWebhooks;
}

interface Seen {
  readonly trouble?: string;
  readonly permission?: Permission;
}

async function report(
  deps: RepoHealthDeps,
  { repo, owner, webhooks }: Place,
  seen: Seen,
): Promise<RepoHealthReport> {
  const { db, now, pollSeconds } = deps;
  const identity = owner && (await findIdentityOfUser(db, owner.id, repo.connectionId));
  const stand = await findRepoIdentity(db, repo);
  const fallback = stand.isFallback ? ((await findUserById(db, stand.userId))?.login ?? '') : '';
  const permission = seen.permission ?? (owner && (await findPermission(db, owner.id, repo.id)));
  const health = await findRepoHealth(db, repo.id);
  const checks = checkRepo({
    ...{ repo, owner, identity, fallback, permission, webhooks, health, pollSeconds },
    missing: await findMissingCount(db, repo.id),
    trouble: seen.trouble,
    now: now(),
  });
  return { ...health, state: repo.isActive ? stateOf(checks) : 'inactive', checks };
}

function stateOf(checks: readonly HealthCheck[]): RepoHealthReport['state'] {
  if (checks.some(({ state }) => state === 'fail')) return 'broken';
  const warnings = checks.filter(({ state }) => state === 'warn');
  if (warnings.some(({ name }) => name === 'delivery')) return 'unproven';
  return warnings.length > 0 ? 'degraded' : 'ok';
}

function findForge(
  { forgeOf }: RepoHealthDeps,
  repo: Repo,
): { readonly forge: Forge } | { readonly trouble: string } {
  try {
    return { forge: forgeOf(repo.connectionId) };
  } catch (error) {
    if (error instanceof AppError) return { trouble: explainError(error) };
    throw error;
  }
}

async function builtinHealth({ db }: RepoHealthDeps, repo: Repo): Promise<RepoHealthReport> {
  const health = await findRepoHealth(db, repo.id);
  const message = 'Pushes to the built-in Git host are heard of without webhooks.';
  const checks = [{ name: 'hook', state: 'ok', message }] as const;
  return { ...health, state: repo.isActive ? 'ok' : 'inactive', checks };
}

/** Whoever comes first asks; a page that is opened a hundred times asks the service once. */
async function isDue({ db, now }: RepoHealthDeps, repo: Repo, isFresh: boolean): Promise<boolean> {
  const seconds = now();
  const claimed = await claimHookCheck(db, repo.id, { now: seconds, before: seconds - CHECK_SECONDS });
  return claimed || isFresh;
}

/** Asks the service for the webhook and for the rights of the owner, and keeps what it says. */
async function look(deps: RepoHealthDeps, { repo, owner, webhooks }: Place): Promise<Seen> {
  try {
    const { userId: id } = await findRepoIdentity(deps.db, repo);
    const permission = owner?.id === id ? await webhooks.findPermission({ id }, repo) : undefined;
    // Webhooks are shown to administrators only; that it is none any more says nothing about the hook.
    if (permission === undefined || permission.admin) await lookForHook(deps, webhooks, repo, { id });
    return permission === undefined ? {} : { permission };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // The check of the token says it better, and the one of the permission.
    if (error.code === 'service-token') return {};
    if (error.code === 'service-refused' || error.code === 'not-found') {
      const seen = { hookState: 'refused', hookMessage: error.message, hookChecked: deps.now() } as const;
      await noteHook(deps.db, repo.id, seen);
      return {};
    }
    return { trouble: explainError(error) };
  }
}

/** Throws what the service says. */
export async function lookForHook(
  { db, now }: Pick<RepoHealthDeps, 'db' | 'now'>,
  webhooks: ForgeWebhooks,
  repo: Repo,
  user: Pick<User, 'id'>,
): Promise<void> {
  const hook = await webhooks.find(user, repo);
  const isOff = hook !== undefined && !hook.isActive;
  await noteHook(db, repo.id, {
    hookState: hook === undefined || isOff ? 'missing' : 'present',
    hookMessage: isOff ? `The webhook at ${webhooks.title} is switched off.` : '',
    hookId: hook?.id ?? '',
    hookChecked: now(),
  });
}
