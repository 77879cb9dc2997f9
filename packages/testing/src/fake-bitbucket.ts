import { contentRoutes, MISSING, page } from './fake-bitbucket-content.ts';
import {
  createForgeState,
  type FakeForgeRepo,
  type FakeForgeState,
  isSignedIn,
  seenBy,
  TOKEN,
} from './fake-forge-state.ts';
import { type HookTraits, hookRoutes, type InRepo } from './fake-hooks.ts';
import {
  authorizeRoute,
  type FakeCall,
  type FakeReply,
  type FakeRoute,
  type FakeService,
  openFakeService,
} from './fake-service.ts';

export interface FakeBitbucket extends FakeService {
  readonly state: FakeForgeState;
}

/** A fake of Bitbucket Cloud, with its traps: `next` in the body, permissions apart, ids in braces. */
export async function openFakeBitbucket(moreRepos = 0, port = 0): Promise<FakeBitbucket> {
  const state = createForgeState(moreRepos);
  const routes = (url: string): FakeRoute[] => [
    authorizeRoute(/^\/site\/oauth2\/authorize$/),
    {
      method: 'POST',
      path: /^\/site\/oauth2\/access_token$/,
      reply({ body, headers }) {
        const form = new URLSearchParams(body);
        const isRight = form.get('code') === 'right' || form.get('refresh_token') === 'refresh-1';
        const isClient = headers.authorization === `Basic ${Buffer.from('client:secret').toString('base64')}`;
        if (!isRight || !isClient) return { status: 400, json: { error: 'invalid_grant' } };
        return { json: { access_token: TOKEN, expires_in: 7200, refresh_token: 'refresh-1' } };
      },
    },
    ...routesOf(state, url),
  ];
  const service = await openFakeService(routes, port);
  return Object.assign(service, { state });
}

function routesOf(state: FakeForgeState, url: string): FakeRoute[] {
  const user = {
    uuid: '{u-7}',
    nickname: 'ada',
    display_name: 'Ada L',
    links: { avatar: { href: `${url}a/7` } },
  };
  const route = (
    method: string,
    path: string,
    reply: (call: FakeCall, ...groups: string[]) => FakeReply,
  ): FakeRoute => ({
    method,
    path: new RegExp(`^/2\\.0/${path}$`),
    reply: (call, ...groups) =>
      isSignedIn(call.headers.authorization) ? reply(call, ...groups) : { status: 401, json: {} },
  });
  const inRepo: InRepo = (method, path, reply) =>
    route(method, `repositories/([^/]+)/([^/]+)${path}`, (call, owner = '', name = '', ...groups) => {
      const repo = seenBy(state, call).find(
        (one) => one.slug === `${owner}/${name}` || `{a1-${one.id}}` === name,
      );
      return repo === undefined ? MISSING : reply(repo, call, ...groups);
    });
  const right = (repo: FakeForgeRepo) => ({
    permission: repo.access,
    repository: { uuid: `{a1-${repo.id}}`, full_name: repo.slug },
  });
  return [
    route('GET', 'user', () => ({ json: user })),
    route('GET', 'users/([^/]+)', (_, id) => (id === '{u-7}' ? { json: user } : MISSING)),
    route('GET', 'user/workspaces', (call) => page([{ workspace: { slug: 'acme' } }], call, url)),
    route('GET', 'user/workspaces/acme/permissions/repositories', (call) => {
      const name = /repository\.slug="([^"]+)"/.exec(call.query.get('q') ?? '')?.[1];
      return page(
        seenBy(state, call)
          .filter(({ slug }) => name === undefined || slug === `acme/${name}`)
          .map(right),
        call,
        url,
      );
    }),
    route('GET', 'repositories/acme', (call) =>
      page(
        seenBy(state, call).map((repo) => present(repo, url)),
        call,
        url,
      ),
    ),
    inRepo('GET', '', (repo) => ({ json: present(repo, url) })),
    ...contentRoutes(state, url, inRepo),
    ...hookRoutes(state, inRepo, hooksAt(url)),
    inRepo('POST', '/commit/[0-9a-f]{40}/statuses/build', (_, { path, json }) => {
      state.statuses.push({ path, body: json });
      return { status: 201, json: {} };
    }),
    inRepo('POST', '/pullrequests/(\\d+)/comments', (_, { path, json }) => {
      state.statuses.push({ path, body: json });
      return { status: 201, json: {} };
    }),
  ];
}

function present(repo: FakeForgeRepo, url: string) {
  return {
    uuid: `{a1-${repo.id}}`,
    full_name: repo.slug,
    is_private: repo.isPrivate,
    mainbranch: repo.branches.size === 0 ? null : { name: 'main' },
    links: {
      html: { href: url + repo.slug },
      clone: [
        { name: 'https', href: `${url}${repo.slug}.git` },
        { name: 'ssh', href: `git@127.0.0.1:${repo.slug}.git` },
      ],
    },
  };
}

function hooksAt(url: string): HookTraits {
  const uuid = (id: number) => `{h-${id}}`;
  return {
    path: '/hooks',
    id: '([^/]+)',
    idOf: ({ id }) => uuid(id),
    shown: ({ id, body }) => ({ ...body, uuid: uuid(id) }),
    list: (rows, call) => page(rows, call, url),
    change: 'PUT',
    isMerged: false,
    missing: MISSING,
    forbidden: { status: 403, json: {} },
  };
}
