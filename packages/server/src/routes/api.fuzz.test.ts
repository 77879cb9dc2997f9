import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Route } from '@sortie/contract/route';
import { ROUTES } from '@sortie/contract/routes';
import { createSeeded, type Seeded } from '@sortie/pipeline/seeded.fixture';
import { createHttpWorld, type HttpWorld, startStep } from '@sortie/testing/http-world';
import type { TSchema } from 'typebox';

/** All of them take minutes: `SORTIE_FUZZ=100000`. A request costs more than a parsed file, so a fifth of that. */
const CASES = Number(process.env.SORTIE_FUZZ ?? 600) / (process.env.SORTIE_FUZZ === undefined ? 1 : 5);
/** Requests remove what others need, so each part begins with a fresh server. */
const CASES_PER_WORLD = 300;
/** What must not be told: places in our code, and what a database or a runtime says by itself. */
const INSIDE = /\n\s+at .+:\d+:\d+|node_modules|\/src\/|SQLITE|SqliteError|syntax error|TypeError|RangeError/;

const TEXTS = [
  '',
  '0',
  '1',
  '-1',
  '2',
  '1e3',
  '0x10',
  '99999999999999999999',
  'main',
  'refs/heads/main',
  'octocat',
  'hello',
  '..',
  '../..',
  '%2e%2e',
  '%00',
  '\u0000',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  "'; drop table users; --",
  '💥'.repeat(20),
  'ü\u0301\u202e',
  '\uD800',
  'a'.repeat(600),
  '@every 1s',
  '*',
  '{{.x}}',
  '\u0024{x:-y}',
  'true',
  'null',
  '10.0.0.0/8',
] as const;
const VALUES: readonly unknown[] = [
  ...TEXTS,
  0,
  1,
  -1,
  1.5,
  2 ** 53,
  true,
  false,
  null,
  [],
  {},
  [[]],
  [null],
  { a: 1 },
];

describe('requests made from the schemas', () => {
  const worlds = Math.ceil(CASES / CASES_PER_WORLD);
  for (let part = 0; part < worlds; part += 1) {
    test(`part ${part + 1} of ${worlds}: nothing fails inside, and no answer shows the inside`, async (t) => {
      const world = await createHttpWorld({ app: { streamLifetimeMs: 1 } });
      t.after(() => world.close());
      const seeded = createSeeded(7 * part + 1);
      const people = await addPeople(world);
      for (let number = 0; number < CASES_PER_WORLD; number += 1) {
        const route = seeded.pick(ROUTES);
        const request = requestFor(seeded, route, seeded.pick(people));
        const answer = await world.app.inject(request);
        const shown = `seed ${part}/${number}: ${JSON.stringify(request).slice(0, 1500)} → ${answer.statusCode} ${answer.body.slice(0, 500)}`;
        // What is no address of the API is one of the pages, which are not built here.
        assert.ok(answer.statusCode < 500 || answer.body.includes('has not been built'), shown);
        assert.doesNotMatch(answer.statusCode >= 400 ? answer.body : '', INSIDE, shown);
        assert.deepEqual(world.failures, [], shown);
      }
    });
  }
});

type Headers = Readonly<Record<string, string>>;

async function addPeople(world: HttpWorld): Promise<readonly Headers[]> {
  const { repo } = await startStep(world, { repo: { name: 'hello', visibility: 'public' } });
  world.source.commit('refs/heads/main');
  const writer = await world.addUser({ login: 'octocat' });
  await world.grant(writer, repo, { read: true, write: true, admin: true });
  const boss = await world.addUser({ login: 'boss', isAdmin: true });
  await world.addUser({ login: 'root', isAdmin: true });
  return [{}, await world.bearer(writer), await world.bearer(boss), await world.cookie(boss)];
}

interface FuzzRequest {
  readonly method: Route['method'];
  readonly url: string;
  readonly headers: Headers;
  readonly payload?: string | Buffer;
}

function requestFor(seeded: Seeded, route: Route, who: Headers): FuzzRequest {
  const path = route.path.replace(/:(\w+)|\*/g, (_match, name: string | undefined) =>
    encodePart(seeded, pathPart(seeded, name ?? '')),
  );
  const query = queryOf(seeded, route.query);
  const headers = { ...who, ...oddHeaders(seeded) };
  const url = query === '' ? path : `${path}?${query}`;
  if (route.method === 'GET') return { method: route.method, url, headers };
  return { method: route.method, url, headers, payload: bodyOf(seeded, route.body) };
}

/** Mostly what leads somewhere: otherwise every request would end at the first check. */
function pathPart(seeded: Seeded, name: string): string {
  if (seeded.below(10) < 2) return seeded.pick(TEXTS);
  if (name === 'owner' || name === 'namespace') return 'octocat';
  if (name === 'name') return 'hello';
  return seeded.below(4) === 0 ? seeded.pick(TEXTS) : '1';
}

function encodePart(seeded: Seeded, text: string): string {
  const wellFormed = text.toWellFormed();
  if (seeded.below(20) === 0) return '%ff';
  return wellFormed === '' ? 'x' : encodeURIComponent(wellFormed);
}

function queryOf(seeded: Seeded, schema: TSchema | undefined): string {
  const known = Object.keys((schema as { properties?: object } | undefined)?.properties ?? {});
  const names = [...known, 'access_token', '__proto__', 'page', 'wait', 'until', 'dry_run'];
  const search = new URLSearchParams();
  for (let count = seeded.below(4); count > 0; count -= 1) {
    // Nothing may wait for longer than the tests.
    const name = seeded.pick(names);
    search.append(name, name === 'wait' ? '0' : seeded.pick(TEXTS).toWellFormed());
  }
  return search.toString();
}

function oddHeaders(seeded: Seeded): Headers {
  const odd: readonly Headers[] = [
    {},
    {},
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'text/plain; charset=utf-16' },
    { accept: 'text/plain' },
    { accept: 'application/problem+json' },
    { 'idempotency-key': seeded.pick(['a', 'b', '', 'x'.repeat(300)]) },
    { range: 'bytes=5-2' },
    { 'if-none-match': '*' },
    { 'if-match': '"1"' },
    { 'last-event-id': '-5' },
    { authorization: 'Basic Og==' },
    { authorization: 'Bearer a.b.c' },
    { cookie: '_session_=%00; user_sess=a.b.c' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ];
  return seeded.pick(odd);
}

function bodyOf(seeded: Seeded, schema: TSchema | undefined): string | Buffer {
  switch (seeded.below(8)) {
    case 0:
      return Buffer.from([0xff, 0xfe, 0x00, 0x7b]);
    case 1:
      return seeded.pick([
        '{',
        '[]',
        '"x"',
        'null',
        '',
        'a=b&a=c&%=%',
        '{"__proto__":{"admin":true}}',
        `${'['.repeat(5000)}`,
      ]);
    default:
      return JSON.stringify(objectOf(seeded, schema));
  }
}

function objectOf(seeded: Seeded, schema: TSchema | undefined): Record<string, unknown> {
  const { properties = {} } = (schema ?? {}) as { properties?: Readonly<Record<string, TSchema>> };
  const body: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (seeded.below(5) === 0) continue;
    body[name] = seeded.below(3) === 0 ? seeded.pick(VALUES) : sampleOf(seeded, property);
  }
  if (seeded.below(6) === 0) body[seeded.pick(TEXTS)] = seeded.pick(VALUES);
  return body;
}

/** A value of about the right shape. */
function sampleOf(seeded: Seeded, schema: TSchema): unknown {
  const {
    type,
    items,
    enum: choices,
  } = schema as { type?: string; items?: TSchema; enum?: readonly unknown[] };
  if (choices !== undefined) return seeded.pick(choices);
  if (type === 'integer' || type === 'number') return seeded.pick([0, 1, 60, -1, 4_000_000_000]);
  if (type === 'boolean') return seeded.below(2) === 0;
  if (type === 'array') return items === undefined ? [] : [sampleOf(seeded, items)];
  if (type === 'object') return objectOf(seeded, schema);
  return seeded.pick(TEXTS);
}
