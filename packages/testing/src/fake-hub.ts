import {
  createForgeState,
  type FakeForgeHook,
  type FakeForgeRepo,
  type FakeForgeState,
  hubPrivacy,
  isSignedIn,
  seenBy,
  TOKEN,
} from './fake-forge-state.ts';
import { type HookTraits, hookRoutes, type InRepo } from './fake-hooks.ts';
import { contentRoutes, MISSING, page } from './fake-hub-content.ts';
import {
  authorizeRoute,
  type FakeCall,
  type FakeReply,
  type FakeRoute,
  type FakeService,
  openFakeService,
} from './fake-service.ts';

export interface FakeHub extends FakeService {
  readonly state: FakeForgeState;
}

/** A fake of Gitea or GitHub, with their traps: pages capped below what is asked, `null` rows, 422 for doubles. */
export async function openFakeHub(kind: 'gitea' | 'github', moreRepos = 0, port = 0): Promise<FakeHub> {
  const state = createForgeState(moreRepos);
  const service = await openFakeService((url) => [...oauthRoutes(), ...apiRoutes(kind, state, url)], port);
  return Object.assign(service, { state });
}

/** A code `right` gives a token; GitHub says 200 to a wrong one, the others 400. */
function oauthRoutes(): FakeRoute[] {
  return [
    authorizeRoute(/^\/login\/oauth\/authorize$/),
    {
      method: 'POST',
      path: /^\/login\/oauth\/access_token$/,
      reply({ body }) {
        const form = new URLSearchParams(body);
        const isRight = form.get('code') === 'right' || form.get('refresh_token') === 'refresh-1';
        if (!isRight) return { json: { error: 'bad_verification_code', error_description: '<b>no</b>' } };
        return {
          json: { access_token: TOKEN, token_type: 'bearer', expires_in: 3600, refresh_token: 'refresh-2' },
        };
      },
    },
  ];
}

function apiRoutes(kind: 'gitea' | 'github', state: FakeForgeState, url: string): FakeRoute[] {
  const prefix = kind === 'gitea' ? '/api/v1' : '/api/v3';
  const user = {
    id: 7,
    login: 'ada',
    full_name: 'Ada L',
    email: kind === 'gitea' ? 'ada@example.test' : null,
    avatar_url: `${url}avatars/7`,
  };
  const present = (repo: FakeForgeRepo) => ({
    id: repo.id,
    name: repo.slug.split('/')[1],
    full_name: repo.slug,
    owner: { login: 'acme' },
    ...hubPrivacy(kind, repo),
    html_url: url + repo.slug,
    clone_url: `${url}${repo.slug}.git`,
    ssh_url: `git@127.0.0.1:${repo.slug}.git`,
    default_branch: 'main',
    empty: repo.branches.size === 0,
    permissions: { admin: repo.access === 'admin', push: repo.access !== 'read', pull: true },
    a_field_of_the_future: { deep: [1] },
  });
  const route = (
    method: string,
    path: string,
    reply: (call: FakeCall, ...groups: string[]) => FakeReply,
  ): FakeRoute => ({
    method,
    path: new RegExp(`^${prefix}/${path}$`),
    reply: (call, ...groups) =>
      isSignedIn(call.headers.authorization) ? reply(call, ...groups) : { status: 401, json: {} },
  });
  const inRepo = (
    method: string,
    path: string,
    reply: (repo: FakeForgeRepo, call: FakeCall, ...groups: string[]) => FakeReply,
  ) =>
    route(method, `repos/([^/]+)/([^/]+)${path}`, (call, owner = '', name = '', ...groups) => {
      const repo = seenBy(state, call).find(
        (one) => one.slug.toLowerCase() === `${owner}/${name}`.toLowerCase(),
      );
      return repo === undefined ? toNewName(state, call, `${owner}/${name}`) : reply(repo, call, ...groups);
    });
  const rowsFor = (call: FakeCall): readonly unknown[] => seenBy(state, call).map(present);
  return [
    route('GET', 'user', () => ({ json: user })),
    route('GET', 'user/emails', () => ({
      json: [{ email: 'ada@example.test', primary: true, verified: true }],
    })),
    route('GET', 'users/([^/]+)', (_, login) =>
      login === 'ada' ? { json: user } : { status: 404, json: {} },
    ),
    route('GET', 'user/repos', (call) =>
      page(kind === 'github' ? [null, ...rowsFor(call)] : rowsFor(call), call, url),
    ),
    route('GET', 'user/orgs', (call) =>
      page([{ id: 3, username: 'acme', login: 'acme', avatar_url: '' }], call, url),
    ),
    route('GET', 'repositories/([^/]+)', (call, id) => {
      const found = seenBy(state, call).find((repo) => String(repo.id) === id);
      return found === undefined ? { status: 404, json: {} } : { json: present(found) };
    }),
    route('GET', 'orgs/acme/members/([^/]+)', (_, login) => ({ status: login === 'ada' ? 204 : 404 })),
    route('GET', 'users/ada/orgs/acme/permissions', () => ({ json: { is_owner: true, is_admin: false } })),
    route('GET', 'orgs/acme/memberships/([^/]+)', (_, login) =>
      login === 'ada' ? { json: { state: 'active', role: 'admin' } } : { status: 404, json: {} },
    ),
    inRepo('GET', '', (repo) => ({ json: present(repo) })),
    ...contentRoutes(state, url, inRepo),
    ...hookRoutes(state, inRepo, hooksAt(kind, url)),
    inRepo('POST', '/hooks/(\\d+)/(?:tests|pings)', ({ access, branches }) => {
      if (access !== 'admin') return FORBIDDEN;
      // Gitea sends the newest commit, and an empty repository has none.
      return kind === 'gitea' && branches.size === 0 ? MISSING : { status: 204 };
    }),
    ...reportRoutes(state, inRepo),
  ];
}

function reportRoutes(state: FakeForgeState, inRepo: InRepo): FakeRoute[] {
  const keep = (_: FakeForgeRepo, { path, json }: FakeCall): FakeReply => {
    state.statuses.push({ path, body: json });
    return { status: 201, json: {} };
  };
  return [
    inRepo('POST', '/statuses/([0-9a-f]{40})', keep),
    inRepo('POST', '/deployments/(\\d+)/statuses', keep),
    inRepo('POST', '/issues/(\\d+)/comments', keep),
  ];
}

const FORBIDDEN: FakeReply = { status: 403, json: { message: 'no' } };
/** What Gitea makes of `pull_request`, in no order. */
const PULL_EVENTS = [
  'pull_request_sync',
  'pull_request_label',
  'pull_request_assign',
  'pull_request_comment',
];

/** Both services answer every method under the old name of a repository with a redirect to the new one. */
function toNewName(state: FakeForgeState, { path, query }: FakeCall, old: string): FakeReply {
  const repo = state.repos.find(({ formerSlug }) => formerSlug === old);
  if (repo === undefined) return MISSING;
  const rest = query.size > 0 ? `?${query}` : '';
  const location = path.replace(`/repos/${old}`, `/repos/${repo.slug}`) + rest;
  return { status: 301, headers: { location }, json: {} };
}

/** Gitea shows no secret, and all parts of the events. */
function shownAtGitea({ id, body }: FakeForgeHook): unknown {
  const { secret: _, ...config } = body.config as Readonly<Record<string, unknown>>;
  const events = body.events as readonly string[];
  const shown = events.includes('pull_request') ? [...PULL_EVENTS, ...events] : events;
  return { ...body, id, config, events: shown, branch_filter: '', authorization_header: '' };
}

function hooksAt(kind: 'gitea' | 'github', url: string): HookTraits {
  return {
    path: '/hooks',
    id: '(\\d+)',
    idOf: ({ id }) => String(id),
    shown: (hook) => (kind === 'gitea' ? shownAtGitea(hook) : { ...hook.body, id: hook.id }),
    list: (rows, call) => page(rows, call, url),
    change: 'PATCH',
    isMerged: true,
    keepsSecret: kind === 'gitea',
    missing: MISSING,
    forbidden: FORBIDDEN,
  };
}
