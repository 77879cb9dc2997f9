import { expectOk, jsonOf } from '../answers.ts';
import type { Driver } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { amount, id, list, text } from '../fields.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { ScmMembership, ScmRepo, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { type GitlabApi, projectPath } from './api.ts';
import { toRepo, toUser, unreadable } from './objects.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

type Accounts = Pick<
  Driver,
  'currentUser' | 'findUser' | 'listRepos' | 'findRepo' | 'findPerm' | 'listOrgs' | 'findMembership'
>;
const OWNER = 50;
const GUEST = 10;
const PAGE = { per_page: 100 } as const;

/** Accounts, projects with permissions, groups and membership. */
export function createGitlabAccounts(api: GitlabApi): Accounts {
  const { rest } = api;
  const findRepo: Accounts['findRepo'] = async (token, repo) => {
    const path = projectPath('slug' in repo ? repo.slug : repo.uid);
    const found = toRepo(api, await rest.json(token, { path, what: 'The repository' }));
    if (found === undefined) throw unreadable('repository');
    return found;
  };
  const findByLogin = async (token: ScmToken, login: string): Promise<unknown> => {
    const found = list(
      await rest.json(token, { path: 'users', query: { username: login }, what: 'The account' }),
    );
    const user = found.find((one) => text(one, 'username').toLowerCase() === login.toLowerCase());
    if (user === undefined) throw new ScmError('not-found', 'The account was not found at the Git service.');
    return user;
  };
  return {
    currentUser: async (token) => toUser(api, await rest.json(token, { path: 'user', what: 'The account' })),
    findUser: async (token, login) => toUser(api, await findByLogin(token, login)),
    listRepos: (token) => listRepos(api, token),
    findRepo,
    findPerm: async (token, slug) => (await findRepo(token, { slug })).perm ?? NONE,
    async listOrgs(token) {
      const call = { path: 'groups', query: { ...PAGE, min_access_level: GUEST }, what: 'The groups' };
      return (await collectPages(rest.pages(token, call), (page) => list(page))).map((group) => ({
        name: text(group, 'full_path'),
        avatar: pictureAddress(api.server, PICTURE_HOSTS, text(group, 'avatar_url')),
      }));
    },
    async findMembership(token, org, login): Promise<ScmMembership> {
      const userId = id(await findByLogin(token, login), 'id');
      const path = `groups/${encodeURIComponent(org)}/members/all/${joinPath(userId)}`;
      const answer = await rest.answer(token, { path, what: 'The membership' });
      if (answer.status === 404) return { active: false, role: 'unknown' };
      const level = amount(jsonOf(expectOk(answer, 'The membership')), 'access_level') ?? 0;
      return { active: level >= GUEST, role: level >= OWNER ? 'admin' : 'member' };
    },
  };
}

const NONE = { read: true, write: false, admin: false } as const;

/** Pages by position end at 50,000 rows, so the list is read by key, which the `Link` header continues. */
async function* listRepos(api: GitlabApi, token: ScmToken): AsyncGenerator<ScmRepo> {
  const query = { ...PAGE, membership: 'true', pagination: 'keyset', order_by: 'id', sort: 'asc' };
  const call = { path: 'projects', query, what: 'The list of repositories' };
  for await (const page of api.rest.pages(token, call)) {
    for (const project of list(page)) {
      const repo = toRepo(api, project);
      if (repo !== undefined) yield repo;
    }
  }
}
