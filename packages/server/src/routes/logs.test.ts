import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createHttpWorld, startStep } from '@sortie/testing/http-world';
import { aStageReport } from '@sortie/testing/queue-world';
import { codeOf } from '@sortie/testing/repo-world';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const get = (url: string, more: Record<string, string> = {}) =>
    world.app.inject({ url, headers: { ...headers, ...more } });
  return { world, get };
}

test('[api getBuildLogs] a running step answers the lines so far as an array', async (t) => {
  const { world, get } = await open(t);
  const { path, write } = await startStep(world);
  assert.deepEqual((await get(`${path}/1`)).json(), []);
  await write('one\n');
  await write('two\nthr', 5);
  const answer = await get(`${path}/1`);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.deepEqual(answer.json(), [
    { pos: 0, out: 'one\n', time: 0 },
    { pos: 1, out: 'two\n', time: 5 },
  ]);
});

test('[api getBuildLogs] a finished step answers everything, the unfinished last line too', async (t) => {
  const { world, get } = await open(t);
  const { path, write, lease, stepId } = await startStep(world);
  const lines = Array.from({ length: 2500 }, (_, index) => `line ${index}\n`).join('');
  await write(lines);
  await write('end');
  await world.queue.closeLog(lease, stepId);
  await world.queue.finish(lease, aStageReport());
  const body = (await get(`${path}/1`)).json<{ pos: number; out: string }[]>();
  assert.equal(body.length, 2501);
  assert.deepEqual([body[1999]?.pos, body[1999]?.out, body[2500]?.out], [1999, 'line 1999\n', 'end']);
});

test('[api getBuildLogs] a step that has not begun is 404 and says its status', async (t) => {
  const { world, get } = await open(t);
  const waiting = await world.start();
  const before = await get(`/api/repos/${waiting.repo.slug}/builds/1/logs/1/1`);
  assert.equal(before.statusCode, 404);
  assert.equal(before.json().error_code, 'step-not-begun');
  assert.equal(before.json().step_status, 'pending');
});

test('[api getBuildLogs] unknown stages and steps are 404, other texts than numbers 400', async (t) => {
  const { world, get } = await open(t);
  const { path, repo } = await startStep(world);
  const second = await get(`${path}/2`);
  assert.equal(second.json().error_code, 'step-not-begun');
  assert.equal(second.json().step_status, 'pending');
  assert.equal((await get(`${path}/3`)).json().error_code, 'not-found');
  assert.equal((await get(`/api/repos/${repo.slug}/builds/1/logs/9/1`)).statusCode, 404);
  assert.equal((await get(`${path}/one`)).statusCode, 400);
});

test('[api getBuildLogs] as text the raw bytes come, whole or by range', async (t) => {
  const { world, get } = await open(t);
  const { path, write } = await startStep(world);
  await write('zero\none\nändern');
  const text = `${path}/1?format=text`;
  const whole = await get(text);
  assert.equal(whole.body, 'zero\none\nändern');
  assert.equal(whole.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(whole.headers['content-length'], '16');
  assert.equal((await get(`${path}/1`, { accept: 'text/plain' })).body, whole.body);
  for (const [range, status, body, contentRange] of [
    ['bytes=0-3', 206, 'zero', 'bytes 0-3/16'],
    ['bytes=5-', 206, 'one\nändern', 'bytes 5-15/16'],
    ['bytes=-4', 206, 'dern', 'bytes 12-15/16'],
    ['bytes=9-99', 206, 'ändern', 'bytes 9-15/16'],
    ['bytes=0-1,3-4', 200, whole.body, undefined],
    ['lines=0-1', 200, whole.body, undefined],
  ] as const) {
    const answer = await get(text, { range });
    assert.deepEqual(
      [range, answer.statusCode, answer.body, answer.headers['content-range']],
      [range, status, body, contentRange],
    );
  }
  const behind = await get(text, { range: 'bytes=16-' });
  assert.deepEqual(codeOf(behind), [416, 'range-unsatisfiable']);
  assert.equal(behind.headers['content-range'], 'bytes */16');
  assert.equal(behind.headers['content-type'], 'application/problem+json');
});

test('a log is read no faster than its reader takes it', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  let reads = 0;
  const { readLines } = world.logs;
  Object.assign(world.logs, {
    readLines: (...input: Parameters<typeof readLines>) => {
      reads += 1;
      return readLines(...input);
    },
  });
  const { path, write } = await startStep(world);
  const megabyte = `${'x'.repeat(1023)}\n`.repeat(1024);
  for (let index = 0; index < 40; index += 1) await write(megabyte);
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
  const request = httpGet(`${address}${path}/1`, { headers });
  const [response]: [IncomingMessage] = await once(request, 'response').then(([first]) => [first]);
  await once(response, 'readable');
  assert.ok(reads > 0 && reads <= 20, `${reads} of 41 pieces were read before the first was taken`);
  response.destroy();
});
