import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HookWorld, openHookWorld, PIPELINE } from './hook-world.fixture.ts';

type Body = Readonly<Record<string, unknown>>;

/** What is sent, and the status with, for 200, what follows: a build or nothing. */
interface Case {
  readonly row: string;
  readonly event?: string;
  readonly body: (push: Body) => unknown;
  readonly type?: string;
  readonly expected: 400 | 'build' | 'nothing' | 'done';
}

const FORM = 'application/x-www-form-urlencoded';
const pull = (patch: Body) => (push: Body) => ({
  action: 'opened',
  number: 7,
  pull_request: {
    ...{ number: 7, user: push.sender, title: 'Add', body: '', state: 'open' },
    ...{ head_branch: 'main', head_repo: push.repository, base_branch: 'main', base_repo: push.repository },
    ...(patch.pull_request as object | undefined),
  },
  repository: push.repository,
  sender: push.sender,
  ...(patch.root as object | undefined),
});
const withPush = (patch: Body) => (push: Body) => ({ ...push, ...patch });
const withRepo = (patch: Body) => (push: Body) => ({
  ...push,
  repository: { ...(push.repository as object), ...patch },
});
const withCommit = (patch: Body) => (push: Body) => ({
  ...push,
  commits: [{ ...(push.commits as object[])[0], ...patch }],
});
const bad = (row: string, body: Case['body'], rest: Partial<Case> = {}): Case => ({
  ...{ row, body, expected: 400 },
  ...rest,
});

const CASES: readonly Case[] = [
  bad('P1', () => ''),
  ...['{', '{"a":1}x', '{}{}'].map((text) => bad('P2', () => text)),
  ...['[]', 'null', '7', '"x"', 'true'].map((text) => bad('P3', () => text)),
  bad('P4', (push) => `\ufeff${JSON.stringify(push)}`),
  bad('P5', () => 'other=1', { type: FORM }),
  bad('P5', () => 'payload={}&payload={}', { type: FORM }),
  bad('P5', () => 'payload=%zz', { type: FORM }),
  bad('P6', (push) => JSON.stringify(push), { type: FORM }),
  bad('P6', (push) => `payload=${encodeURIComponent(JSON.stringify(push))}`, { type: 'application/json' }),
  {
    row: 'P13',
    body: (push) => JSON.stringify(push).replace('{', '{"__proto__":{"isAdmin":true},'),
    expected: 'build',
  },
  { row: 'P15', event: 'wiki', body: () => ({}), expected: 'nothing' },
  ...[undefined, null, []].map((repository) => bad('P16', withPush({ repository }))),
  ...[undefined, 0, -1, '12x', 2 ** 53 + 2].map((id) => bad('P16', withRepo({ id }))),
  { row: 'P17', body: withRepo({ owner: null }), expected: 'build' },
  { row: 'P17', body: withRepo({ full_name: '../evil' }), expected: 'build' },
  // A name alone finds no repository, be it a good one.
  ...['ada/demo', '../evil'].map((full_name) => bad('P17', withRepo({ id: 987_654, full_name }))),
  { row: 'P18', body: withPush({ sender: null, pusher: undefined }), expected: 'build' },
  ...[null, undefined, []].map(
    (commits): Case => ({ row: 'P19', body: withPush({ commits }), expected: 'build' }),
  ),
  ...[{}, 'x'].map((commits) => bad('P20', withPush({ commits }))),
  {
    row: 'P20',
    body: (push) => ({ ...push, commits: [null, ...(push.commits as object[])] }),
    expected: 'build',
  },
  ...[
    { author: null },
    { message: null },
    { timestamp: '' },
    { timestamp: '0001-01-01T00:00:00Z' },
    { timestamp: '9999-01-01T00:00:00Z' },
  ].map((patch): Case => ({ row: 'P21', body: withCommit(patch), expected: 'build' })),
  { row: 'P22', body: withCommit({ added: 'x', removed: ['a\0b'], modified: null }), expected: 'build' },
  ...['0'.repeat(40), ''].map(
    (after): Case => ({ row: 'P23', body: withPush({ after }), expected: 'nothing' }),
  ),
  ...['abcdef1', 'a'.repeat(39), 'a'.repeat(41), 'z'.repeat(40), '-x', 'HEAD'].map((after) =>
    bad('P24', withPush({ after })),
  ),
  bad('P25', withPush({ after: 'a'.repeat(64) })),
  ...[undefined, '0'.repeat(40), 'garbage'].map(
    (before): Case => ({ row: 'P26', body: withPush({ before }), expected: 'build' }),
  ),
  { row: 'P27', body: (push) => ({ ...push, before: push.after }), expected: 'build' },
  ...[undefined, '', 'refs/heads/'].map((ref) => bad('P28', withPush({ ref }))),
  ...['refs/notes/x', 'refs/pull/1/head', 'refs/ci/x', 'HEAD'].map(
    (ref): Case => ({ row: 'P28', body: withPush({ ref }), expected: 'nothing' }),
  ),
  ...['a..b', 'a b', 'a~b', 'a\nb', 'a\0b', '-a', 'a.lock', 'x'.repeat(5_000)].map((name) =>
    bad('P29', withPush({ ref: `refs/heads/${name}` })),
  ),
  { row: 'P30', body: withPush({ ref: 'main' }), expected: 'build' },
  { row: 'P30', body: withPush({ ref: 'unknown' }), expected: 'nothing' },
  ...['banana', undefined].map(
    (ref_type): Case => ({
      ...{ row: 'P31', event: 'create', expected: 'nothing' },
      body: ({ repository, sender }) => ({
        ref: 'v1',
        ref_type,
        sha: '',
        default_branch: 'main',
        repository,
        sender,
      }),
    }),
  ),
  {
    row: 'P31',
    event: 'create',
    body: ({ repository, sender }) => ({ ref: 'gone', ref_type: 'tag', repository, sender }),
    expected: 'build',
  },
  ...[0, -1, '7', 1.5, 2 ** 40].map((number) =>
    bad('P32', pull({ root: { number }, pull_request: { number } }), { event: 'pull_request' }),
  ),
  bad('P32', pull({ root: { pull_request: null } }), { event: 'pull_request' }),
  bad('P34', pull({ pull_request: { base_branch: '' } }), { event: 'pull_request' }),
  { row: 'P33', event: 'pull_request', body: pull({ pull_request: { head_repo: null } }), expected: 'build' },
  {
    ...{ row: 'P43', event: 'release', expected: 'nothing' },
    body: ({ repository, sender }) => ({
      action: 'published',
      release: { draft: true, tag_name: 'v1' },
      repository,
      sender,
    }),
  },
  bad(
    'P43',
    ({ repository, sender }) => ({ action: 'published', release: { draft: false }, repository, sender }),
    {
      event: 'release',
    },
  ),
];

test('[scm P1] [scm P2] [scm P3] [scm P4] [scm P5] [scm P6] [scm P13] [scm P15] [scm P16] [scm P17] [scm P18] [scm P19] [scm P20] [scm P21] [scm P22] [scm P23] [scm P24] [scm P25] [scm P26] [scm P27] [scm P28] [scm P29] [scm P30] [scm P31] [scm P32] [scm P33] [scm P34] [scm P43] signed bodies that are not as they should be', async (t) => {
  const world = await openHookWorld(t, { gogs: { traps: { pullRefReads: 1 } } });
  const { gogs } = world;
  const fake = gogs.state.repos[0];
  const hooks = fake?.hooks.splice(0) ?? [];
  const push = world.pushOf(gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } }));
  fake?.hooks.push(...hooks);
  for (const one of CASES) await check(world, push, one);
  assert.equal(Object.hasOwn(Object.prototype, 'isAdmin'), false);
  assert.deepEqual(world.failures, []);
});

async function check(
  world: HookWorld,
  push: Body,
  { row, event = 'push', body, type, expected }: Case,
): Promise<void> {
  const before = (await world.builds()).length;
  const sent = body(push);
  const headers = type === undefined ? {} : { 'content-type': type };
  const answer = await world.post(event, sent, { headers });
  const what = `${row} ${JSON.stringify(sent)?.slice(0, 120)} ${answer.body.slice(0, 200)}`;
  assert.equal(answer.statusCode, expected === 400 ? 400 : 200, what);
  assert.equal((await world.builds()).length - before, expected === 'build' ? 1 : 0, what);
}

test('[scm P12] of a key that is there twice the last one serves look-up, verification and mapping', async (t) => {
  const world = await openHookWorld(t);
  const other = await world.addHooked('other');
  const push = world.pushOf('a'.repeat(40));
  const first = JSON.stringify({ ...(push.repository as object), id: Number(other.repo.uid) });
  const text = JSON.stringify(push).replace('{', `{"repository":${first},`);
  assert.equal((await world.post('push', text, { secret: other.signer })).statusCode, 400);
  assert.equal((await world.post('push', text)).statusCode, 200);
});

test('[scm P37] addresses on a foreign host are neither fetched nor kept', async (t) => {
  const world = await openHookWorld(t);
  const sha = world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  const push = world.pushOf(sha);
  const evil = {
    html_url: 'javascript:alert(1)',
    clone_url: 'ssh://-oProxyCommand=x/y',
    ssh_url: 'file:///etc/passwd',
  };
  const sender = { ...(push.sender as object), avatar_url: 'http://evil.example/a.png' };
  const repository = { ...(push.repository as object), ...evil };
  const compare = { compare_url: 'http://evil.example/compare' };
  await world.post('push', { ...push, ...compare, repository, sender });
  const [build] = await world.builds();
  assert.doesNotMatch(JSON.stringify(build), /evil|javascript|ProxyCommand/);
  const row = await world.db.selectFrom('repos').select(['http_url', 'link']).executeTakeFirstOrThrow();
  assert.deepEqual(row, { http_url: world.repo.httpUrl, link: world.repo.link });
});
