import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld, startStep } from '@sortie/testing/http-world';
import { aStageReport } from '@sortie/testing/queue-world';

/** A stream that ends by itself, so that all of its bytes can be compared. */
async function open(t: { after(work: () => Promise<void>): void }, app = {}) {
  const world = await createHttpWorld({ app });
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  return { world, headers, read: (url: string) => world.app.inject({ url, headers }) };
}

const END = 'event: error\ndata: eof\n\n';

test('[sdk S18] a log stream is a ping, a message with an id for each line, and the end marker', async (t) => {
  const { world, headers } = await open(t);
  const { repo, lease, stepId, write } = await startStep(world);
  await write('one\n"two" ü\n', 3);
  const url = `/api/stream/${repo.slug}/1/1/1`;
  const answer = await world.app.inject({ url, headers, payloadAsStream: true });
  const lines = [
    'id: 0\ndata: {"pos":0,"out":"one\\n","time":3}\n\n',
    'id: 1\ndata: {"pos":1,"out":"\\"two\\" ü\\n","time":3}\n\n',
  ];
  let body = '';
  for await (const chunk of answer.stream().setEncoding('utf8')) {
    const isFirst = !body.includes('two');
    body += String(chunk);
    if (!isFirst || !body.includes('two')) continue;
    await world.queue.closeLog(lease, stepId);
    await world.queue.finish(lease, aStageReport());
  }
  assert.equal(body, `: ping\n\n${lines.join('')}${END}`);
  assert.equal(answer.headers['content-type'], 'text/event-stream');
  assert.equal(answer.headers['cache-control'], 'no-cache');
  assert.equal(answer.headers['x-accel-buffering'], 'no');
});

test('[sdk S19] the log stream of a step that has ended is a ping and the end marker', async (t) => {
  const { world, read } = await open(t);
  const { repo, lease, stepId, write } = await startStep(world);
  await write('one\n');
  await world.queue.closeLog(lease, stepId);
  await world.queue.finish(lease, aStageReport());
  assert.equal((await read(`/api/stream/${repo.slug}/1/1/1`)).body, `: ping\n\n${END}`);
});

test('[sdk S18] a stream of builds is a ping, the position, one line of JSON for each change, and the end marker', async (t) => {
  // Long enough for the database to tell the position, however busy the machine is.
  const { world, headers, read } = await open(t, { streamLifetimeMs: 2_000 });
  const { repo } = await world.start();
  const [all, one, replayed] = await Promise.all([
    read('/api/stream'),
    read(`/api/stream/${repo.slug}`),
    world.app.inject({ url: '/api/stream', headers: { ...headers, 'last-event-id': '0' } }),
  ]);
  for (const { body } of [all, one]) assert.equal(body, `: ping\n\nid: 1\n\n${END}`);
  const [, json = ''] = /^: ping\n\nid: 0\n\nid: 1\ndata: (.*)\n\n/.exec(replayed.body) ?? [];
  assert.equal(JSON.parse(json).build.number, 1);
  assert.ok(replayed.body.endsWith(END));
});
