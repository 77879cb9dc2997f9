import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { type RunningRunner, startRunner } from '../runner.ts';
import { createDroneService, type DroneService } from './drone-service.ts';
import {
  type ScriptedServer,
  type ScriptedStage,
  type SeenCall,
  startScriptedServer,
} from './scripted-server.fixture.ts';
import { createTransport } from './transport.ts';

export const NOW = 1_700_000_000;
/** Longer waits are time limits and heartbeats; they are over when a test says so. */
const LONG_MS = 20_000;

export interface DroneWorld {
  readonly server: ScriptedServer;
  readonly engine: DummyEngine;
  readonly runner: RunningRunner;
  readonly service: DroneService;
  /** Short waits, in order; they end at once. */
  readonly waits: readonly number[];
  readonly messages: readonly string[];
  /** Ends long waits of so many milliseconds. */
  elapse(ms: number): void;
  /** Lets all timers of the clock be over. */
  tick(): void;
  close(): Promise<void>;
}

/** A step of the dummy engine. */
export function step(name: string, environment: Readonly<Record<string, string>> = {}, more = ''): string {
  const lines = Object.entries(environment).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`);
  const block = lines.length === 0 ? '' : `    environment:\n${lines.join('')}`;
  return `  - name: ${name}\n    commands: ["true"]\n${block}${more}`;
}

export function pipeline(...steps: readonly string[]): string {
  return `kind: pipeline\ntype: exec\nname: default\nclone:\n  disable: true\nsteps:\n${steps.join('')}`;
}

/** A runner with one slot on a server with one stage. */
export async function startDroneWorld(
  stage: ScriptedStage,
  prepare: (server: ScriptedServer) => void = () => undefined,
  logLimitBytes = 5_000_000,
): Promise<DroneWorld> {
  const server = await startScriptedServer(stage);
  prepare(server);
  const engine = new DummyEngine();
  const waits: number[] = [];
  const messages: string[] = [];
  const long = new Map<number, PromiseWithResolvers<void>>();
  const timers = new Set<() => void>();
  const stop = new AbortController();
  const clock: Clock = {
    now: () => NOW * 1000,
    after: (_ms, run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
  };
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (ms <= LONG_MS) {
      waits.push(ms);
      await turn();
      signal.throwIfAborted();
      return;
    }
    const end = long.get(ms) ?? Promise.withResolvers<void>();
    long.set(ms, end);
    await Promise.race([end.promise, aborted(signal)]);
  };
  const note = (_fields: object, message: string): void => void messages.push(message);
  const shared = { clock, sleep, random: () => 0, log: { info: note, warn: note, error: note } };
  const transport = createTransport({ baseUrl: server.baseUrl, secret: 'secret', skipVerify: false });
  const decrypt = (data: string, key: string) => `${data}:${key.slice(0, 4)}`;
  const service = createDroneService({ ...shared, transport, decrypt, signal: stop.signal });
  const platform = { os: 'linux', arch: 'amd64', variant: 'v8', version: '5' };
  const runner = startRunner({
    ...shared,
    service,
    engines: new Map([['exec', engine]]),
    name: 'my host/1',
    identity: async () => ({
      name: 'my host/1',
      types: ['exec'],
      platform,
      labels: { zone: 'a' },
      capacity: 1,
      version: '0',
    }),
    capacity: 1,
    environ: {},
    cloneImage: undefined,
    logLimitBytes,
  });
  return {
    server,
    engine,
    runner,
    service,
    waits,
    messages,
    elapse: (ms) => long.get(ms)?.resolve(),
    tick() {
      for (const run of [...timers]) {
        timers.delete(run);
        run();
      }
    },
    async close() {
      engine.emit('go');
      stop.abort(new Error('the test is over'));
      await runner.stop(0);
      await service.idle();
      transport.close();
      await server.close();
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever members the wire has
export function jsonOf(call: SeenCall): any {
  return JSON.parse(call.body);
}

/** The last report about the stage. */
export async function finalReport({ server }: DroneWorld) {
  return jsonOf(await server.called('PUT stage', 2));
}

/** The bodies of the uploads so far. */
export function uploadsOf({ server }: DroneWorld): readonly string[] {
  return server.named('POST logs/upload').map((call) => call.body);
}

/** The text of the first upload. */
export function uploadText(world: DroneWorld): string {
  const lines: readonly { out: string }[] = JSON.parse(uploadsOf(world)[0] ?? 'null') ?? [];
  return lines.map(({ out }) => out).join('');
}

/** Lets the clock go on until the first live lines have come. */
export async function liveLines(world: DroneWorld): Promise<void> {
  while (world.server.named('POST logs/batch').length === 0) {
    world.tick();
    await turn();
  }
}

/** Rejects with the reason of the signal, whenever that is. */
export function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
