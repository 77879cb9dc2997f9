import { clientOf } from '@sortie/testing/await-build';
import { openRepository, type Pushed, requireSuccess, type StepAt, watchPush } from './build-watch.ts';
import { compare, type Figure } from './figure.ts';
import { createNetwork, firstOutputMs, removeNetwork } from './floor-docker.ts';
import { IMAGE, nowMs, startBundledServer } from './scenario.ts';

const PIPELINE = `kind: pipeline
type: docker
name: default
steps:
  - name: first
    image: ${IMAGE}
    commands: [echo measured]
`;

/**
 * From the end of `git push` to the first output of the first step's own command at a subscriber of its log,
 * against the same container made, started and attached by hand on a network that exists.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const server = await startBundledServer();
  const network = await createNetwork();
  const repository = await openRepository(server, 'ada/push', PIPELINE);
  try {
    print(
      await compare({
        name: 'push to first output',
        unit: 's',
        runs: 7,
        ours: () => pushToOutput(repository),
        floor: async () =>
          (await firstOutputMs({ image: IMAGE, command: ['echo', 'measured'], network })) / 1000,
        note: 'aim: at most 0.10 s over the floor',
      }),
    );
  } finally {
    await removeNetwork(network);
    await repository.copy.dispose();
    await server.dispose();
  }
}

async function pushToOutput(repository: Pushed): Promise<number> {
  const output = Promise.withResolvers<number>();
  const times = await watchPush(repository, {
    step: 'first',
    onRunning: (at) => void firstOutput(repository, at).then(output.resolve, output.reject),
  });
  requireSuccess(times);
  return ((await output.promise) - times.pushedMs) / 1000;
}

async function firstOutput({ server }: Pushed, at: StepAt): Promise<number> {
  for await (const event of clientOf(server).streamLog(at)) {
    if (event.type === 'line' && event.text === 'measured\n') return nowMs();
  }
  throw new Error('the step ended without its output');
}
