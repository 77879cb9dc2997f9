import { readdir, readFile } from 'node:fs/promises';
import { type Counts, tally } from './report.ts';

const TASKS = '/proc/self/task';

/**
 * The threads of the process by kind: `main`, `worker`, `libuv pool`, `other`. Where the system does not tell, only
 * the main thread is known.
 */
export async function countThreads(): Promise<Counts> {
  const ids = await readdir(TASKS).catch(() => [] as string[]);
  if (ids.length === 0) return tally(['main']);
  return tally(await Promise.all(ids.map(kindOf)));
}

async function kindOf(id: string): Promise<string> {
  if (Number(id) === process.pid) return 'main';
  // A thread may have ended since it was listed.
  const name = (await readFile(`${TASKS}/${id}/comm`, 'utf8').catch(() => '')).trim();
  if (name.startsWith('libuv-worker')) return 'libuv pool';
  return /worker/i.test(name) ? 'worker' : 'other';
}
