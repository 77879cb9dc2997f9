import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type OutputAsset, type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { serverEntry } from '../run/freshness.mjs';

/** A server that started before this build may still load its own chunks; older ones nobody needs any more. */
const KEEP_OLD_CHUNKS_MS = 24 * 60 * 60 * 1000;

/**
 * Bundles `packages/sortie/src/main.ts` into `dist/sortie.mjs` and chunks beside it. What the sources import
 * dynamically stays a chunk of its own, so a server without PostgreSQL or Docker never reads those clients. All
 * files lie in one folder: `import.meta.dirname` is the same wherever a piece of code ends up.
 *
 * Chunks carry the hash of their content in their name and the entry is renamed into place last: two builds at
 * once write the same files, and a server that starts meanwhile sees the old entry or the new one, both whole.
 */
export async function buildServer(root: string): Promise<string> {
  const bundle = await rolldown({
    input: { sortie: join(root, 'packages', 'sortie', 'src', 'main.ts') },
    cwd: root,
    platform: 'node',
    plugins: [withoutBuildkit()],
    // Optional parts of dependencies that are not installed fail when they are asked for, as they do unbundled.
    external: ['pg-native', 'pino-pretty', 'cpu-features'],
    onLog: (level, log, report) => {
      if (log.code !== 'UNRESOLVED_IMPORT' && log.code !== 'EVAL') report(level, log);
    },
  });
  try {
    const { output } = await bundle.generate({
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    });
    const folder = dirname(serverEntry(root));
    await writeAll(folder, output);
    await removeOldChunks(folder, new Set(output.map((file) => file.fileName)));
    return `dist/sortie.mjs, ${output.length} files, ${Math.round(sizeOf(output) / 1024)} KiB`;
  } finally {
    await bundle.close();
  }
}

type OutputFile = OutputAsset | OutputChunk;

/** Leaves out the builder client of dockerode and with it gRPC; see docs/decisions/002-bundle-without-grpc.md. */
function withoutBuildkit(): Plugin {
  const refusal =
    'module.exports = () => { throw new Error("This build of Sortie holds no BuildKit client."); };';
  return {
    name: 'without-buildkit',
    load: {
      filter: { id: /[\\/]dockerode[\\/]lib[\\/](session|buildkit)\.js$/ },
      handler: () => ({ code: refusal, moduleType: 'js' }),
    },
  };
}

async function writeAll(folder: string, output: readonly OutputFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const isEntry = (file: OutputFile) => file.type === 'chunk' && file.isEntry;
  await Promise.all(output.filter((file) => !isEntry(file)).map((file) => writeWhole(folder, file)));
  for (const file of output.filter(isEntry)) await writeWhole(folder, file);
}

async function writeWhole(folder: string, file: OutputFile): Promise<void> {
  const target = join(folder, file.fileName);
  const draft = `${target}.${process.pid}.draft`;
  await writeFile(draft, file.type === 'chunk' ? file.code : file.source);
  await rename(draft, target);
}

async function removeOldChunks(folder: string, current: ReadonlySet<string>): Promise<void> {
  const oldest = Date.now() - KEEP_OLD_CHUNKS_MS;
  for (const name of await readdir(folder)) {
    if (current.has(name)) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(goneMeanwhile);
    if (mtimeMs < oldest) await rm(file, { force: true });
  }
}

/** Another build has removed the file between listing and looking: nothing is left to do for it. */
function goneMeanwhile(error: NodeJS.ErrnoException): { readonly mtimeMs: number } {
  if (error.code !== 'ENOENT') throw error;
  return { mtimeMs: Number.POSITIVE_INFINITY };
}

function sizeOf(output: readonly OutputFile[]): number {
  return output.reduce(
    (sum, file) => sum + (file.type === 'chunk' ? file.code.length : file.source.length),
    0,
  );
}
