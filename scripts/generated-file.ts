import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface GeneratedFile {
  /** Where the file is, from the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The script that makes it, for the message. */
  readonly script: string;
}

/**
 * Writes a generated file, or with `--check` in `args` only compares it. Returns the exit code: 1 with a sentence
 * on standard error when the file in the repository is not what it should be.
 */
export async function generate(file: GeneratedFile, args: readonly string[]): Promise<number> {
  const root = new URL('../', import.meta.url);
  const url = new URL(file.path, root);
  const current = await readFile(url, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (current === file.text) return 0;
  if (args.includes('--check')) {
    process.stderr.write(
      `${file.path} is not up to date: run "node scripts/run.mjs --source ${file.script}".\n`,
    );
    return 1;
  }
  await writeFile(url, file.text);
  process.stdout.write(`wrote ${relative(process.cwd(), fileURLToPath(url))}\n`);
  return 0;
}
