import { readFileSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { AppError } from '@sortie/core/errors';
import { evaluateJsonnetFile, type JsonnetFileOptions } from '@sortie/pipeline/convert/script-file';
import { readSource } from './read-source.ts';
import { putScript, type ScriptOutputOptions } from './script-output.ts';
import type { Terminal } from './terminal.ts';

type Importer = NonNullable<JsonnetFileOptions['importer']>;

export interface JsonnetOptions extends ScriptOutputOptions {
  readonly source: string;
  /** YAML instead of JSON. */
  readonly format: boolean;
  readonly stream: boolean;
  readonly string: boolean;
  /** Each `name=value`, or `name` for a variable of the environment. */
  readonly extVar: readonly string[];
  readonly extCode: readonly string[];
  readonly tlaStr: readonly string[];
  readonly tlaCode: readonly string[];
  /** Folders of libraries; the last one wins. */
  readonly jpath: readonly string[];
}

/** `sortie jsonnet`: evaluates a file of one's own machine. Returns the exit code. */
export async function jsonnet(terminal: Terminal, options: JsonnetOptions): Promise<number> {
  const source = await readSource(terminal, options.source);
  const pairs = (texts: readonly string[]) => Object.fromEntries(texts.map((text) => toPair(text, terminal)));
  const result = evaluateJsonnetFile({
    file: source.path,
    text: source.text,
    format: options.format ? 'yaml' : 'json',
    isStream: options.stream,
    isString: options.string,
    extVars: pairs(options.extVar),
    extCode: pairs(options.extCode),
    tlaVars: pairs(options.tlaStr),
    tlaCode: pairs(options.tlaCode),
    importer: createImporter(terminal, options.jpath),
  });
  return putScript(terminal, result, options);
}

function toPair(text: string, { env }: Terminal): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  const value = env[text];
  if (value !== undefined) return [text, value];
  const hint = `Write ${text}=VALUE, or set the variable.`;
  throw new AppError('invalid-request', `The variable ${text} is not set in the environment.`, { hint });
}

/** Files beside the importing one first, then in the library folders, the last named one first. */
function createImporter({ cwd, env }: Terminal, jpath: readonly string[]): Importer {
  const fromEnvironment = (env.JSONNET_PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const libraries = [...jpath.toReversed(), ...fromEnvironment].map((folder) => resolve(cwd, folder));
  return (path, from) => {
    for (const folder of [dirname(resolve(cwd, from)), ...libraries]) {
      const candidate = resolve(folder, path);
      const text = readIfThere(candidate);
      if (text !== undefined) return { path: candidate, text };
    }
    return undefined;
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
