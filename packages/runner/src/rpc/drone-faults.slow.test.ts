import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { PATIENCE_MS } from '@sortie/testing/becomes';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld } from '@sortie/testing/http-world';
import { storedBuild, storedLog, sweepOnce } from '@sortie/testing/queue-views';
import { startRunner } from '../runner.ts';
import { createDroneService } from './drone-service.ts';
import { aborted, pipeline, step } from './drone-world.fixture.ts';
import { type Fault, startFaultProxy } from './fault-proxy.fixture.ts';
import { createTransport } from './transport.ts';

const SECRET = 'the-shared-secret';
/** Heartbeats and time limits; nothing here takes that long. */
const LONG_MS = 20_000;

const CALLS: readonly (readonly [string, RegExp])[] = [
  ['the question for work', /^POST .*\/stage$/],
  ['accept', /^POST .*\/stage\/\d+\?/],
  ['details', /^GET .*\/stage\/\d+$/],
  ['the beginning and the end of a stage', /^PUT .*\/stage\/\d+$/],
  ['the reports of steps', /^PUT .*\/step\/\d+$/],
  ['live lines', /logs\/batch$/],
  ['logs', /logs\/upload$/],
];

/** Our runner and our server over the plain protocol, and a bad line between them. */
describe('our runner on our server', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** Runs a build of three steps over a line with faults, and returns how it ended. */
  async function run(faultOf: (call: string) => Fault | undefined) {
    const world = await createHttpWorld({
      env: { DRONE_RPC_SECRET: SECRET, SORTIE_RPC_POLL: '20ms', SORTIE_RPC_WATCH: '20ms' },
    });
    closers.push(() => world.close());
    const target = await world.app.listen({ host: '127.0.0.1', port: 0 });
    const proxy = await startFaultProxy(target, faultOf);
    closers.push(() => proxy.close());
    const config = pipeline(
      step('one', { DUMMY_OUTPUT: 'a\nb\nno end' }),
      step('two', { DUMMY_OUTPUT: 'c\n', DUMMY_EXIT: '1' }, '    failure: ignore\n'),
      step('three'),
    );
    const stage = aStageDraft({ type: 'exec', name: 'default' });
    const { build } = await world.start([stage], { build: { config } });
    const engine = new DummyEngine();
    const stop = new AbortController();
    const nothing = () => undefined;
    const shared = {
      clock: systemClock(),
      random: () => 0,
      log: { info: nothing, warn: nothing, error: nothing },
      // Waits are over at once, and the server sees the time pass.
      sleep: async (ms: number, signal: AbortSignal) => {
        if (ms > LONG_MS) return aborted(signal);
        world.advance(ms);
        await sweepOnce(world);
        await turn();
        signal.throwIfAborted();
      },
    };
    const transport = createTransport({ baseUrl: proxy.baseUrl, secret: SECRET, skipVerify: false });
    const service = createDroneService({
      ...shared,
      transport,
      decrypt: () => undefined,
      signal: stop.signal,
    });
    const runner = startRunner({
      ...shared,
      service,
      engines: new Map([['exec', engine]]),
      name: 'remote',
      identity: async () => ({
        name: 'remote',
        types: ['exec'],
        platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
        labels: {},
        capacity: 1,
        version: '0',
      }),
      capacity: 1,
      environ: {},
      cloneImage: undefined,
      logLimitBytes: 1_000_000,
    });
    closers.push(async () => {
      stop.abort(new Error('the test is over'));
      await runner.stop(0);
      await service.idle();
      transport.close();
    });
    for await (const _event of world.events.subscribe({
      afterSeq: 0,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })) {
      const stored = await storedBuild(world, build.id);
      if (stored.build.finished > 0) break;
    }
    const stored = await storedBuild(world, build.id);
    const logs = await Promise.all([1, 2, 3].map((number) => storedLog(world, stored, number)));
    return {
      statuses: [stored.build.status, stored.stage.status, ...stored.steps.map(({ status }) => status)],
      logs: logs.map(({ text }) => text),
      starts: engine.calls.filter(({ name }) => name === 'start').map((call) => call.step),
      met: proxy.met,
    };
  }

  const right = {
    statuses: ['success', 'success', 'success', 'failure', 'success'],
    logs: ['a\nb\nno end', 'c\n', ''],
    starts: ['one', 'two', 'three'],
  };

  for (const fault of ['no-answer', 'no-call', '503'] as const) {
    const keys = fault === '503' ? '[runner 102]' : '[runner 101] [W 1] [W 6] [W 7]';
    for (const [what, pattern] of CALLS) {
      it(`${keys} builds rightly, each step once, when every other call is met by ${fault}: ${what}`, async () => {
        let count = 0;
        const { met, ...ended } = await run((call) => {
          if (!pattern.test(call)) return undefined;
          count += 1;
          // A stage whose offer was lost is offered again later, perhaps just when a question is lost again.
          const isHit = what === 'the question for work' ? count === 1 : count % 2 === 1;
          return isHit ? fault : undefined;
        });
        assert.deepEqual(ended, right);
        assert.ok(met.length > 0 || what === 'live lines');
      });
    }
  }

  it('[W 6] [W 14] reports and logs that arrive twice count once', async () => {
    const { met, ...ended } = await run((call) => (/^PUT|logs/.test(call) ? 'twice' : undefined));
    assert.deepEqual(ended, right);
    assert.ok(met.length >= 10, String(met));
  });
});
