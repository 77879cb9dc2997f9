import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LegacyRoute } from '@sortie/contract/legacy/route';
import { LEGACY_ROUTES } from '@sortie/contract/legacy/routes';
import type { AccessRule } from '@sortie/core/access';
import { addBuilds, openLegacyWorld } from './legacy-world.fixture.ts';

/** Recordings answer only after their time; their access is looked at in `pprof.test.ts`. */
const SLOW: ReadonlySet<string> = new Set(['legacyPprofProfile', 'legacyPprofTrace']);

/** What nobody, and an account without any right, hear at a private repository (api-legacy.md 1.5). */
const REFUSALS: Readonly<Record<Exclude<AccessRule, 'open'>, readonly [guest: number, stranger: number]>> = {
  user: [401, 200],
  admin: [401, 403],
  'repo:read': [401, 404],
  'repo:write': [401, 404],
  'repo:admin': [401, 404],
  'org:member': [401, 401],
  'org:admin': [401, 401],
};

function places(route: LegacyRoute): readonly string[] {
  return route.mounts === 'both' ? ['', '/v0'] : ['/v0'];
}

function urlOf(route: LegacyRoute, names: Readonly<Record<string, string>>): string {
  return route.path.replace(/:(\w+)/g, (_match, name: string) => names[name] ?? '1');
}

const PRIVATE = { owner: 'octocat', name: 'priv', namespace: 'octocat', login: 'bob', secret: 'KEY' };

for (const route of LEGACY_ROUTES) {
  if (route.access === 'open' || route.path.startsWith('/ws/')) continue;
  const [guest, stranger] = REFUSALS[route.access];
  test(`[legacy ${route.row}] ${route.id} refuses those who may not`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = await world.bearer(await world.addUser({ login: 'stranger' }));
    for (const at of places(route)) {
      const url = `${at}${urlOf(route, PRIVATE)}`;
      const activates = route.id === 'legacyPostRepo';
      assert.equal((await world.ask(route.method, url)).status, activates ? 403 : guest, url);
      if (route.access === 'user') continue;
      assert.equal((await world.ask(route.method, url, { headers })).status, stranger, url);
    }
  });
}

const HOSTILE = [
  '',
  '[]',
  'null',
  '"text"',
  '{"__proto__":{"login":"x"}}',
  '{"login":5,"name":{},"value":[],"active":"yes","timeout":1e99}',
  Buffer.from([0xff, 0xfe, 0x00]),
  '\0',
];

test('nothing that is sent to the 0.5 API is a failure of the server', async (t) => {
  const world = await openLegacyWorld(t);
  await addBuilds(world);
  const names = ['1', '0', '-1', '99999999999999999999', '%00', '..', '%2e%2e', 'a%2Fb', '\u{1f600}'];
  for (const route of LEGACY_ROUTES.filter(({ id }) => !SLOW.has(id))) {
    for (const [index, payload] of HOSTILE.entries()) {
      const name = names[index % names.length] ?? '1';
      const odd = { ...PRIVATE, name: 'demo', number: name, job: name, secret: name, login: name };
      const url = `/v0${urlOf(route, odd)}?number=${name}&debug=${name}&latest=${name}&branch=${name}`;
      const headers = { ...world.asRoot, 'content-type': 'application/json' };
      const { method } = route;
      const answer = await world.app.inject(
        method === 'GET' ? { method, url, headers } : { method, url, headers, payload },
      );
      const isPage = answer.statusCode === 503 && route.path.startsWith('/ws/');
      assert.ok(answer.statusCode < 500 || isPage, `${method} ${url}: ${answer.statusCode} ${answer.body}`);
    }
  }
  assert.deepEqual(world.failures, []);
});
