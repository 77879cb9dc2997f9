import { jsonOf } from '../answers.ts';
import type { Driver } from '../driver.ts';
import { isScmError, ScmError } from '../errors.ts';
import { id, list, text } from '../fields.ts';
import { splitSlug } from '../hooks/mapping.ts';
import type { ScmPerm, ScmRepo, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { listAll, repoPath, type StashApi } from './api.ts';
import { toRepo, toUser, unreadable } from './objects.ts';
import { slugOf } from './webhook-repo.ts';

type Accounts = Pick<Driver, 'currentUser' | 'findUser' | 'listRepos' | 'findRepo' | 'findPerm'>;

/** Accounts, repositories, and permissions, which an ordinary account can only find out by trying. */
export function createStashAccounts(api: StashApi): Accounts {
  const permOf = (token: ScmToken, slug: string) => findPerm(api, token, slug);
  return {
    async currentUser(token) {
      const path = `${api.base.href}plugins/servlet/applinks/whoami`;
      const answer = await api.rest.send(token, { path, headers: { accept: '*/*' }, what: 'The account' });
      const login = new TextDecoder().decode(answer.body).trim();
      // Nobody is signed in when the text is empty.
      if (login === '')
        throw new ScmError('unauthorized', 'The Git service does not accept the token.', {
          hint: 'Sign in again.',
        });
      return findAccount(api, token, login);
    },
    findUser: (token, login) => findAccount(api, token, login),
    listRepos: (token) => listRepos(api, token),
    async findRepo(token, repo) {
      if (!('slug' in repo))
        throw new ScmError('not-supported', 'Bitbucket Server finds repositories by name and not by id.');
      const found = await api.rest.json(token, { path: repoPath(repo.slug), what: 'The repository' });
      const branch = await defaultBranch(api, token, repo.slug);
      const context = {
        api,
        branch: branch ?? '',
        isEmpty: branch === undefined,
        perm: await permOf(token, repo.slug),
      };
      const read = toRepo(context, found);
      if (read === undefined) throw unreadable('repository');
      return read;
    },
    findPerm: permOf,
  };
}

/** By slug; names that are mail addresses are none, so they are searched for. */
async function findAccount(api: StashApi, token: ScmToken, login: string) {
  if (!login.includes('@'))
    return toUser(await api.rest.json(token, { path: `users/${joinPath(login)}`, what: 'The account' }));
  const body = await api.rest.json(token, { path: 'users', query: { filter: login }, what: 'The account' });
  const user = list(body, 'values').find(
    (one) => text(one, 'name') === login || text(one, 'emailAddress') === login,
  );
  if (user === undefined) throw new ScmError('not-found', 'The account was not found at the Git service.');
  return toUser(user);
}

/** Undefined for an empty repository, which is answered with 404, 409 or 204. */
async function defaultBranch(api: StashApi, token: ScmToken, slug: string): Promise<string | undefined> {
  const path = `${repoPath(slug)}/branches/default`;
  const answer = await api.rest.answer(token, { path, what: 'The default branch' });
  if (answer.status !== 200) return undefined;
  return text(jsonOf(answer), 'displayId') || undefined;
}

async function* listRepos(api: StashApi, token: ScmToken): AsyncGenerator<ScmRepo> {
  const listWith = (permission: string) =>
    listAll(api, token, { path: 'repos', query: { permission }, what: 'The list of repositories' });
  const writable = new Set((await listWith('REPO_WRITE')).map((repo) => id(repo, 'id')));
  const owned = new Set((await listWith('REPO_ADMIN')).map((repo) => id(repo, 'id')));
  for (const element of await listWith('REPO_READ')) {
    const admin = owned.has(id(element, 'id'));
    const perm = { read: true, write: admin || writable.has(id(element, 'id')), admin };
    const repo = toRepo({ api, branch: '', isEmpty: false, perm }, element);
    if (repo !== undefined) yield repo;
  }
}

/** Readable is read, webhooks that can be listed are admin, the list of writable repositories tells the rest. */
async function findPerm(api: StashApi, token: ScmToken, slug: string): Promise<ScmPerm> {
  await api.rest.json(token, { path: repoPath(slug), what: 'The repository' });
  try {
    await api.rest.json(token, {
      path: `${repoPath(slug)}/webhooks`,
      query: { limit: 1 },
      what: 'The hooks',
    });
    return { read: true, write: true, admin: true };
  } catch (error) {
    if (!isScmError(error, 'unauthorized', 'forbidden', 'not-found')) throw error;
  }
  const query = { permission: 'REPO_WRITE', name: splitSlug(slug).name };
  const writable = await listAll(api, token, { path: 'repos', query, what: 'The permission' });
  const write = writable.some((repo) => slugOf(repo).toLowerCase() === slug.toLowerCase());
  return { read: true, write, admin: false };
}
