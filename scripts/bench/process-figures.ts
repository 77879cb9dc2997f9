import { readFile } from 'node:fs/promises';

/** What a process uses, as `/proc` shows it. Linux only. */
export interface ProcessFigures {
  /** Resident memory that is its own or shared, in bytes. */
  readonly rssBytes: number;
  /** The most that `rssBytes` has ever been. */
  readonly peakRssBytes: number;
  /** User and system time since its start, in milliseconds. */
  readonly cpuMs: number;
  readonly threads: number;
}

/** `USER_HZ` of every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Reads the figures of a running process. Throws `ENOENT` when there is none with that id. */
export async function readProcessFigures(pid: number): Promise<ProcessFigures> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  return {
    rssBytes: kibibytes(status, 'VmRSS') * 1024,
    peakRssBytes: kibibytes(status, 'VmHWM') * 1024,
    cpuMs: cpuTicks(stat) * (1000 / TICKS_PER_SECOND),
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}

/** The use of a process while `work` runs: how much processor time it took and the memory after it. */
export async function figuresDuring(
  pid: number,
  work: () => Promise<void>,
): Promise<{ readonly cpuMs: number; readonly rssBytes: number; readonly peakRssBytes: number }> {
  const before = await readProcessFigures(pid);
  await work();
  const after = await readProcessFigures(pid);
  return { cpuMs: after.cpuMs - before.cpuMs, rssBytes: after.rssBytes, peakRssBytes: after.peakRssBytes };
}

function kibibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

/** Fields 14 and 15; counted after the name of the program, which may hold spaces and brackets. */
function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
