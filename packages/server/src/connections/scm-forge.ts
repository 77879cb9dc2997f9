import { NO_PERMISSION, type Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { HookCategory } from '@sortie/scm/driver';
import type { ScmRepo } from '@sortie/scm/objects';
import type { Forge, ForgeRepo } from '../services/forge.ts';
import type { GitService, TokenBroker } from '../services/git-service.ts';
import { whereFound } from './where-found.ts';

export interface ScmForgeDeps {
  readonly service: GitService;
  readonly broker: TokenBroker;
  /** Where the service sends webhooks to. */
  readonly hookUrl: string;
  readonly hookEvents: readonly HookCategory[];
  /** The secret of the webhooks of a repository. */
  readonly signerOf: (repo: Repo) => Promise<string>;
}

/** A connected Git service as the rest of the server asks it. */
export function createScmForge(deps: ScmForgeDeps): Forge {
  const { service, broker } = deps;
  const { driver, connection } = service;
  const accountOf = (user: User) => ({ userId: user.id, connectionId: connection.id });
  return {
    isAuthoritative: false,
    listRepos: (user) =>
      broker.use(accountOf(user), async (token) => {
        const repos: ForgeRepo[] = [];
        for await (const repo of driver.listRepos(token)) repos.push(toForgeRepo(repo));
        return repos;
      }),
    findRepo: (user, slug) =>
      broker.use(accountOf(user), (token) =>
        whereFound(async () => toForgeRepo(await driver.findRepo(token, { slug }))),
      ),
    installHook: (user, repo) =>
      broker.use(accountOf(user), async (token) => {
        await driver.createHook(token, repo.slug, {
          target: deps.hookUrl,
          secret: await deps.signerOf(repo),
          events: deps.hookEvents,
          skipVerify: service.skipsVerify,
        });
      }),
    removeHook: (user, repo) =>
      broker.use(accountOf(user), (token) => driver.deleteHook(token, repo.slug, { target: deps.hookUrl })),
    findAccount: (user, login) =>
      broker.use(accountOf(user), (token) =>
        whereFound(async () => {
          const found = await driver.findUser(token, login);
          return { login: found.login, email: found.email, avatar: found.avatar };
        }),
      ),
  };
}

/** A list that does not tell rights, or lies about them, gives none: they are asked for when somebody needs them. */
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
    permission: repo.perm ?? NO_PERMISSION,
  };
}
