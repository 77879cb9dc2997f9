import assert from 'node:assert/strict';
import { it } from 'node:test';
import { dumpCalls } from './dump-calls.ts';
import { jsonBody, type RpcAnswer, type RpcRequest, type Transport } from './transport.ts';

const SECRET = 'hunter2';

const CALL: RpcRequest = {
  method: 'GET',
  path: '/stage/7',
  timeoutMs: 1000,
  signal: new AbortController().signal,
};

interface Line {
  readonly body?: unknown;
  readonly headers?: unknown;
  readonly err?: unknown;
}

/** What is told of a call that is answered so. */
async function dump(answer: RpcAnswer | Error, call: Partial<RpcRequest> = {}, hasBodies = true) {
  const lines: Line[] = [];
  const transport: Transport = {
    close: () => undefined,
    send: async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  let nowMs = 0;
  const log = { debug: (fields: object) => void lines.push(fields) };
  const dumped = dumpCalls(transport, { hasBodies, nowMs: () => (nowMs += 5), log });
  const sent = await dumped.send({ ...CALL, ...call }).catch((error: unknown) => error);
  assert.equal(sent, answer);
  return lines;
}

it('each request is told with its answer, without headers that let somebody in', async () => {
  const headers = { 'content-type': 'application/json', 'set-cookie': [SECRET], authorization: SECRET };
  const text = JSON.stringify({ secret: SECRET });
  const lines = await dump({ status: 200, text, headers }, { body: jsonBody({ name: 'a' }) }, false);
  const about = { method: 'GET', path: '/rpc/v2/stage/7' };
  assert.deepEqual(lines, [
    { ...about, bytes: 13 },
    { ...about, ms: 5, status: 200, headers: { 'content-type': 'application/json' }, bytes: text.length },
  ]);
});

it('a body is told without what may be secret, wherever it is and whatever it is called', async () => {
  const context = {
    build: { id: 5, event: 'push', ref: 'refs/heads/main', message: SECRET, params: { name: SECRET } },
    stage: { name: 'default', status: 'pending', labels: { zone: SECRET } },
    config: { Data: SECRET },
    secrets: [{ name: SECRET, data: SECRET, pull_request: true }],
    netrc: { machine: SECRET, login: SECRET, password: SECRET },
    repository: { slug: 'octocat/hello', secret: SECRET, signer: SECRET, tags: [SECRET] },
    cloneCredentials: { machine: SECRET, login: SECRET, password: SECRET },
    somethingNew: { value: SECRET },
    pinToken: 1234,
  };
  const lines = await dump({ status: 200, text: JSON.stringify(context) }, { body: jsonBody(context) });
  const shown = {
    build: { id: 5, event: 'push', ref: 'refs/heads/main', message: '***', params: '***' },
    stage: { name: 'default', status: 'pending', labels: { zone: '***' } },
    config: { Data: '***' },
    secrets: '***',
    netrc: '***',
    repository: { slug: 'octocat/hello', secret: '***', signer: '***', tags: ['***'] },
    cloneCredentials: '***',
    somethingNew: { value: '***' },
    pinToken: '***',
  };
  assert.deepEqual(
    lines.map(({ body }) => body),
    [shown, shown],
  );
});

const UNSHOWN: readonly (readonly [what: string, text: string])[] = [
  ['no JSON', `password=${SECRET}`],
  ['large', JSON.stringify({ name: 'x'.repeat(70_000) })],
  ['empty', ''],
];

for (const [what, text] of UNSHOWN) {
  it(`of a body that is ${what} only the length is told`, async () => {
    const [, answer] = await dump({ status: 500, text });
    assert.deepEqual(
      { ...answer },
      {
        method: 'GET',
        path: '/rpc/v2/stage/7',
        ms: 5,
        status: 500,
        headers: {},
        bytes: text.length,
        body: undefined,
      },
    );
  });
}

it('an answer that is nested without end is cut in the dump and reaches the caller', async () => {
  const text = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  const [, answer] = await dump({ status: 200, text });
  assert.ok(JSON.stringify(answer?.body).length < 100);
});

it('output of steps is not in it', async () => {
  const body = jsonBody([{ pos: 0, out: SECRET, time: 0 }]);
  const [request] = await dump({ status: 204, text: '' }, { method: 'POST', body });
  assert.deepEqual(request?.body, [{ pos: 0, out: '***', time: 0 }]);
});

it('a call without an answer is told with the reason, which the caller gets too', async () => {
  const error = new Error('connect ECONNREFUSED');
  const [, failed] = await dump(error);
  assert.equal(failed?.err, error);
});
