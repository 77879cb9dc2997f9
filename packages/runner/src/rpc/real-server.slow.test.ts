import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { PATIENCE_MS } from '@sortie/testing/becomes';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { startRunner } from '../runner.ts';
import { createDroneService } from './drone-service.ts';
import { pipeline, step } from './drone-world.fixture.ts';
import { createTransport } from './transport.ts';

const SECRET = 'the-shared-secret';

/** Several runners of ours on one server, over the plain protocol. */
describe('our runners on our server', () => {
  const closers: (() => Promise<void>)[] = [];
  let world: HttpWorld;
  let baseUrl: string;
  beforeEach(async () => {
    world = await createHttpWorld({
      env: { DRONE_RPC_SECRET: SECRET, SORTIE_RPC_POLL: '20ms', SORTIE_RPC_WATCH: '20ms' },
    });
    closers.push(() => world.close());
    baseUrl = await world.app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  function start(name: string, capacity: number, labels: Readonly<Record<string, string>> = {}): DummyEngine {
    const engine = new DummyEngine();
    const stop = new AbortController();
    const nothing = () => undefined;
    const shared = {
      clock: systemClock(),
      random: () => 0,
      log: { info: nothing, warn: nothing, error: nothing },
      sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal, ref: false }),
    };
    const transport = createTransport({ baseUrl, secret: SECRET, skipVerify: false });
    const service = createDroneService({
      ...shared,
      transport,
      decrypt: () => undefined,
      signal: stop.signal,
    });
    const platform = { os: 'linux', arch: 'amd64', variant: '', version: '' };
    const runner = startRunner({
      ...shared,
      service,
      engines: new Map([['exec', engine]]),
      name,
      identity: async () => ({ name, types: ['exec'], platform, labels, capacity, version: '0' }),
      capacity,
      environ: {},
      cloneImage: undefined,
      logLimitBytes: 1_000_000,
    });
    closers.push(async () => {
      engine.emit('go');
      stop.abort(new Error('the test is over'));
      await runner.stop(0);
      await service.idle();
      transport.close();
    });
    return engine;
  }

  const stages = () =>
    world.db.selectFrom('stages').select(['status', 'machine', 'labels']).orderBy('id').execute();

  /** Looks at the stages after each change until `isOver` says so. */
  async function follow(isOver: (rows: Awaited<ReturnType<typeof stages>>) => boolean): Promise<void> {
    for await (const _event of world.events.subscribe({
      afterSeq: 0,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })) {
      if (isOver(await stages())) return;
    }
  }

  it('[runner 103] never works on more stages than it has slots', async () => {
    const config = pipeline(step('one', { DUMMY_WAIT_FOR: 'go' }));
    for (let count = 0; count < 5; count += 1) {
      await world.start([aStageDraft({ type: 'exec' })], { build: { config } });
    }
    const engine = start('remote', 2);
    let most = 0;
    await follow((rows) => {
      const running = rows.filter(({ status }) => status === 'running').length;
      most = Math.max(most, running);
      if (running === 2) engine.emit('go');
      return rows.every(({ status }) => status === 'success');
    });
    assert.equal(most, 2);
    assert.ok((await stages()).every(({ machine }) => machine === 'remote'));
  });

  it('[runner 104] takes only what has its labels', async () => {
    const config = pipeline(step('one'));
    const wanted: readonly Readonly<Record<string, string>>[] = [{}, { gpu: 'yes' }, {}, { gpu: 'yes' }];
    for (const labels of wanted) {
      await world.start([aStageDraft({ type: 'exec', labels })], { build: { config } });
    }
    start('plain', 1);
    start('labelled', 1, { gpu: 'yes' });
    await follow((rows) => rows.every(({ status }) => status === 'success'));
    assert.deepEqual(
      (await stages()).map(({ machine }) => machine),
      ['plain', 'labelled', 'plain', 'labelled'],
    );
  });
});
