import { type Repo, slugAtService } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Driver, HookCategory, HookOptions } from '@sortie/scm/driver';
import type { ScmRef, ScmToken } from '@sortie/scm/objects';
import { isSameTarget } from '@sortie/scm/rest/hook-set';
import type { ForgeHook, ForgeRef, ForgeWebhooks } from '../services/forge.ts';
import type { GitService, TokenBroker } from '../services/git-service.ts';

export interface ScmWebhooksDeps {
  readonly service: GitService;
  readonly broker: TokenBroker;
  /** Where the service sends webhooks to. */
  readonly hookUrl: string;
  /** Where hooks of this server may lead from before: they count as ours and go once there is one at `hookUrl`. */
  readonly formerHookUrls?: readonly string[];
  readonly hookEvents: readonly HookCategory[];
  /** The secret of the webhooks of a repository. */
  readonly signerOf: (repo: Repo) => Promise<string>;
  /** There is a fixed account that everything is cloned with. */
  readonly hasCloneAccount?: boolean;
}

/** What is registered at the service for a repository. */
export async function hookOptions(deps: ScmWebhooksDeps, repo: Repo): Promise<HookOptions> {
  return {
    target: deps.hookUrl,
    secret: await deps.signerOf(repo),
    events: deps.hookEvents,
    skipVerify: deps.service.skipsVerify,
  };
}

/** Webhooks, refs and rights at a connected Git service, as activation, health and reconciliation ask for them. */
export function createScmWebhooks(deps: ScmWebhooksDeps): ForgeWebhooks {
  const { service, broker, hookUrl } = deps;
  const { driver, connection, title } = service;
  const as = <Result>(user: Pick<User, 'id'>, call: (token: ScmToken) => Promise<Result>): Promise<Result> =>
    broker.use({ userId: user.id, connectionId: connection.id }, call);
  return {
    target: hookUrl,
    title,
    hint: driver.hookHint(hookUrl),
    cloneObstacle: cloneObstacle(deps),
    hasStatuses: driver.supports('createStatus'),
    find: (user, repo) => as(user, async (token) => (await listOurs(deps, token, repo))[0]),
    rotate: (user, repo) => as(user, (token) => rotate(deps, token, repo)),
    removeOthers: (user, repo, keptId) =>
      as(user, async (token) => {
        for (const { id } of await listOurs(deps, token, repo))
          if (id !== keptId) await driver.deleteHook(token, slugAtService(repo), { id });
      }),
    async test(user, repo, hookId) {
      if (!driver.supports('testHook')) return false;
      await as(user, (token) => driver.testHook(token, slugAtService(repo), hookId));
      return true;
    },
    findPermission: (user, repo) => as(user, (token) => driver.findPerm(token, slugAtService(repo))),
    linkTo: (repo, target) => driver.linkTo(slugAtService(repo), target),
    listRefs: (user, repo) => as(user, (token) => listRefs(driver, token, repo)),
  };
}

interface OurHook extends ForgeHook {
  /** It leads to the present address. */
  readonly isCurrent: boolean;
}

/** Those that are switched on come first. */
async function listOurs(
  { service: { driver }, hookUrl, formerHookUrls = [] }: ScmWebhooksDeps,
  token: ScmToken,
  repo: Repo,
): Promise<readonly OurHook[]> {
  const hooks = (await driver.listHooks(token, slugAtService(repo))).filter(({ target }) =>
    [hookUrl, ...formerHookUrls].some((url) => isSameTarget(target, url)),
  );
  return hooks
    .map(({ id, active, target }) => ({ id, isActive: active, isCurrent: isSameTarget(target, hookUrl) }))
    .sort((one, other) => Number(other.isActive) - Number(one.isActive));
}

/**
 * Another server may have made a hook in the same moment: both keep the newest of them and remove the others. Returns the
 * one that stays.
 */
export async function keepOneHook(
  deps: ScmWebhooksDeps,
  token: ScmToken,
  { repo, made }: { readonly repo: Repo; readonly made: ForgeHook },
): Promise<ForgeHook> {
  const hooks = [...(await listOurs(deps, token, repo))].sort(byAge);
  const newest = hooks.pop() ?? made;
  for (const { id } of hooks) await deps.service.driver.deleteHook(token, slugAtService(repo), { id });
  return newest;
}

/**
 * Services count their hooks, or name them at random; all that matters is that everybody sees the same order. One at the
 * present address outlives those at former ones.
 */
function byAge(one: OurHook, other: OurHook): number {
  if (one.isCurrent !== other.isCurrent) return Number(one.isCurrent) - Number(other.isCurrent);
  return one.id.localeCompare(other.id, 'en', { numeric: true });
}

/**
 * Where the service cannot change the secret of a hook a second one is made, and the first is switched off: two that
 * are on would tell of every push twice.
 */
async function rotate(deps: ScmWebhooksDeps, token: ScmToken, repo: Repo): Promise<ForgeHook> {
  const { driver } = deps.service;
  const options = await hookOptions(deps, repo);
  if (driver.supports('rotateHookSecret')) {
    const { id, active } = await driver.createHook(token, slugAtService(repo), options);
    return keepOneHook(deps, token, { repo, made: { id, isActive: active } });
  }
  const older = await listOurs(deps, token, repo);
  const { id, active } = await driver.createHook(token, slugAtService(repo), {
    ...options,
    besideOthers: true,
  });
  for (const hook of older)
    await driver.updateHook(token, slugAtService(repo), hook.id, { ...options, isActive: false });
  return { id, isActive: active };
}

async function listRefs(driver: Driver, token: ScmToken, repo: Repo): Promise<ReadonlyMap<string, ForgeRef>> {
  const branches = await driver.listBranches(token, slugAtService(repo));
  const tags = await driver.listTags(token, slugAtService(repo));
  return new Map([...branches, ...tags].map((ref) => [ref.name, toForgeRef(ref)]));
}

function toForgeRef({ sha, peeled }: ScmRef): ForgeRef {
  return { commit: peeled ?? sha, object: sha };
}

function cloneObstacle({ service: { driver, title }, hasCloneAccount = false }: ScmWebhooksDeps) {
  if (driver.supports('cloneCredentials') || hasCloneAccount) return undefined;
  return `${title} lends nobody credentials for clones over HTTP.`;
}
