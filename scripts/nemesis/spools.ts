import { readdir } from 'node:fs/promises';
import { awaitNothing } from './leftovers.ts';
import type { Member } from './member.ts';
import { runnerFolders } from './processes.ts';

/**
 * What a runner has kept about a stage goes when the server has the end of it. Only a process that could not write that
 * end down, on a full disk, leaves it to the next one, which is started here.
 */
export async function emptySpools(
  folder: string,
  members: readonly Member[],
  print: (line: string) => void,
): Promise<readonly string[]> {
  const runners = members.filter(({ name }) => name !== 'server');
  const left = await Promise.all(
    runners.map(async (runner) => {
      const find = () => readdir(runnerFolders(folder, runner.name).spool);
      const kept = await awaitNothing(`report of ${runner.name}`, find);
      if (kept.length === 0) return [];
      print(`${runner.name} keeps ${kept.length} reports for its next process`);
      await runner.end();
      await runner.start();
      return awaitNothing(`report of ${runner.name}`, find);
    }),
  );
  return left.flat();
}
