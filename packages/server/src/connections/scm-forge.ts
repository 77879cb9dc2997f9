import { slugAtService } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { ScmRepo } from '@sortie/scm/objects';
import type { Forge, ForgeRepo } from '../services/forge.ts';
import { createScmWebhooks, hookOptions, keepOneHook, type ScmWebhooksDeps } from './scm-webhooks.ts';
import { createTurns } from './turns.ts';
import { whereFound } from './where-found.ts';

/** A connected Git service as the rest of the server asks it. */
export function createScmForge(deps: ScmWebhooksDeps): Forge {
  const { service, broker } = deps;
  const { driver, connection } = service;
  const accountOf = (user: User) => ({ userId: user.id, connectionId: connection.id });
  const webhooks = createScmWebhooks(deps);
  // Two who look for the hook at once would both find none and make one each: every push would be built twice.
  const inTurn = createTurns();
  return {
    isAuthoritative: false,
    listRepos: (user, onSeen) =>
      broker.use(accountOf(user), async (token) => {
        const repos: ForgeRepo[] = [];
        for await (const repo of driver.listRepos(token)) {
          repos.push(toForgeRepo(repo));
          await onSeen?.(repos.length);
        }
        return repos;
      }),
    findRepo: (user, slug) =>
      broker.use(accountOf(user), (token) =>
        whereFound(async () => toForgeRepo(await driver.findRepo(token, { slug }))),
      ),
    installHook: (user, repo) =>
      inTurn(repo.id, () =>
        broker.use(accountOf(user), async (token) => {
          const options = await hookOptions(deps, repo);
          const { id, active } = await driver.createHook(token, slugAtService(repo), options);
          return keepOneHook(deps, token, { repo, made: { id, isActive: active } });
        }),
      ),
    removeHook: (user, repo) =>
      inTurn(repo.id, () =>
        broker.use(accountOf(user), async (token) => {
          for (const target of [deps.hookUrl, ...(deps.formerHookUrls ?? [])])
            await driver.deleteHook(token, slugAtService(repo), { target });
        }),
      ),
    findAccount: (user, login) =>
      broker.use(accountOf(user), (token) =>
        whereFound(async () => {
          const found = await driver.findUser(token, login);
          return { login: found.login, email: found.email, avatar: found.avatar };
        }),
      ),
    webhooks: {
      ...webhooks,
      rotate: (user, repo) => inTurn(repo.id, () => webhooks.rotate(user, repo)),
    },
  };
}

/** A list that does not tell rights, or lies about them, gives none: the service is asked when somebody comes. */
export function toForgeRepo(repo: ScmRepo): ForgeRepo {
  return {
    uid: repo.uid,
    namespace: repo.namespace,
    name: repo.name,
    httpUrl: repo.httpUrl,
    sshUrl: repo.sshUrl,
    link: repo.link,
    defaultBranch: repo.branch,
    isPrivate: repo.private,
    visibility: repo.visibility,
    isArchived: repo.archived,
    permission: repo.perm,
  };
}
