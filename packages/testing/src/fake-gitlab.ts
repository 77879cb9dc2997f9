import {
  createForgeState,
  type FakeForgeRepo,
  type FakeForgeState,
  isSignedIn,
  seenBy,
  TIME,
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

export interface FakeGitlab extends FakeService {
  readonly state: FakeForgeState;
}

/** A fake of GitLab, with its traps: nested groups, `null` permissions, "cannot transition", rotating tokens. */
export async function openFakeGitlab(port = 0): Promise<FakeGitlab> {
  const fresh = createForgeState();
  const nested: FakeForgeRepo = {
    ...(fresh.repos[1] as FakeForgeRepo),
    id: 60,
    slug: 'acme/space/engines/rocket',
  };
  const state: FakeForgeState = { ...fresh, repos: [...fresh.repos, nested] };
  let refresh = 'refresh-1';
  const routes = (url: string): FakeRoute[] => [
    authorizeRoute(/^\/oauth\/authorize$/),
    {
      method: 'POST',
      path: /^\/oauth\/token$/,
      reply({ body }) {
        const form = new URLSearchParams(body);
        // A refresh token is good for one time only.
        const isRight = form.get('code') === 'right' || form.get('refresh_token') === refresh;
        if (!isRight) return { status: 400, json: { error: 'invalid_grant', error_description: 'no' } };
        refresh = 'refresh-2';
        return {
          json: { access_token: TOKEN, token_type: 'Bearer', expires_in: 7200, refresh_token: refresh },
        };
      },
    },
    ...routesOf(state, url),
  ];
  const service = await openFakeService(routes, port);
  return Object.assign(service, { state });
}

const MISSING: FakeReply = { status: 404, json: { message: '404 Not Found' } };
const HOOKS: HookTraits = {
  path: '/hooks',
  id: '(\\d+)',
  idOf: ({ id }) => String(id),
  shown: ({ id, body }) => ({ ...body, id }),
  list: (json) => ({ json }),
  change: 'PUT',
  isMerged: true,
  missing: MISSING,
  forbidden: { status: 403, json: {} },
};

function routesOf(state: FakeForgeState, url: string): FakeRoute[] {
  const user = {
    id: 7,
    username: 'ada',
    name: 'Ada L',
    email: 'ada@example.test',
    avatar_url: null,
    created_at: TIME,
  };
  const route = (
    method: string,
    path: string,
    reply: (call: FakeCall, ...groups: string[]) => FakeReply,
  ): FakeRoute => ({
    method,
    path: new RegExp(`^/api/v4/${path}$`),
    reply: (call, ...groups) =>
      isSignedIn(call.headers.authorization) ? reply(call, ...groups) : { status: 401, json: {} },
  });
  const inRepo: InRepo = (method, path, reply) =>
    route(method, `projects/([^/]+)${path}`, (call, key = '', ...groups) => {
      const repo = seenBy(state, call).find((one) => one.slug === key || String(one.id) === key);
      return repo === undefined ? MISSING : reply(repo, call, ...groups);
    });
  return [
    route('GET', 'user', () => ({ json: user })),
    route('GET', 'users', ({ query }) => ({ json: query.get('username') === 'ada' ? [user] : [] })),
    route('GET', 'groups', () => ({ json: [{ id: 3, full_path: 'acme', avatar_url: null }] })),
    route('GET', 'groups/acme/members/all/7', () => ({ json: { access_level: 50 } })),
    route('GET', 'projects', (call) => ({ json: seenBy(state, call).map((repo) => project(repo, url)) })),
    inRepo('GET', '', (repo) => ({ json: project(repo, url) })),
    ...contentRoutes(state, inRepo),
    ...hookRoutes(state, inRepo, HOOKS),
    inRepo('POST', '/statuses/([0-9a-f]{40})', (_, { path, json }) => {
      const isRepeat = JSON.stringify(state.statuses.at(-1)?.body) === JSON.stringify(json);
      state.statuses.push({ path, body: json });
      if (!isRepeat) return { status: 201, json: {} };
      return { status: 400, json: { message: 'Cannot transition status via :run from :running' } };
    }),
    inRepo('POST', '/merge_requests/(\\d+)/notes', (_, { path, json }) => {
      state.statuses.push({ path, body: json });
      return { status: 201, json: {} };
    }),
  ];
}

function project(repo: FakeForgeRepo, url: string) {
  const level = { read: 20, write: 30, admin: 40 }[repo.access];
  return {
    id: repo.id,
    path_with_namespace: repo.slug,
    default_branch: repo.branches.size === 0 ? null : 'main',
    visibility: repo.visibility ?? (repo.isPrivate ? 'private' : 'public'),
    web_url: url + repo.slug,
    http_url_to_repo: `${url}${repo.slug}.git`,
    ssh_url_to_repo: `git@127.0.0.1:${repo.slug}.git`,
    permissions: { project_access: null, group_access: { access_level: level } },
  };
}

function contentRoutes(state: FakeForgeState, inRepo: InRepo): FakeRoute[] {
  const branch = ([name, sha]: readonly [string, string]) => ({ name, commit: { id: sha } });
  const tag = ([name, { object, commit }]: readonly [string, { object: string; commit: string }]) => ({
    name,
    target: object,
    commit: { id: commit },
  });
  return [
    inRepo('GET', '/repository/commits/([0-9a-f]{40})', (_, __, sha = '') => {
      const commit = state.commits.get(sha);
      if (commit === undefined) return MISSING;
      return {
        json: {
          id: sha,
          message: commit.message,
          author_name: 'Ada L',
          author_email: 'ada@example.test',
          authored_date: TIME,
          committer_name: 'Ada L',
          committed_date: TIME,
        },
      };
    }),
    inRepo('GET', '/repository/commits/[0-9a-f]{40}/diff', () => ({
      json: [
        { new_path: 'new.txt', old_path: 'old.txt', renamed_file: true },
        { new_path: 'gone.txt', old_path: 'gone.txt', deleted_file: true },
      ],
    })),
    inRepo('GET', '/repository/compare', () => ({
      json: { diffs: [{ new_path: 'a', old_path: 'a', new_file: true }] },
    })),
    inRepo('GET', '/merge_requests/7/diffs', () => ({
      json: [{ new_path: 'p', old_path: 'p', new_file: true }],
    })),
    inRepo('GET', '/merge_requests/(\\d+)', (repo, _, number) => {
      const sha = repo.pulls.get(Number(number));
      return sha === undefined ? MISSING : { json: { iid: Number(number), sha } };
    }),
    inRepo('GET', '/repository/branches', (repo) => ({ json: [...repo.branches].map(branch) })),
    inRepo('GET', '/repository/tags', (repo) => ({ json: [...repo.tags].map(tag) })),
    inRepo('GET', '/repository/branches/([^/]+)', (repo, _, name = '') => {
      const sha = repo.branches.get(name);
      return sha === undefined ? MISSING : { json: branch([name, sha]) };
    }),
    inRepo('GET', '/repository/tags/([^/]+)', (repo, _, name = '') => {
      const found = repo.tags.get(name);
      return found === undefined ? MISSING : { json: tag([name, found]) };
    }),
    inRepo('GET', '/repository/tree', (_, { query }) => {
      const folder = query.get('path') ?? '';
      const files = [...(state.commits.get(query.get('ref') ?? '')?.files ?? [])];
      const below = files.filter(([path]) => path.split('/').slice(0, -1).join('/') === folder);
      const types = { file: 'blob', dir: 'tree', symlink: 'blob', submodule: 'commit' };
      return {
        json: below.map(([path, { kind }]) => ({
          path,
          type: types[kind],
          mode: kind === 'symlink' ? '120000' : '100644',
        })),
      };
    }),
    inRepo('GET', '/repository/files/([^/]+)', (_, { query }, path = '') => {
      const file = state.commits.get(query.get('ref') ?? '')?.files.get(path);
      if (file === undefined) return MISSING;
      return {
        json: {
          encoding: 'base64',
          size: file.data.length,
          blob_id: 'ab'.repeat(20),
          content: Buffer.from(file.data).toString('base64'),
        },
      };
    }),
  ];
}
