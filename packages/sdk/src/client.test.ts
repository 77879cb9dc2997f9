import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { type Client, createClient } from './client.ts';
import { SortieError } from './errors.ts';
import type { LogStreamEvent } from './streams.ts';
import type { ClientOptions } from './transport.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Setup {
  readonly client: Client;
  readonly seen: IncomingMessage[];
  readonly waits: number[];
}

const STEP = { repo: 'octo/hello', build: 1, stage: 2, step: 3 };

async function setup(t: TestContext, handle: Handler, extra: Partial<ClientOptions> = {}): Promise<Setup> {
  const seen: IncomingMessage[] = [];
  const waits: number[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const wait = async (ms: number) => {
    waits.push(ms);
  };
  const { port } = server.address() as AddressInfo;
  const client = createClient({ baseUrl: `http://127.0.0.1:${port}/`, wait, random: () => 1, ...extra });
  return { client, seen, waits };
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function frame(pos: number): string {
  return `id: ${pos}\ndata: ${JSON.stringify({ pos, out: `line ${pos}\n`, time: 0 })}\n\n`;
}

const EOF = 'event: error\ndata: eof\n\n';

async function positions(events: AsyncIterable<LogStreamEvent>): Promise<(number | string)[]> {
  const found: (number | string)[] = [];
  for await (const event of events) found.push(event.type === 'line' ? event.pos : event.type);
  return found;
}

test('[sdk S08] a problem body becomes an error with every documented field', async (t) => {
  const problem = {
    code: 404,
    error_code: 'step-not-begun',
    message: 'No log yet',
    hint: 'Wait',
    step_status: 'pending',
  };
  const { client } = await setup(t, (_, response) =>
    sendJson(response, 404, problem, { 'x-request-id': 'r-1' }),
  );
  const error = await client.logs.text(STEP).catch((caught: unknown) => caught);
  assert.ok(error instanceof SortieError);
  assert.deepEqual(
    [
      error.status,
      error.code,
      error.errorCode,
      error.hint,
      error.requestId,
      error.body.step_status,
      error.message,
    ],
    [404, 404, 'step-not-begun', 'Wait', 'r-1', 'pending', 'No log yet'],
  );
});

test('[sdk S14] an error answer without JSON still gives its status', async (t) => {
  const { client } = await setup(t, (_, response) => response.writeHead(403).end('<html>'));
  await assert.rejects(client.me.get(), { status: 403, errorCode: 'http-403', message: 'HTTP 403' });
});

test('[sdk S20] abort ends a request, a wait between tries and a stream with its own reason', async (t) => {
  const { client, seen } = await setup(t, (_, response) => response.write(''), {});
  const stop = new AbortController();
  const call = client.me.get({ signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });

  const later = new AbortController();
  const stream = client.streamBuilds({ signal: later.signal }).next();
  later.abort(new Error('no more'));
  await assert.rejects(stream, { message: 'no more' });
  assert.ok(seen.length <= 2);

  const waiting = new AbortController();
  const wait = async (_: number, signal: AbortSignal | undefined) => {
    waiting.abort(new Error('while waiting'));
    signal?.throwIfAborted();
  };
  const busy = await setup(t, (_, response) => sendJson(response, 503, {}), { wait });
  await assert.rejects(busy.client.me.get({ signal: waiting.signal }), { message: 'while waiting' });
});

test('[sdk S21] leaving the loop closes the connection', async (t) => {
  const closed = Promise.withResolvers<void>();
  const { client } = await setup(t, (request, response) => {
    request.on('close', closed.resolve);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`${frame(0)}${frame(1)}`);
  });
  for await (const event of client.streamLog(STEP)) if (event.type === 'line') break;
  await closed.promise;
});

test('[sdk S22] after a drop the stream resumes by id, drops repeated lines and fetches missing ones', async (t) => {
  const stored = [0, 1, 2, 3, 4, 5].map((pos) => ({ pos, out: `line ${pos}\n`, time: 0 }));
  let connections = 0;
  const { client, seen, waits } = await setup(t, (request, response) => {
    if (request.url?.includes('/logs/')) return sendJson(response, 200, stored);
    connections += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      connections === 1 ? `: ping\n\n${frame(0)}${frame(1)}` : `${frame(1)}${frame(4)}${frame(5)}${EOF}`,
    );
  });
  assert.deepEqual(await positions(client.streamLog(STEP)), [
    'open',
    0,
    1,
    'retry',
    'open',
    2,
    3,
    4,
    5,
    'end',
  ]);
  assert.deepEqual(waits, [500]);
  assert.equal(seen[1]?.headers['last-event-id'], '1');
});

test('[sdk S19] a finished step gives its stored log and ends', async (t) => {
  const { client } = await setup(t, (request, response) => {
    if (request.url?.includes('/logs/')) return sendJson(response, 200, [{ pos: 0, out: 'x\n', time: 0 }]);
    response.end(EOF);
  });
  assert.deepEqual(await positions(client.streamLog(STEP)), ['open', 0, 'end']);
});

test('a position without a message is enough to resume from', async (t) => {
  let connections = 0;
  const { client, seen } = await setup(t, (_, response) => {
    connections += 1;
    response.end(connections === 1 ? ': ping\n\nid: 77\n\n' : EOF);
  });
  for await (const event of client.streamBuilds()) assert.notEqual(event.type, 'build');
  assert.equal(seen[1]?.headers['last-event-id'], '77');
});

test('a stream that closes at once again and again waits longer each time', async (t) => {
  let connections = 0;
  const { client, waits } = await setup(t, (_, response) => {
    connections += 1;
    response.end(connections < 5 ? '' : EOF);
  });
  for await (const event of client.streamBuilds()) assert.notEqual(event.type, 'build');
  assert.deepEqual(waits, [500, 1000, 2000, 4000]);
});

test('the stream of builds tells after a gap that data must be read again', async (t) => {
  let connections = 0;
  const { client } = await setup(t, (_, response) => {
    connections += 1;
    const data = JSON.stringify({ slug: 'octo/hello', build: { number: connections } });
    response.end(`id: ${connections}\ndata: ${data}\n\n${connections === 2 ? EOF : ''}`);
  });
  const types = [];
  for await (const event of client.streamBuilds()) types.push(event.type);
  assert.deepEqual(types, ['open', 'build', 'retry', 'open', 'resync', 'build']);
});

test('a refused stream is not opened again', async (t) => {
  const { client, seen } = await setup(t, (_, response) => sendJson(response, 404, { message: 'Not Found' }));
  await assert.rejects(positions(client.streamLog(STEP)), { status: 404 });
  assert.equal(seen.length, 1);
});

test('[sdk S23] Retry-After of a 429 is honoured and a 500 is not tried again', async (t) => {
  let calls = 0;
  const limited = await setup(t, (_, response) => {
    calls += 1;
    if (calls === 1) return sendJson(response, 429, {}, { 'retry-after': '7' });
    sendJson(response, 200, { login: 'mona' });
  });
  assert.equal((await limited.client.me.get()).login, 'mona');
  assert.deepEqual(limited.waits, [7000]);
  const broken = await setup(t, (_, response) => sendJson(response, 500, { message: 'oops' }));
  await assert.rejects(broken.client.me.get(), { status: 500, message: 'oops' });
  assert.equal(broken.seen.length, 1);
});

test('a POST is never repeated', async (t) => {
  const { client, seen } = await setup(t, (_, response) => sendJson(response, 503, {}));
  await assert.rejects(client.session.openLink('abc'), { status: 503 });
  assert.equal(seen.length, 1);
});

test('[sdk S25] no error shows the token', async (t) => {
  const { client } = await setup(t, (_, response) => sendJson(response, 500, { message: 'no' }), {
    token: 'hush-hush',
  });
  const refused = await client.me.get().catch((caught: unknown) => caught);
  const dead = createClient({ baseUrl: 'http://127.0.0.1:1', token: 'hush-hush', attempts: 1 });
  const unreachable = await dead.me.get().catch((caught: unknown) => caught);
  for (const error of [refused, unreachable]) {
    assert.ok(error instanceof SortieError);
    const shown = `${inspect(error, { depth: 9 })}${JSON.stringify(error)}${error.stack}`;
    assert.equal(shown.includes('hush'), false);
  }
});

test('[sdk S28] builds are listed page by page and only as far as asked', async (t) => {
  const { client, seen } = await setup(t, (request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'));
    sendJson(response, 200, [{ number: page * 2 }, { number: page * 2 + 1 }]);
  });
  const numbers = [];
  for await (const build of client.builds.all('octo/hello', { perPage: 2, max: 3 }))
    numbers.push(build.number);
  assert.deepEqual(numbers, [2, 3, 4]);
  assert.equal(seen.length, 2);
});

test('[sdk S29] names with special characters stay within their path segment', async (t) => {
  const { client, seen } = await setup(t, (_, response) => sendJson(response, 200, {}));
  await client.repos.get('a b/c/d%#');
  assert.equal(seen[0]?.url, '/api/repos/a%20b/c%2Fd%25%23');
  assert.throws(() => client.repos.get('a/..'), TypeError);
  assert.throws(() => client.builds.get('a/b', 0), TypeError);
});

test('a log is read in byte ranges, and a range behind its end is empty', async (t) => {
  const text = Buffer.from('0123456789');
  const { client } = await setup(t, (request, response) => {
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
    if (range === null) return response.end(text);
    const start = Number(range[1]);
    if (start >= text.length) return sendJson(response, 416, { message: 'Range' });
    const piece = text.subarray(start, Number(range[2]) + 1);
    const headers = { 'content-range': `bytes ${start}-${start + piece.length - 1}/${text.length}` };
    response.writeHead(206, headers).end(piece);
  });
  const piece = await client.logs.text(STEP, { start: 4, length: 3 });
  assert.deepEqual([piece.start, Buffer.from(piece.bytes).toString(), piece.total], [4, '456', 10]);
  const whole = await client.logs.text(STEP);
  assert.deepEqual([whole.start, whole.bytes.length, whole.total], [0, 10, 10]);
  const behind = await client.logs.text(STEP, { start: 10, length: 3 });
  assert.deepEqual([behind.start, behind.bytes.length, behind.total], [10, 0, 10]);
});

test('tokens are created with their members as on the wire and removed by number', async (t) => {
  const bodies: string[] = [];
  const { client, seen } = await setup(t, (request, response) => {
    request.on('data', (piece: Buffer) => bodies.push(piece.toString()));
    request.on('end', () =>
      request.method === 'DELETE'
        ? response.writeHead(204).end()
        : sendJson(response, 200, { id: 4, token: 'srt_x' }),
    );
  });
  const created = await client.tokens.create({ name: 'ci', scopes: ['all'], expires: 9 });
  await client.tokens.remove(created.id);
  assert.equal(created.token, 'srt_x');
  assert.deepEqual(JSON.parse(bodies.join('')), { name: 'ci', scopes: ['all'], expires: 9 });
  assert.deepEqual(
    seen.map((request) => `${request.method} ${request.url}`),
    ['POST /api/user/tokens', 'DELETE /api/user/tokens/4'],
  );
});
