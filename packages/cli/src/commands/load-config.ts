import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '@sortie/core/errors';
import type { ConfigSource, Conversion, FoundFile } from '@sortie/pipeline/convert/conversion';
import { convertConfig } from '@sortie/pipeline/convert/convert-config';
import type { LocalBuild } from './local-build.ts';
import type { Terminal } from './terminal.ts';

/** More rounds than files can wait for each other in a chain that somebody wrote. */
const MAX_ROUNDS = 1000;

/** What the server allows by default, and imports, which harm nobody on one's own machine. */
const RULES = {
  jsonnet: { isEnabled: true, importLimit: 1000 },
  starlark: { isEnabled: true, steps: 50_000, outputBytes: 1_000_000 },
};

/**
 * The pipeline text that the server would make of a file: Jsonnet, Starlark, templates and the format of Drone 0.8
 * are converted. Imports are looked up in the working folder, templates in `templateFolder`.
 */
export async function loadConfig(
  terminal: Terminal,
  source: ConfigSource,
  { local, templateFolder }: { readonly local: LocalBuild; readonly templateFolder?: string },
): Promise<Conversion> {
  const files = new Map<string, FoundFile>();
  const templates = new Map<string, string | undefined>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const conversion = convertConfig(source, {
      repo: local.repo,
      build: local.build,
      rules: RULES,
      files,
      templates,
      hashes: { md5: hashWith('md5'), sha1: hashWith('sha1'), sha256: hashWith('sha256') },
      now: terminal.now,
    });
    if (conversion.wanted === undefined) return conversion;
    for (const path of conversion.wanted.files) files.set(path, await findFile(terminal, path));
    for (const name of conversion.wanted.templates)
      templates.set(name, await findTemplate(terminal, name, templateFolder));
  }
  const hint = 'Look for an import that depends on its own result.';
  throw new AppError('config-invalid', `The imports of ${source.path} do not come to an end.`, { hint });
}

function hashWith(algorithm: string): (bytes: Uint8Array) => string {
  return (bytes) => createHash(algorithm).update(bytes).digest('hex');
}

async function findFile({ cwd }: Terminal, path: string): Promise<FoundFile> {
  const text = await readIfThere(resolve(cwd, path));
  return text === undefined ? { problem: `There is no file ${path} below ${basename(cwd)}.` } : { text };
}

async function findTemplate(
  { cwd }: Terminal,
  name: string,
  folder: string | undefined,
): Promise<string | undefined> {
  const hint = 'Download the template and name its folder with --templates.';
  if (folder === undefined)
    throw new AppError('config-invalid', `The file needs the template ${name} of the organisation.`, {
      hint,
    });
  const path = resolve(cwd, folder, name);
  if (dirname(path) === resolve(cwd, folder)) return readIfThere(path);
  throw new AppError('config-invalid', `${join(folder, name)} is not a file in the folder of templates.`, {
    hint,
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  });
}
