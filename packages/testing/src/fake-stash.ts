import { createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import {
  createForgeState,
  type FakeForgeRepo,
  type FakeForgeState,
  STRANGER,
  seenBy,
  TOKEN,
} from './fake-forge-state.ts';
import { type HookTraits, hookRoutes, type InRepo } from './fake-hooks.ts';
import {
  type FakeCall,
  type FakeReply,
  type FakeRoute,
  type FakeService,
  openFakeService,
} from './fake-service.ts';
import { contentRoutes, MISSING, page } from './fake-stash-content.ts';

export interface FakeStash extends FakeService {
  readonly state: FakeForgeState;
}

/**
 * A fake of Bitbucket Server, with its traps: every request must be signed with the private key, pages go on where
 * the server says, an event name is unknown when `isOld`, permissions show by trying only.
 */
export async function openFakeStash(publicKey: string, isOld = false, port = 0): Promise<FakeStash> {
  const state = createForgeState();
  const key = createPublicKey(publicKey);
  const nonces = new Set<string>();
  let callback = '';
  const routes = (url: string): FakeRoute[] => {
    const isSigned = (call: FakeCall) => checkSignature(call, url, key, nonces);
    const guard = (route: FakeRoute): FakeRoute => ({
      ...route,
      reply: (call, ...groups) => (isSigned(call) ? route.reply(call, ...groups) : { status: 401, json: {} }),
    });
    const signIn = signInRoutes((address) => {
      callback = address;
    });
    // A browser signs nothing.
    const authorize = authorizeByHand(() => callback);
    return [authorize, ...[...signIn, ...routesOf(state, url, isOld)].map(guard)];
  };
  const service = await openFakeService(routes, port);
  return Object.assign(service, { state });
}

/** RFC 5849: the fake makes the base string in its own way, so that a wrong one of the driver shows. */
function checkSignature(call: FakeCall, url: string, key: KeyObject, nonces: Set<string>): boolean {
  const header = String(call.headers.authorization ?? '');
  const fields = new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      decodeURIComponent(value),
    ]),
  );
  const signature = fields.get('oauth_signature') ?? '';
  const nonce = fields.get('oauth_nonce') ?? '';
  if (fields.get('oauth_consumer_key') !== 'sortie' || nonces.has(nonce)) return false;
  nonces.add(nonce);
  const quote = (value: string) =>
    encodeURIComponent(value).replace(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const pairs: string[] = [];
  for (const [name, value] of [...fields, ...call.query]) {
    if (name !== 'oauth_signature') pairs.push(`${quote(name)}=${quote(value)}`);
  }
  const base = `${call.method}&${quote(url.slice(0, -1) + call.path)}&${quote(pairs.sort().join('&'))}`;
  return createVerify('RSA-SHA1').update(base).verify(key, signature, 'base64');
}

/** The page where people let an application in: here everybody does at once. */
function authorizeByHand(callback: () => string): FakeRoute {
  return {
    method: 'GET',
    path: /^\/plugins\/servlet\/oauth\/authorize$/,
    reply({ query }) {
      const back = URL.parse(callback());
      if (back === null) return { status: 400, text: 'no request token was asked for' };
      back.searchParams.set('oauth_token', query.get('oauth_token') ?? '');
      back.searchParams.set('oauth_verifier', 'right');
      return { status: 302, headers: { location: back.href } };
    },
  };
}

/** `noteCallback` is told where the browser is to come back to. */
function signInRoutes(noteCallback: (address: string) => void): FakeRoute[] {
  return [
    {
      method: 'POST',
      path: /^\/plugins\/servlet\/oauth\/request-token$/,
      reply: ({ headers }) => {
        const [, callback] = /oauth_callback="([^"]+)"/.exec(String(headers.authorization)) ?? [];
        noteCallback(decodeURIComponent(callback ?? ''));
        return callback !== undefined
          ? { text: 'oauth_token=request-1&oauth_token_secret=hush' }
          : { status: 400 };
      },
    },
    {
      method: 'POST',
      path: /^\/plugins\/servlet\/oauth\/access-token$/,
      reply: ({ headers }) => {
        const isRight = /oauth_verifier="right"/.test(String(headers.authorization));
        return isRight ? { text: `oauth_token=${TOKEN}&oauth_token_secret=hush-2` } : { status: 401 };
      },
    },
  ];
}

function routesOf(state: FakeForgeState, url: string, isOld: boolean): FakeRoute[] {
  const user = { id: 7, name: 'ada', slug: 'ada', displayName: 'Ada L', emailAddress: 'ada@example.test' };
  const isAlive = (call: FakeCall) =>
    [TOKEN, STRANGER].some((token) => String(call.headers.authorization).includes(`oauth_token="${token}"`));
  const route = (
    method: string,
    path: string,
    reply: (call: FakeCall, ...groups: string[]) => FakeReply,
  ): FakeRoute => ({
    method,
    path: new RegExp(`^/${path}$`),
    reply: (call, ...groups) => (isAlive(call) ? reply(call, ...groups) : { status: 401, json: {} }),
  });
  const inRepo: InRepo = (method, path, reply) =>
    route(
      method,
      `rest/api/1\\.0/projects/([^/]+)/repos/([^/]+)${path}`,
      (call, project = '', name = '', ...groups) => {
        const repo = seenBy(state, call).find((one) => one.slug === `${project}/${name}`);
        return repo === undefined ? MISSING : reply(repo, call, ...groups);
      },
    );
  const levels = {
    REPO_READ: ['read', 'write', 'admin'],
    REPO_WRITE: ['write', 'admin'],
    REPO_ADMIN: ['admin'],
  };
  return [
    route('GET', 'plugins/servlet/applinks/whoami', () => ({ text: 'ada' })),
    route('GET', 'rest/api/1\\.0/users/ada', () => ({ json: user })),
    route('GET', 'rest/api/1\\.0/users', () => ({
      json: { values: [{ ...user, name: 'ada@x' }], isLastPage: true },
    })),
    route('GET', 'rest/api/1\\.0/repos', (call) => {
      const wanted: readonly string[] =
        levels[(call.query.get('permission') ?? 'REPO_READ') as keyof typeof levels];
      const name = call.query.get('name') ?? '';
      return page(
        seenBy(state, call)
          .filter(({ access, slug }) => wanted.includes(access) && slug.includes(name))
          .map((repo) => present(repo, url)),
        call,
      );
    }),
    inRepo('GET', '', (repo) => ({ json: present(repo, url) })),
    inRepo('GET', '/branches/default', (repo) =>
      repo.branches.size === 0 ? { status: 409, json: {} } : { json: { displayId: 'main' } },
    ),
    ...contentRoutes(state, inRepo),
    ...hookRoutes(state, inRepo, hooksOf(isOld)),
    route('POST', 'rest/build-status/1\\.0/commits/[0-9a-f]{40}', ({ path, json }) => {
      state.statuses.push({ path, body: json });
      return { status: 204 };
    }),
    inRepo('POST', '/pull-requests/(\\d+)/comments', (_, { path, json }) => {
      state.statuses.push({ path, body: json });
      return { status: 201, json: {} };
    }),
  ];
}

function present(repo: FakeForgeRepo, url: string) {
  const [key = '', slug = ''] = repo.slug.split('/');
  const clone = [
    { name: 'http', href: `${url.replace('//', '//ada@')}scm/${repo.slug}.git` },
    { name: 'ssh', href: `ssh://git@127.0.0.1:7999/${repo.slug}.git` },
  ];
  return { id: repo.id, slug, project: { key }, public: !repo.isPrivate, links: { clone } };
}

/** Old servers refuse events that they do not know. */
function hooksOf(isOld: boolean): HookTraits {
  const unknown: FakeReply = { status: 400, json: { errors: [{ message: 'unknown event' }] } };
  return {
    path: '/webhooks',
    id: '(\\d+)',
    idOf: ({ id }) => String(id),
    shown: ({ id, body }) => ({ ...body, id }),
    list: page,
    change: 'PUT',
    isMerged: false,
    missing: MISSING,
    refuses: ({ body }) => (isOld && body.includes('pr:from_ref_updated') ? unknown : undefined),
    forbidden: { status: 403, json: {} },
  };
}
