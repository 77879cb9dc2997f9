import type { Driver } from '../driver.ts';
import { isScmError, ScmError } from '../errors.ts';
import { list, text } from '../fields.ts';
import { splitSlug } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { ScmPerm, ScmRepo, ScmToken } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { type BitbucketApi, listAll } from './api.ts';
import { toPerm, toRepo, toUser, unreadable } from './objects.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

type Accounts = Pick<Driver, 'currentUser' | 'findUser' | 'listRepos' | 'findRepo' | 'findPerm' | 'listOrgs'>;

/** Accounts, repositories and workspaces. Lists across workspaces are being retired, so each one is asked. */
export function createBitbucketAccounts(api: BitbucketApi): Accounts {
  const { rest } = api;
  const permOf = (token: ScmToken, slug: string) => findPerm(api, token, slug);
  return {
    currentUser: async (token) => toUser(api, await rest.json(token, { path: 'user', what: 'The account' })),
    /** `login` is a uuid or an account id: Bitbucket finds nobody by nickname. */
    findUser: async (token, login) =>
      toUser(api, await rest.json(token, { path: `users/${joinPath(login)}`, what: 'The account' })),
    listRepos: (token) => listRepos(api, token),
    async findRepo(token, repo) {
      // A uuid stands for the name, below an empty workspace.
      const path = `repositories/${'slug' in repo ? encodeSlug(repo.slug) : joinPath('{}', repo.uid)}`;
      const found = toRepo(api, await rest.json(token, { path, what: 'The repository' }));
      if (found === undefined) throw unreadable('repository');
      return { ...found, perm: await permOf(token, found.slug) };
    },
    findPerm: permOf,
    listOrgs: async (token) =>
      (await listWorkspaces(api, token)).map((workspace) => ({
        name: text(workspace, 'slug'),
        avatar: pictureAddress(api.server, PICTURE_HOSTS, text(workspace, 'links', 'avatar', 'href')),
      })),
  };
}

async function listWorkspaces(api: BitbucketApi, token: ScmToken): Promise<readonly unknown[]> {
  const found = await listAll(api, token, { path: 'user/workspaces', what: 'The workspaces' });
  return found
    .map((access) =>
      text(access, 'workspace', 'slug') === '' ? access : Reflect.get(Object(access), 'workspace'),
    )
    .filter((workspace) => text(workspace, 'slug') !== '');
}

async function* listRepos(api: BitbucketApi, token: ScmToken): AsyncGenerator<ScmRepo> {
  for (const workspace of await listWorkspaces(api, token)) {
    const name = joinPath(text(workspace, 'slug'));
    const rights = await listAll(api, token, {
      path: `user/workspaces/${name}/permissions/repositories`,
      what: 'The permissions',
    });
    const permOf = new Map(
      rights.map((right) => [text(right, 'repository', 'uuid'), toPerm(text(right, 'permission'))]),
    );
    const repos = await listAll(api, token, {
      path: `repositories/${name}`,
      query: { role: 'member' },
      what: 'The list of repositories',
    });
    for (const element of repos) {
      const repo = toRepo(api, element, permOf.get(text(element, 'uuid')) ?? toPerm('read'));
      if (repo !== undefined) yield repo;
    }
  }
}

/** The permission that is recorded for the account, or where that cannot be asked, three lists by role. */
async function findPerm(api: BitbucketApi, token: ScmToken, slug: string): Promise<ScmPerm> {
  const { namespace, name } = splitSlug(slug);
  if (!/^[\w.-]+$/.test(name)) throw new ScmError('validation', 'A repository is named `namespace/name`.');
  try {
    const body = await api.rest.json(token, {
      path: `user/workspaces/${joinPath(namespace)}/permissions/repositories`,
      query: { q: `repository.slug="${name}"`, pagelen: 1 },
      what: 'The permission',
    });
    return toPerm(text(list(body, 'values')[0], 'permission'));
  } catch (error) {
    if (!isScmError(error, 'not-found', 'not-supported')) throw error;
  }
  for (const [role, permission] of [
    ['admin', 'admin'],
    ['contributor', 'write'],
    ['member', 'read'],
  ] as const) {
    const path = `repositories/${joinPath(namespace)}`;
    const query = { role, q: `slug="${name}"`, pagelen: 1 };
    const body = await api.rest.json(token, { path, query, what: 'The permission' });
    if (list(body, 'values').length > 0) return toPerm(permission);
  }
  return toPerm('');
}
