import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
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
  const wanted = `\0${name}=${value}\0`;
  return await findProcesses(async (entry) => {
    const environment = await readOptional(`/proc/${entry}/environ`);
    return environment !== undefined && `\0${environment}`.includes(wanted);
  });
}

async function findProcesses(isWanted: (entry: string) => Promise<boolean>): Promise<readonly number[]> {
  const entries = (await listOptional('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    entries.map(async (entry) => ((await isWanted(entry)) ? [Number(entry)] : [])),
  );
  return found.flat().filter((pid) => pid !== process.pid);
}

/** The processes that work in a directory or below it: those that have thrown their environment away too. */
export async function findByDirectory(root: string): Promise<readonly number[]> {
  return await findProcesses(async (entry) => {
    const [link] = await Promise.allSettled([readlink(`/proc/${entry}/cwd`)]);
    if (link.status === 'rejected') return false;
    return link.value === root || link.value.startsWith(`${root}/`);
  });
}

/** All processes below one, as far as their parents still live; with their identities. */
export async function findDescendants(pid: number): Promise<readonly ProcessIdentity[]> {
  const parents = new Map<number, number>();
  for (const entry of await listOptional('/proc')) {
    const stat = /^\d+$/.test(entry) ? await readOptional(`/proc/${entry}/stat`) : undefined;
    if (stat === undefined) continue;
    parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const below = new Set([pid]);
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const [child, parent] of parents) if (below.has(parent)) below.add(child);
  }
  below.delete(pid);
  const found: ProcessIdentity[] = [];
  for (const one of below) {
    const identity = await processIdentity(one);
    if (identity !== undefined) found.push({ pid: one, identity });
  }
  return found;
}

/** Kills those that are still the same processes. */
export async function killIdentified(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const { pid, identity } of processes) {
    if ((await processIdentity(pid)) === identity) killProcess(pid);
  }
}

export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export interface ProcessIdentity {
  readonly pid: number;
  readonly identity: string;
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
