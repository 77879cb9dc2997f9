import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { PATIENCE_MS } from '@sortie/testing/becomes';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld } from '@sortie/testing/http-world';
import { storedBuild, storedLog } from '@sortie/testing/queue-views';
import { pipeline, step } from '../rpc/drone-world.fixture.ts';
import { createTransport } from '../rpc/transport.ts';
import { startRunner } from '../runner.ts';
import { connectServer } from './connect-server.ts';

const SECRET = 'the-shared-secret';
/** The first one lets the hundred others begin together. */
const STEPS = 101;

/** Progress bars, colours, a letter of several bytes that pieces cut, empty lines, and no newline at the end. */
function outputOf(number: number): string {
  const lines = Array.from(
    { length: 20 },
    (_, line) => `\u001b[3${line % 8}m${number}:${line}\u001b[0m ü€😀\r\n`,
  );
  return `${number} %\r${number} 100 %\r\n\n${lines.join('')}end of ${number}`;
}

test('a hundred steps that print at once, in small pieces, all have their own logs, byte for byte', async (t) => {
  const world = await createHttpWorld({ env: { DRONE_RPC_SECRET: SECRET, SORTIE_RPC_POLL: '20ms' } });
  const folder = await mkdtemp(join(tmpdir(), 'sortie-parallel-'));
  const baseUrl = await world.app.listen({ host: '127.0.0.1', port: 0 });
  const transport = createTransport({ baseUrl, secret: SECRET, skipVerify: false });
  const stop = new AbortController();
  const nothing = () => undefined;
  const shared = {
    clock: systemClock(),
    random: () => 0,
    log: { info: nothing, warn: nothing, error: nothing },
    sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal, ref: false }),
  };
  const platform = { os: 'linux', arch: 'amd64', variant: '', version: '' };
  const identity = { name: 'far', types: ['exec'], platform, labels: {}, capacity: 1, version: '1' };
  const connected = await connectServer(
    { ...shared, transport, folder, identity, signal: stop.signal },
    stop.signal,
  );
  assert.ok(connected);
  const numbers = Array.from({ length: STEPS }, (_, index) => index + 1);
  // Pieces of other sizes mix them more.
  const steps = numbers.map((number) =>
    step(
      `s${number}`,
      { DUMMY_OUTPUT: outputOf(number), DUMMY_CHUNK: String((number % 7) + 1) },
      number === 1 ? '' : '    depends_on: [s1]\n',
    ),
  );
  const config = pipeline(steps.join(''));
  const { build } = await world.start([aStageDraft({ type: 'exec' })], { build: { config } });
  const runner = startRunner({
    ...shared,
    service: connected.service,
    engines: new Map([['exec', new DummyEngine()]]),
    name: identity.name,
    identity: async () => identity,
    capacity: 1,
    environ: {},
    cloneImage: undefined,
    logLimitBytes: 1_000_000,
  });
  t.after(async () => {
    await runner.stop(0);
    stop.abort(new Error('the test is over'));
    transport.close();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const _event of world.events.subscribe({ afterSeq: 0, signal })) {
    if ((await storedBuild(world, build.id)).build.status === 'success') break;
  }
  await connected.idle();
  const stored = await storedBuild(world, build.id);
  assert.equal(stored.steps.length, STEPS);
  for (const number of numbers) {
    assert.deepEqual(await storedLog(world, stored, number), { text: outputOf(number), isClosed: true });
  }
});
