import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@sortie/core/errors';
import type { ConfigSource } from '@sortie/pipeline/convert/conversion';
import type { Terminal } from './terminal.ts';

/** What stands for standard input on the command line. */
export const STANDARD_INPUT = '-';

/** Files that a folder is searched for: the usual names of pipeline files and whatever else is YAML beside them. */
const IN_FOLDER = /\.(?:ya?ml|jsonnet|star|starlark)$/;

/** The file with that name, relative to the folder of the terminal; `-` is standard input. */
export async function readSource(terminal: Terminal, path: string): Promise<ConfigSource> {
  if (path === STANDARD_INPUT) return { path: '<stdin>', text: await terminal.readInput() };
  return { path, text: await readText(resolve(terminal.cwd, path), path) };
}

/** The files that a name means: itself, or what a folder holds directly, in the order of their names. */
export async function listSources(terminal: Terminal, path: string): Promise<readonly string[]> {
  if (path === STANDARD_INPUT) return [path];
  const info = await stat(resolve(terminal.cwd, path)).catch((error: unknown) => explain(error, path));
  if (!info.isDirectory()) return [path];
  const names = await readdir(resolve(terminal.cwd, path));
  const files = names.filter((name) => IN_FOLDER.test(name)).toSorted();
  if (files.length > 0) return files.map((name) => join(path, name));
  const hint = 'Name a file, or a folder that holds .drone.yml or other pipeline files.';
  throw new AppError('config-missing', `The folder ${path} holds no pipeline file.`, { hint });
}

async function readText(absolute: string, path: string): Promise<string> {
  return readFile(absolute, 'utf8').catch((error: unknown) => explain(error, path));
}

function explain(error: unknown, path: string): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const options = {
    hint: 'Check the name, or run the command in the folder of the repository.',
    cause: error,
  };
  if (code === 'ENOENT') throw new AppError('config-missing', `There is no file ${path}.`, options);
  if (code === 'EISDIR') throw new AppError('config-missing', `${path} is a folder, not a file.`, options);
  if (code === 'EACCES') throw new AppError('config-missing', `The file ${path} cannot be read.`, options);
  throw error;
}
