import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import {
  createHttpWorld,
  type HttpWorld,
  type HttpWorldOptions,
  startStep,
} from '@sortie/testing/http-world';
import { aStageReport } from '@sortie/testing/queue-world';
import { upsertPermission } from '../store/permissions.ts';
import { listTokens, removeToken } from '../store/tokens.ts';

interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

interface Reader {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The next block of the stream; `undefined` at its end. */
  next(): Promise<string | undefined>;
  /** The next message with data, comments and positions left out. */
  message(): Promise<Message | undefined>;
  close(): void;
}

async function open(t: { after(work: () => Promise<void>): void }, options: HttpWorldOptions = {}) {
  const world = await createHttpWorld(options);
  t.after(() => world.close());
  const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
  const user = await world.addUser({ login: 'root', isAdmin: true });
  const headers = await world.bearer(user);
  const read = (path: string, more: Record<string, string> = headers) => connect(`${address}${path}`, more);
  return { world, user, read, address, headers };
}

async function connect(url: string, headers: Record<string, string>): Promise<Reader> {
  const request = get(url, { headers });
  const [response]: [IncomingMessage] = await once(request, 'response').then(([first]) => [first]);
  const blocks = readBlocks(response);
  const next = async () => (await blocks.next()).value;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    next,
    async message() {
      for (;;) {
        const block = await next();
        if (block === undefined) return undefined;
        const message = parse(block);
        if (message.data !== undefined) return message;
      }
    },
    close: () => response.destroy(),
  };
}

async function* readBlocks(response: IncomingMessage): AsyncGenerator<string, undefined> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    yield* blocks;
  }
  return undefined;
}

function parse(block: string): Message {
  const fields = block.split('\n').map((line) => line.split(/: (.*)/s, 2));
  return Object.fromEntries(fields.filter(([name]) => name !== ''));
}

function repoOf(message: Message | undefined): WireRepo {
  return JSON.parse(message?.data ?? 'null') as WireRepo;
}

async function cancel(world: HttpWorld, slug: string, headers: Record<string, string>): Promise<void> {
  await world.app.inject({ method: 'DELETE', url: `/api/repos/${slug}/builds/1`, headers });
}

test('[api GET /api/stream] begins with a ping and the position, then every change comes whole', async (t) => {
  const { world, read, headers } = await open(t);
  const reader = await read('/api/stream');
  assert.equal(reader.status, 200);
  assert.equal(reader.headers['content-type'], 'text/event-stream');
  assert.equal(reader.headers['cache-control'], 'no-cache');
  assert.equal(reader.headers['x-accel-buffering'], 'no');
  assert.equal(await reader.next(), ': ping');
  assert.equal(await reader.next(), 'id: 0');
  const { repo } = await world.start();
  const created = await reader.message();
  assert.equal(created?.id, '1');
  assert.equal(created?.event, undefined);
  assert.equal(repoOf(created).slug, repo.slug);
  assert.equal(repoOf(created).build?.stages?.length, 1);
  assert.equal('permissions' in repoOf(created), false);
  await cancel(world, repo.slug, headers);
  let status = '';
  while (status !== 'killed') status = repoOf(await reader.message()).build?.status ?? '';
  reader.close();
});

test('[api GET /api/stream] [ledger 21] a reader goes on after the event it saw last', async (t) => {
  const { world, read } = await open(t);
  for (const name of ['one', 'two', 'three']) await world.start([], { repo: { name } });
  const reader = await read('/api/stream', {
    ...(await world.bearer(await world.addUser({ isAdmin: true }))),
    'last-event-id': '1',
  });
  assert.deepEqual(
    [repoOf(await reader.message()).name, repoOf(await reader.message()).name],
    ['two', 'three'],
  );
  reader.close();
});

test('[api GET /api/stream] [ledger 35] everybody sees what the read rule allows, and new rights at once', async (t) => {
  const { world, read } = await open(t);
  const stranger = await world.addUser({ login: 'stranger' });
  const names = async (headers: Record<string, string>) => {
    const reader = await read('/api/stream', { ...headers, 'last-event-id': '0' });
    const seen: string[] = [];
    while (seen.at(-1) !== 'last') seen.push(repoOf(await reader.message()).name);
    reader.close();
    return seen;
  };
  const { repo } = await world.start([], { repo: { name: 'private' } });
  await world.start([], { repo: { name: 'internal', visibility: 'internal' } });
  await world.start([], { repo: { name: 'last', visibility: 'public' } });
  const bearer = await world.bearer(stranger);
  assert.deepEqual(await names({}), ['last']);
  assert.deepEqual(await names(bearer), ['internal', 'last']);
  await upsertPermission(
    world.db,
    { userId: stranger.id, repoId: repo.id },
    { read: true, write: false, admin: false, synced: 0 },
  );
  assert.deepEqual(await names(bearer), ['private', 'internal', 'last']);
});

test('a reader whose token is revoked sees no further private build', async (t) => {
  const { world, user, read } = await open(t);
  const reader = await read('/api/stream');
  await reader.next();
  await world.start([], { repo: { name: 'before' } });
  assert.equal(repoOf(await reader.message()).name, 'before');
  for (const token of await listTokens(world.db, user.id)) await removeToken(world.db, token);
  world.advance(11_000);
  await world.start([], { repo: { name: 'secret' } });
  await world.start([], { repo: { name: 'open', visibility: 'public' } });
  assert.equal(repoOf(await reader.message()).name, 'open');
  reader.close();
});

test('[api GET /api/stream/{owner}/{name}] only builds of that repository; errors are ordinary answers', async (t) => {
  const { world, read } = await open(t);
  const { repo } = await world.start();
  const reader = await read(`/api/stream/${repo.slug}`);
  await reader.next();
  await world.start([], { repo: { name: 'other' } });
  await world.start([], { in: repo });
  assert.equal(repoOf(await reader.message()).build?.number, 2);
  reader.close();
  assert.equal((await read(`/api/stream/${repo.slug}`, {})).status, 401);
  assert.equal((await read('/api/stream/no/where')).status, 404);
});

test('[ops C85] streams take the token from the address, other routes do not, and a setting forbids it', async (t) => {
  const { world, read, headers } = await open(t);
  const { repo } = await world.start();
  const token = headers.authorization.slice('Bearer '.length);
  const reader = await read(`/api/stream/${repo.slug}?access_token=${token}`, {});
  assert.equal(reader.status, 200);
  reader.close();
  assert.equal((await world.app.inject(`/api/user/tokens?access_token=${token}`)).statusCode, 401);
  const strict = await open(t, { env: { SORTIE_QUERY_TOKENS: 'false' } });
  const started = await strict.world.start();
  const own = strict.headers.authorization.slice('Bearer '.length);
  assert.equal((await strict.read(`/api/stream/${started.repo.slug}?access_token=${own}`, {})).status, 401);
});

test('pings come at a steady interval', async (t) => {
  const { read } = await open(t, { app: { pingMs: 5 } });
  const reader = await read('/api/stream');
  const isPing = (block: string | undefined): boolean => block === ': ping';
  const blocks = [await reader.next()];
  // The position comes when the database has told it, which may be after further pings.
  while (!blocks.includes('id: 0') || blocks.filter(isPing).length < 3) blocks.push(await reader.next());
  assert.equal(blocks[0], ': ping');
  assert.deepEqual(
    blocks.filter((block) => !isPing(block)),
    ['id: 0'],
  );
  reader.close();
});

test('a stream that has lived its time ends with the marker', async (t) => {
  const { read } = await open(t, { app: { streamLifetimeMs: 5 } });
  const reader = await read('/api/stream');
  assert.deepEqual(await reader.message(), { event: 'error', data: 'eof' });
  assert.equal(await reader.next(), undefined);
});

test('a server that stops ends its streams without the marker, so that readers come back', async (t) => {
  const { world, read } = await open(t);
  const reader = await read('/api/stream');
  await reader.next();
  await reader.next();
  await world.app.close();
  assert.equal(await reader.next(), undefined);
});

test('[api GET /api/stream/{owner}/{name}/{build}/{stage}/{step}] replays, follows, drains, ends', async (t) => {
  const { world, read } = await open(t);
  const { repo, write, lease, stepId } = await startStep(world);
  await write('one\n');
  const reader = await read(`/api/stream/${repo.slug}/1/1/1`);
  assert.deepEqual(await reader.message(), { id: '0', data: '{"pos":0,"out":"one\\n","time":0}' });
  await write('two\n', 3);
  assert.deepEqual(await reader.message(), { id: '1', data: '{"pos":1,"out":"two\\n","time":3}' });
  await write('rest without newline', 3);
  await world.queue.closeLog(lease, stepId);
  await world.queue.finish(lease, aStageReport());
  assert.equal((await reader.message())?.data, '{"pos":2,"out":"rest without newline","time":3}');
  assert.deepEqual(await reader.message(), { event: 'error', data: 'eof' });
  assert.equal(await reader.next(), undefined);
});

test('[ledger 22] a reader that was cut off gets the lines it missed, even after the end', async (t) => {
  const { world, read, headers } = await open(t);
  const { repo, write, lease, stepId } = await startStep(world);
  await write('one\ntwo\nthree\n');
  await world.queue.closeLog(lease, stepId);
  const path = `/api/stream/${repo.slug}/1/1/1`;
  const reader = await read(path, { ...headers, 'last-event-id': '0' });
  assert.deepEqual([(await reader.message())?.id, (await reader.message())?.id], ['1', '2']);
  assert.equal((await reader.message())?.data, 'eof');
  const late = await read(path);
  assert.equal(await late.next(), ': ping');
  assert.equal((await late.message())?.data, 'eof');
});

test('a reader of a log whose token is revoked is cut off without the end marker, and refused when it returns', async (t) => {
  const { world, user, read } = await open(t);
  const { repo, write } = await startStep(world);
  await write('one\n');
  const path = `/api/stream/${repo.slug}/1/1/1`;
  const reader = await read(path);
  assert.equal((await reader.message())?.id, '0');
  for (const token of await listTokens(world.db, user.id)) await removeToken(world.db, token);
  world.advance(11_000);
  await write('secret\n');
  assert.equal(await reader.message(), undefined);
  assert.equal((await read(path)).status, 401);
  assert.deepEqual(world.failures, []);
});

test('a log stream of more than 5000 lines begins with the last 5000', async (t) => {
  const { world, read } = await open(t);
  const { repo, write } = await startStep(world);
  await write(Array.from({ length: 6001 }, (_, index) => `${index}\n`).join(''));
  const reader = await read(`/api/stream/${repo.slug}/1/1/1`);
  assert.equal((await reader.message())?.id, '1001');
  reader.close();
});

test('a step that is not running has no live log: the stream ends at once, or the step is unknown', async (t) => {
  const { world, read } = await open(t);
  const { repo } = await startStep(world);
  const reader = await read(`/api/stream/${repo.slug}/1/1/2`);
  assert.equal((await reader.message())?.data, 'eof');
  assert.equal((await read(`/api/stream/${repo.slug}/1/1/9`)).status, 404);
  assert.equal((await read(`/api/stream/${repo.slug}/x/1/1`)).status, 400);
});

test('[ledger 22] a slow reader holds the server back instead of filling its memory, and misses nothing', async (t) => {
  const { world, read } = await open(t);
  const { repo, write, lease, stepId } = await startStep(world);
  let reads = 0;
  const { readLines } = world.logs;
  Object.assign(world.logs, {
    readLines: (...input: Parameters<typeof readLines>) => {
      reads += 1;
      return readLines(...input);
    },
  });
  const megabyte = `${'x'.repeat(8191)}\n`.repeat(128);
  for (let index = 0; index < 38; index += 1) await write(megabyte);
  const reader = await read(`/api/stream/${repo.slug}/1/1/1`);
  assert.equal((await reader.message())?.id, '0');
  assert.ok(reads <= 20, `${reads} of 38 pieces were read before the first was taken`);
  await world.queue.closeLog(lease, stepId);
  for (let line = 1; line < 38 * 128; line += 1) assert.equal((await reader.message())?.id, String(line));
  assert.equal((await reader.message())?.data, 'eof');
});
