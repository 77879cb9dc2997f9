import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * A text that tells a process from every other that has had or will have its number; `undefined` when there is no
 * such process. Needed before a number that was written down long ago is killed.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readOptional(`/proc/${pid}/stat`),
    readOptional('/proc/sys/kernel/random/boot_id'),
  ]);
  if (boot === undefined) return await identityByPs(pid);
  // Fields are counted after the name, which may hold spaces and parentheses itself; the 20th is the start time.
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return started === undefined ? undefined : `${boot.trim()} ${started}`;
}

/** Machines without /proc. */
async function identityByPs(pid: number): Promise<string | undefined> {
  const run = promisify(execFile);
  const [result] = await Promise.allSettled([run('ps', ['-o', 'lstart=', '-p', String(pid)])]);
  // ps exits with 1 for an unknown number.
  if (result.status === 'rejected') return undefined;
  return result.value.stdout.trim() === '' ? undefined : result.value.stdout.trim();
}

/**
 * The processes that were started with this variable, whatever group or session they have moved to since. Empty
 * on machines without /proc, and blind for processes of other users.
 */
export async function findByVariable(name: string, value: string): Promise<readonly number[]> {
  const entries = (await listOptional('/proc')).filter((entry) => /^\d+$/.test(entry));
  const wanted = `\0${name}=${value}\0`;
  const found = await Promise.all(
    entries.map(async (entry) => {
      const environment = await readOptional(`/proc/${entry}/environ`);
      return environment !== undefined && `\0${environment}`.includes(wanted) ? Number(entry) : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined && pid !== process.pid) as number[];
}

/** Processes end while they are looked at, and those of others may not be read: both mean "not ours". */
async function readOptional(path: string): Promise<string | undefined> {
  const [result] = await Promise.allSettled([readFile(path, 'latin1')]);
  return result.status === 'fulfilled' ? result.value : undefined;
}

async function listOptional(path: string): Promise<readonly string[]> {
  const [result] = await Promise.allSettled([readdir(path)]);
  return result.status === 'fulfilled' ? result.value : [];
}
