import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, type Figure } from './figure.ts';
import { BUNDLE, nowMs } from './scenario.ts';

const BARE = `require('node:http').createServer((q, a) => a.end('ok')).listen(+process.argv[1], '127.0.0.1')`;

/** From the start of the process to its first answer, against a Node.js that only answers. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-bench-'));
  const env = {
    PATH: process.env.PATH,
    SORTIE_DATA: join(folder, 'data'),
    NODE_COMPILE_CACHE: join(folder, 'cache'),
  };
  const ours = (port: number) =>
    spawn(process.execPath, [BUNDLE, 'serve'], {
      env: { ...env, DRONE_SERVER_PORT: `127.0.0.1:${port}` },
      stdio: 'ignore',
    });
  const bare = (port: number) =>
    spawn(process.execPath, ['-e', BARE, String(port)], { env, stdio: 'ignore' });
  try {
    print(
      await compare({
        name: 'process start to first answer',
        unit: 's',
        runs: 7,
        ours: () => firstAnswer(ours),
        floor: () => firstAnswer(bare),
        note: 'aim: at most 0.6 s',
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function firstAnswer(start: (port: number) => ReturnType<typeof spawn>): Promise<number> {
  const port = await freePort();
  const begun = nowMs();
  const child = start(port);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok === true) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const taken = nowMs() - begun;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return taken / 1000;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
