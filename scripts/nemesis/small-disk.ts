import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder that is a disk of its own, so small that it can be filled. */
export interface SmallDisk {
  readonly path: string;
  /** True when there is a file that somebody has begun to write. */
  isWritten(): Promise<boolean>;
  /** Takes all the room that there is at the moment. */
  fill(): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  /** Unmounts it; its content is gone. */
  remove(): Promise<void>;
}

const SIZE = '4m';
/** The smallest amount of room that such a disk gives away. */
const BLOCK = Buffer.alloc(4096);
const BALLAST = 'ballast';
/** A spool with some output of its first step. */
const BEGUN_BYTES = 2500;

/** Makes the folder, and mounts a file system in memory there. Throws when this is not permitted. */
export async function mountSmallDisk(path: string): Promise<SmallDisk> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', path]);
  const ballast = join(path, BALLAST);
  return {
    path,
    async isWritten() {
      const names = (await readdir(path)).filter((name) => name !== BALLAST);
      const found = await Promise.allSettled(names.map((name) => stat(join(path, name))));
      return found.some((file) => file.status === 'fulfilled' && file.value.size >= BEGUN_BYTES);
    },
    async fill() {
      const file = await open(ballast, 'a');
      try {
        for (;;) await file.write(BLOCK);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    // A process may be about to end and still have a file open.
    remove: async () => void (await run('umount', ['--lazy', path])),
  };
}

/** False where only an administrator may mount something. */
export async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-nemesis-mount-'));
  const [result] = await Promise.allSettled([mountSmallDisk(folder).then((disk) => disk.remove())]);
  await rmdir(folder);
  return result.status === 'fulfilled';
}
