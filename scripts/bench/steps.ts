import { openRepository, requireSuccess, watchPush } from './build-watch.ts';
import { compare, type Figure } from './figure.ts';
import { sequenceMs } from './floor-docker.ts';
import { IMAGE, startBundledServer } from './scenario.ts';

/** Containers of later steps start ahead of their turn, so several steps need less time than the floor. */
const CASES = [
  { count: 1, note: 'aim: at most 0.05 s over the floor' },
  { count: 3, note: 'aim: below the floor' },
  { count: 10, note: 'aim: at most 0.7 of the floor' },
];

/**
 * Empty steps one after the other: from the build's creation to its end as a subscriber of the events sees both,
 * against the same containers created, started and awaited by hand on one user network.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const server = await startBundledServer();
  try {
    for (const { count, note } of CASES) {
      const repository = await openRepository(server, `ada/steps-${count}`, pipeline(count));
      const ours = async (): Promise<number> => {
        const times = await watchPush(repository);
        requireSuccess(times);
        return (times.finishedMs - times.createdMs) / 1000;
      };
      const command = ['/bin/sh', '-c', 'true'];
      const floor = async () => (await sequenceMs({ image: IMAGE, command }, count)) / 1000;
      print(await compare({ name: `${count} empty steps`, unit: 's', runs: 5, ours, floor, note }));
      await repository.copy.dispose();
    }
  } finally {
    await server.dispose();
  }
}

function pipeline(count: number): string {
  const steps = Array.from({ length: count }, (_, index) => step(index + 1));
  return `kind: pipeline\ntype: docker\nname: default\nclone:\n  disable: true\nsteps:\n${steps.join('')}`;
}

function step(number: number): string {
  return `  - name: step-${number}\n    image: ${IMAGE}\n    commands: ["true"]\n`;
}
