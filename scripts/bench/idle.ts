import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, figureOf } from './figure.ts';
import { figuresDuring } from './process-figures.ts';
import { startBundledServer } from './scenario.ts';

const SECONDS = 30;

/** What a server with its runner uses while nobody asks for anything. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const server = await startBundledServer();
  try {
    await delay(3000);
    const { cpuMs, rssBytes } = await figuresDuring(server.child.pid ?? 0, () => delay(SECONDS * 1000));
    print(figureOf({ name: 'resident memory', unit: 'MB', note: 'aim: at most 130' }, [rssBytes / 1e6]));
    print(
      figureOf({ name: 'processor time', unit: 'ms per s', note: `over ${SECONDS} s` }, [cpuMs / SECONDS]),
    );
  } finally {
    await server.dispose();
  }
}
