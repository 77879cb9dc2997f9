import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunnerIdentity } from '@sortie/core/runner';
import { createPoller } from './poll.ts';
import type { RpcAnswer, RpcRequest } from './transport.ts';

const RUNNER: RunnerIdentity = {
  name: 'both',
  types: ['docker', 'exec'],
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  labels: {},
  capacity: 1,
  version: '0',
};
const NEVER = new AbortController().signal;

/** A poller whose questions are answered by hand. */
function open() {
  let nowMs = 0;
  const asked: { readonly type: string; readonly signal: AbortSignal; answer(answer: RpcAnswer): void }[] =
    [];
  const poller = createPoller({
    transport: {
      close: () => undefined,
      send({ body, signal }: RpcRequest) {
        const { promise, resolve } = Promise.withResolvers<RpcAnswer>();
        const { type } = JSON.parse(Buffer.concat([...(body?.parts() ?? [])]).toString());
        asked.push({ type, signal, answer: resolve });
        return promise;
      },
    },
    nowMs: () => nowMs,
    sleep: async () => undefined,
    random: () => 0,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { poller, asked, advance };
}

const offer = (id: number) => ({ status: 200, text: JSON.stringify({ id }) });

test('a runner of several types asks for all of them at once and takes what comes first', async () => {
  const { poller, asked } = open();
  const next = poller.next(RUNNER, NEVER);
  assert.deepEqual(
    asked.map(({ type }) => type),
    ['docker', 'exec'],
  );
  asked[1]?.answer(offer(7));
  assert.deepEqual(await next, { id: 7 });
  assert.ok(asked[0]?.signal.aborted, 'the other question is taken back');
});

test('a stage that came beside another one is kept for who asks next, but not for long', async () => {
  const { poller, asked, advance } = open();
  const first = poller.next(RUNNER, NEVER);
  asked[0]?.answer(offer(7));
  asked[1]?.answer(offer(8));
  assert.deepEqual(await first, { id: 7 });
  assert.deepEqual(await poller.next(RUNNER, NEVER), { id: 8 });
  assert.equal(asked.length, 2, 'nobody had to be asked');

  const third = poller.next(RUNNER, NEVER);
  asked[2]?.answer(offer(9));
  asked[3]?.answer(offer(10));
  await third;
  advance(60_000);
  const late = poller.next(RUNNER, NEVER);
  assert.equal(asked.length, 6, 'the server has offered it to others meanwhile');
  asked[4]?.answer(offer(11));
  assert.deepEqual(await late, { id: 11 });
});

test('one type that fails does not keep the stage of another away', async () => {
  const { poller, asked } = open();
  const next = poller.next(RUNNER, NEVER);
  asked[0]?.answer({ status: 503, text: '' });
  asked[1]?.answer(offer(7));
  assert.deepEqual(await next, { id: 7 });
  const failing = poller.next(RUNNER, NEVER);
  asked[2]?.answer({ status: 503, text: '' });
  asked[3]?.answer({ status: 204, text: '' });
  await assert.rejects(failing, /503/);
});

test('a runner whose engines are all away waits instead of going round', async () => {
  const { poller } = open();
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await poller.next({ ...RUNNER, types: [] }, NEVER), undefined);
  }
});
