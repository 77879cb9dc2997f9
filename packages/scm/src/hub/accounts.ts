import type { Driver } from '../driver.ts';
import { list, text } from '../fields.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { ScmRepo, ScmToken } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import type { Hub } from './hub.ts';
import { toRepo, toUser, unreadable } from './objects.ts';

type Accounts = Pick<Driver, 'currentUser' | 'findUser' | 'listRepos' | 'findRepo' | 'findPerm' | 'listOrgs'>;

/** Accounts, repositories with permissions, and organisations. */
export function createHubAccounts(hub: Hub): Accounts {
  const { rest, pageSize } = hub;
  const findRepo: Accounts['findRepo'] = async (token, repo) => {
    const path = 'slug' in repo ? `repos/${encodeSlug(repo.slug)}` : `repositories/${joinPath(repo.uid)}`;
    return toRepo(hub, await rest.json(token, { path, what: 'The repository' })) ?? broken();
  };
  return {
    currentUser: async (token) => toUser(hub, await rest.json(token, { path: 'user', what: 'The account' })),
    findUser: async (token, login) =>
      toUser(hub, await rest.json(token, { path: `users/${joinPath(login)}`, what: 'The account' })),
    listRepos: (token) => listRepos(hub, token),
    findRepo,
    async findPerm(token, slug) {
      const { perm } = await findRepo(token, { slug });
      return perm ?? { read: true, write: false, admin: false };
    },
    async listOrgs(token) {
      const pages = rest.pages(token, { path: 'user/orgs', query: pageSize, what: 'The organisations' });
      const orgs = await collectPages(pages, (page) => list(page));
      return orgs.flatMap((org) => {
        const name = text(org, 'username') || text(org, 'login') || text(org, 'name');
        const avatar = pictureAddress(hub.server, hub.pictureHosts, text(org, 'avatar_url'));
        return name === '' ? [] : [{ name, avatar }];
      });
    },
  };
}

async function* listRepos(hub: Hub, token: ScmToken): AsyncGenerator<ScmRepo> {
  const call = { path: 'user/repos', query: hub.pageSize, what: 'The list of repositories' };
  for await (const page of hub.rest.pages(token, call)) {
    for (const element of list(page)) {
      const repo = toRepo(hub, element);
      if (repo !== undefined) yield repo;
    }
  }
}

function broken(): never {
  throw unreadable('repository');
}
