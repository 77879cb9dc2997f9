import { openRepository, requireSuccess, watchPush } from './build-watch.ts';
import { type Figure, figureOf } from './figure.ts';
import { IMAGE, startBundledServer } from './scenario.ts';

const STEPS = 10;
const RUNS = 3;
const SLEEP_SECONDS = 1;

/** Milliseconds that one step may cost beside its own work. */
const AIM_MS = 60;

/**
 * Ten steps that each need the one before and each work for a second: what the steps cost beside their work, from
 * the build's creation to its end as a subscriber of the events sees both.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const server = await startBundledServer();
  try {
    const repository = await openRepository(server, 'ada/work', pipeline());
    const overheads: number[] = [];
    for (let turn = 0; turn <= RUNS; turn += 1) {
      const times = await watchPush(repository);
      requireSuccess(times);
      const workMs = STEPS * SLEEP_SECONDS * 1000;
      // The first turn warms caches.
      if (turn > 0) overheads.push((times.finishedMs - times.createdMs - workMs) / STEPS);
    }
    const name = `${STEPS} dependent steps that sleep for ${SLEEP_SECONDS} s: time beside the sleep, per step`;
    print(figureOf({ name, unit: 'ms', note: `aim: at most ${AIM_MS} ms` }, overheads));
    await repository.copy.dispose();
  } finally {
    await server.dispose();
  }
}

function pipeline(): string {
  const steps = Array.from({ length: STEPS }, (_, index) => step(index + 1));
  return `kind: pipeline\ntype: docker\nname: default\nclone:\n  disable: true\nsteps:\n${steps.join('')}`;
}

function step(number: number): string {
  return `  - name: step-${number}\n    image: ${IMAGE}\n    commands: ["sleep ${SLEEP_SECONDS}"]\n`;
}
