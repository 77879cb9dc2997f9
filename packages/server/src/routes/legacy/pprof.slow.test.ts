import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createProfiler } from '../../profiling/profiler.ts';
import { MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

const P = '/api/debug/pprof';
const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';

const ROUTES = [
  ['36', ''],
  ['37', '/block'],
  ['38', '/cmdline'],
  ['39', '/goroutine'],
  ['40', '/heap'],
  ['41', '/profile?seconds=1'],
  ['42', '/symbol'],
  ['44', '/threadcreate'],
  ['45', '/trace?seconds=0.2'],
] as const;

for (const at of MOUNTS) {
  const place = at || 'root';
  const rows = ROUTES.map(([row]) => `[legacy ${row}]`).join(' ');

  test(`${rows} [legacy 43] at ${place} profiles are for administrators`, async (t) => {
    const world = await openLegacyWorld(t);
    for (const [, path] of ROUTES) {
      const url = `${at}${P}${path}`;
      assert.equal((await world.ask('GET', url)).status, 401, path);
      assert.equal((await world.ask('GET', url, { headers: world.asReader })).status, 403, path);
    }
    assert.equal((await world.ask('POST', `${at}${P}/symbol`)).status, 401);
  });

  test(`[legacy 36] [legacy 38] [legacy 42] [legacy 43] at ${place} pages and texts`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    for (const path of [`${P}/`, P]) {
      const index = await world.ask('GET', `${at}${path}`, { headers });
      assert.deepEqual([index.status, index.type], [200, 'text/html; charset=utf-8']);
      for (const name of ['block', 'cmdline', 'goroutine', 'heap', 'profile', 'threadcreate', 'trace']) {
        assert.ok(index.body.includes(`href="${name}?debug=1"`), name);
      }
    }
    const command = await world.ask('GET', `${at}${P}/cmdline`, { headers });
    assert.equal(command.type, TEXT);
    assert.deepEqual(command.body.split('\0')[0], process.execPath);
    assert.equal(command.body.endsWith('\0'), false);
    const symbols = await world.ask('GET', `${at}${P}/symbol?0x1+0x2`, { headers });
    assert.deepEqual([symbols.type, symbols.body.split('\n')[0]], [TEXT, 'num_symbols: 1']);
    const posted = await world.ask('POST', `${at}${P}/symbol`, { headers, payload: '0x1+0x2' });
    assert.deepEqual([posted.status, posted.body], [200, symbols.body]);
  });

  test(`[legacy 37] [legacy 39] [legacy 40] [legacy 44] at ${place} profiles as protobuf and as text`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    for (const [name, word, line] of [
      ['block', 'event loop', /^p99: \d+$/m],
      ['goroutine', 'goroutine', /^goroutine profile: total \d+$/m],
      ['heap', 'inuse_space', /^heapUsed: \d+$/m],
      ['threadcreate', 'main', /^1 main$/m],
    ] as const) {
      const answer = await world.ask('GET', `${at}${P}/${name}`, { headers });
      assert.deepEqual([answer.status, answer.type], [200, BYTES], name);
      assert.equal(answer.headers['content-disposition'], `attachment; filename="${name}"`);
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.ok(gunzipSync(answer.bytes).includes(word), name);
      const text = await world.ask('GET', `${at}${P}/${name}?debug=1`, { headers });
      assert.equal(text.type, TEXT);
      assert.match(text.body, line);
    }
  });

  test(`[legacy 41] [legacy 45] at ${place} recordings last as long as they are asked to`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    const begin = process.hrtime.bigint();
    const recording = world.ask('GET', `${at}${P}/profile?seconds=1`, { headers });
    // As long as the other: a shorter one may be over before a busy machine has begun the other.
    const busy = await world.ask('GET', `${at}${P}/trace?seconds=1`, { headers });
    const [first, second] = busy.status === 500 ? [await recording, busy] : [busy, await recording];
    assert.equal(second.status, 500, 'one recording at a time');
    assert.match(second.body, /Another profile/);
    assert.deepEqual([first.status, first.type], [200, BYTES]);
    assert.ok(process.hrtime.bigint() - begin >= 990_000_000n);
    assert.ok(gunzipSync(first.bytes).includes('nanoseconds'));
    const trace = await world.ask('GET', `${at}${P}/trace?seconds=0.05`, { headers });
    assert.equal(trace.type, BYTES);
    assert.ok(Array.isArray(trace.json<{ traceEvents: unknown }>().traceEvents));
  });
}

test('[legacy 39] the whole dump does not tell the environment of the server', async (t) => {
  const world = await openLegacyWorld(t);
  const answer = await world.ask('GET', `${P}/goroutine?debug=2`, { headers: world.asRoot });
  assert.equal(answer.type, TEXT);
  assert.match(answer.body, /javascriptStack/);
  assert.doesNotMatch(answer.body, /environmentVariables/);
});

test('[legacy 40] a snapshot of the heap is sent whole', async (t) => {
  const snapshot = () => Readable.from(['{"snapshot":', '{}}']);
  const profiler = { ...createProfiler({ nowMs: () => 0 }), snapshot };
  const world = await openLegacyWorld(t, { app: { profiler } });
  const answer = await world.ask('GET', `${P}/heap?snapshot=1`, { headers: world.asRoot });
  assert.deepEqual([answer.status, answer.type, answer.body], [200, BYTES, '{"snapshot":{}}']);
  const refused = await world.ask('GET', `${P}/heap?snapshot=1`, { headers: world.asReader });
  assert.equal(refused.status, 403);
});

test('an unknown profile is 404', async (t) => {
  const world = await openLegacyWorld(t);
  assert.equal((await world.ask('GET', `/v0${P}/mutex`, { headers: world.asRoot })).status, 404);
});
