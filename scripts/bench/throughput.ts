import { clientOf } from '@sortie/testing/await-build';
import { pushUrl, type ServerProcess } from '@sortie/testing/server-process';
import { openRepository } from './build-watch.ts';
import { dockerApi } from './docker-api.ts';
import { type Figure, figureOf } from './figure.ts';
import { sequenceMs } from './floor-docker.ts';
import { IMAGE, nowMs, startBundledServer } from './scenario.ts';

/** Fewer for a quick look. */
const BUILDS = Number(process.env.SORTIE_BENCH_BUILDS ?? 60);
const RUNS = BUILDS < 60 ? 1 : 3;
const SLUG = 'ada/throughput';

/** What Drone reaches on the machine that the aims were taken from, in builds per minute. */
const CASES = [
  { slots: 2, drone: 150 },
  { slots: 6, drone: 214 },
];

/**
 * Many builds of one empty step each, all asked for at once: how many end in a minute, against as many bare
 * containers on networks of their own, as many at a time. A higher figure is better.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  for (const { slots, drone } of CASES) {
    const server = await startBundledServer({ DRONE_RUNNER_CAPACITY: String(slots) });
    try {
      const ours: number[] = [];
      const floor: number[] = [];
      await pushOnce(server);
      for (let turn = 0; turn < RUNS; turn += 1) {
        floor.push(perMinute(await floorMs(slots)));
        ours.push(perMinute(await oursMs(server)));
      }
      const name = `${BUILDS} builds of one step, ${slots} slots`;
      const note = `aim: at least 0.75 of the floor and ${Math.ceil(drone * 1.3)} (Drone: ${drone})`;
      print(figureOf({ name, unit: 'builds/min', note }, ours, floor));
    } finally {
      await server.dispose();
    }
  }
}

/** The build that follows warms caches. */
async function pushOnce(server: ServerProcess): Promise<void> {
  const step = `  - name: only\n    image: ${IMAGE}\n    commands: ["true"]\n`;
  const pipeline = `kind: pipeline\ntype: docker\nname: default\nclone:\n  disable: true\nsteps:\n${step}`;
  const { copy } = await openRepository(server, SLUG, pipeline);
  await awaitSuccesses(server, 1, async () => {
    await copy.git('push', '--quiet', pushUrl(server, SLUG), 'main');
  });
  await copy.dispose();
}

/** From the first request for a build to the end of the last build. */
async function oursMs(server: ServerProcess): Promise<number> {
  const client = clientOf(server);
  let begun = 0;
  await awaitSuccesses(server, BUILDS, async () => {
    begun = nowMs();
    const path = `/api/repos/${SLUG}/builds?branch=main`;
    await Promise.all(Array.from({ length: BUILDS }, () => client.request('POST', path)));
  });
  return nowMs() - begun;
}

/** Starts the builds when the stream of events is open, and resolves when so many have ended well. */
async function awaitSuccesses(
  server: ServerProcess,
  count: number,
  start: () => Promise<void>,
): Promise<void> {
  const done = new Set<number>();
  const signal = AbortSignal.timeout(300_000);
  let started: Promise<void> | undefined;
  for await (const event of clientOf(server).streamBuilds({ signal })) {
    if (event.type === 'open') started ??= start();
    if (event.type !== 'build') continue;
    const { number, status } = event.build;
    if (status === 'success') done.add(number);
    if (status === 'failure' || status === 'error') throw new Error(`build ${number} ended as ${status}`);
    if (done.size === count) break;
  }
  if (done.size < count) throw new Error(`${done.size} of ${count} builds have ended when the stream did`);
  await started;
}

/** As many bare containers, each on a network of its own, made and removed as a build does. */
async function floorMs(slots: number): Promise<number> {
  const container = { image: IMAGE, command: ['/bin/sh', '-c', 'true'] };
  const api = dockerApi();
  let left = BUILDS;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await sequenceMs(container, 1, { withCleanup: true, withNetwork: true }, api);
    }
  };
  const begun = nowMs();
  await Promise.all(Array.from({ length: slots }, worker));
  return nowMs() - begun;
}

function perMinute(ms: number): number {
  return (BUILDS * 60_000) / ms;
}
