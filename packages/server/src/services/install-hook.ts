import { AppError, explainError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { findRepoHealth, noteHook } from '../store/repo-health.ts';
import { findUserById } from '../store/users.ts';
import type { ForgeHook, ForgeOf } from './forge.ts';
import { takeFirstLook } from './reconcile.ts';
import { findRepoIdentity } from './repo-identity.ts';

export interface InstallHookDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
  /** Tells the log of what went wrong without stopping the request. */
  readonly reportFailure: (message: string, error: unknown) => void;
}

/** Whose credentials are used for which repository. */
export interface RepoAndUser {
  readonly repo: Repo;
  readonly user: User;
}

/**
 * Refuses, before anything is asked of the service, what could never work: an owner without a token, and a private
 * repository that nobody could clone. Throws `machine-owner`, `clone-account-missing`.
 */
export function requireInstallable({ forgeOf }: Pick<InstallHookDeps, 'forgeOf'>, input: RepoAndUser): void {
  const { repo, user } = input;
  const webhooks = forgeOf(repo.connectionId).webhooks;
  if (webhooks === undefined) return;
  if (user.isMachine) {
    throw new AppError(
      'machine-owner',
      `${user.login} is a machine account and has no token for ${webhooks.title}.`,
      {
        hint: `Let a person who administers ${repo.slug} at ${webhooks.title} activate it.`,
      },
    );
  }
  if (repo.isPrivate && webhooks.cloneObstacle !== undefined) {
    throw new AppError(
      'clone-account-missing',
      `${webhooks.cloneObstacle} Builds of a private repository could not start.`,
      {
        hint: 'Set DRONE_GIT_USERNAME and DRONE_GIT_PASSWORD to an account that may read it, and restart the server.',
      },
    );
  }
}

/**
 * Has the service install the webhook, and keeps what became of it. Throws what the service says; then it is stored
 * too, unless somebody else's working hook is spoken of.
 */
export async function installHook(
  deps: InstallHookDeps,
  { repo, user }: RepoAndUser,
  install: () => Promise<ForgeHook | undefined>,
): Promise<ForgeHook | undefined> {
  try {
    const hook = await install();
    if (hook !== undefined) await noteInstalled(deps, repo, hook);
    return hook;
  } catch (error) {
    const isRefusal =
      error instanceof AppError && (error.code === 'service-refused' || error.code === 'not-found');
    if (isRefusal && (!repo.isActive || repo.userId === user.id)) {
      const seen = { hookState: 'refused', hookMessage: error.message, hookChecked: deps.now() } as const;
      await noteHook(deps.db, repo.id, seen);
    }
    throw error;
  }
}

async function noteInstalled({ db, now }: InstallHookDeps, repo: Repo, { id }: ForgeHook): Promise<void> {
  const seconds = now();
  await noteHook(db, repo.id, {
    hookState: 'present',
    hookMessage: '',
    hookId: id,
    hookInstalled: seconds,
    hookChecked: seconds,
  });
}

/**
 * What follows once the repository listens: a test delivery, and, `isNew`, a first look at the refs so that whatever
 * moves from now on without a delivery is noticed. Nothing of it can undo the activation.
 */
export async function proveHook(
  deps: InstallHookDeps,
  { repo, user }: RepoAndUser,
  { hook, isNew }: { readonly hook: ForgeHook | undefined; readonly isNew: boolean },
): Promise<void> {
  const webhooks = deps.forgeOf(repo.connectionId).webhooks;
  if (hook === undefined || webhooks === undefined) return;
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      deps.reportFailure(`${what} of ${repo.slug} failed`, error);
    }
  };
  if (isNew)
    await attempt('the first look at the refs', () =>
      takeFirstLook(deps, repo, () => webhooks.listRefs(user, repo)),
    );
  // At some services it is a push of the newest commit, which is built: not again where webhooks are known to arrive.
  const { lastDelivery } = await findRepoHealth(deps.db, repo.id);
  if (lastDelivery === 0) await attempt('the test delivery', () => webhooks.test(user, repo, hook.id));
}

/**
 * Best effort (ledger 29): a Git service that cannot be asked keeps nobody from turning builds off. Where the account
 * cannot take the hook away, the owner of the repository may. False when it may still be there; health says why then.
 */
export async function removeHook(deps: InstallHookDeps, { repo, user }: RepoAndUser): Promise<boolean> {
  const forge = deps.forgeOf(repo.connectionId);
  const attempt = async (account: User): Promise<unknown> => {
    try {
      await forge.removeHook(account, repo);
      return undefined;
    } catch (error) {
      // A repository that the service does not have has no webhook there either.
      return error instanceof AppError && error.code === 'not-found' ? undefined : error;
    }
  };
  let problem = await attempt(user);
  if (problem !== undefined) {
    const { userId } = await findRepoIdentity(deps.db, repo);
    const other = userId === user.id ? undefined : await findUserById(deps.db, userId);
    if (other !== undefined) problem = await attempt(other);
  }
  if (problem !== undefined) deps.reportFailure(`the webhook of ${repo.slug} could not be removed`, problem);
  if (forge.webhooks !== undefined) await noteRemoval(deps, repo, problem);
  return problem === undefined;
}

async function noteRemoval({ db, now }: InstallHookDeps, repo: Repo, problem: unknown): Promise<void> {
  if (problem === undefined) {
    const seen = { hookState: 'missing', hookMessage: '', hookId: '', hookChecked: now() } as const;
    return noteHook(db, repo.id, seen);
  }
  const unknown = 'Something failed; the log of the server says what.';
  const hookMessage = problem instanceof AppError ? explainError(problem) : unknown;
  await noteHook(db, repo.id, { hookState: 'present', hookMessage, hookChecked: now() });
}
