/**
 * Builds what `npm start` runs: the web interface into `packages/web/dist`, the server into `dist/sortie.mjs`.
 * `--if-stale` leaves out the part whose sources have not changed since it was built; `--server` and `--web`
 * build one part only.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildServer } from './build/server.ts';
import { buildWeb } from './build/web.ts';
import { isServerFresh, isWebFresh, serverStamp, stampFile, webStamp } from './run/freshness.mjs';

interface Part {
  readonly name: 'server' | 'web';
  readonly isFresh: (root: string) => boolean;
  readonly stamp: (root: string) => string;
  readonly build: (root: string) => Promise<string>;
}

const PARTS: readonly Part[] = [
  { name: 'web', isFresh: isWebFresh, stamp: webStamp, build: buildWeb },
  { name: 'server', isFresh: isServerFresh, stamp: serverStamp, build: buildServer },
];

const root = fileURLToPath(new URL('..', import.meta.url));
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const chosen = PARTS.filter((part) => args.includes(`--${part.name}`));
  const parts = chosen.length > 0 ? chosen : PARTS;
  const due = args.includes('--if-stale') ? parts.filter((part) => !part.isFresh(root)) : parts;
  const results = await Promise.allSettled(due.map(buildPart));
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') console.log(result.value);
    else console.error(`The ${due[index]?.name} build failed: ${reasonOf(result.reason)}`);
  }
  if (results.some((result) => result.status === 'rejected')) process.exitCode = 1;
}

async function buildPart(part: Part): Promise<string> {
  const started = performance.now();
  // Taken before the build: a file that changes while it runs makes the result stale, not fresh.
  const stamp = part.stamp(root);
  const what = await part.build(root);
  await writeStamp(stampFile(root, part.name), stamp);
  return `${part.name}: ${what} in ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

async function writeStamp(file: string, stamp: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, stamp);
  await rename(draft, file);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
