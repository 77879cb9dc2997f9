import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { webFolder } from '../run/freshness.mjs';

const SWAP_ATTEMPTS = 5;

/**
 * Builds the web interface next to `packages/web/dist` and swaps the folders at the end, so that a build which
 * fails, or a second one at the same time, leaves a whole interface behind.
 */
export async function buildWeb(root: string): Promise<string> {
  const target = webFolder(root);
  // In the cache folder of the repository: the same file system, and nothing that git or the build would see.
  const draft = join(root, '.sortie-cache', `web-${process.pid}.draft`);
  try {
    await mkdir(draft, { recursive: true });
    await build({
      root: join(root, 'packages', 'web'),
      logLevel: 'warn',
      build: { outDir: draft, emptyOutDir: true },
    });
    await swap(draft, target, join(root, '.sortie-cache', `web-${process.pid}.retired`));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return 'packages/web/dist';
}

async function swap(draft: string, target: string, retired: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await rename(target, retired).catch(absent);
    try {
      await rename(draft, target);
      break;
    } catch (error) {
      // A second build has put its result there between the two renames; it is moved away like any other.
      if (attempt === SWAP_ATTEMPTS || !isOccupied(error)) throw error;
      await rm(retired, { recursive: true, force: true });
    }
  }
  await rm(retired, { recursive: true, force: true });
}

function absent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function isOccupied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}
