import { AppError } from '@sortie/core/errors';
import { exposedValues } from '@sortie/pipeline/convert/exposed-values';
import { runStarlarkFile } from '@sortie/pipeline/convert/script-file';
import { createLocalBuild, type LocalBuildOptions } from './local-build.ts';
import { readSource } from './read-source.ts';
import { putScript, type ScriptOutputOptions } from './script-output.ts';
import type { Terminal } from './terminal.ts';

export interface StarlarkOptions extends ScriptOutputOptions {
  readonly source: string;
  /** YAML instead of JSON. */
  readonly format: boolean;
  readonly steps: number;
  /** Fields of `ctx.build` that no server would fill from a local build. */
  readonly fields: Readonly<Record<string, string>>;
  readonly debug: boolean;
  /** Each `name=value`, for `ctx.input`. */
  readonly input: readonly string[];
  /** A JSON file for `ctx.input`. */
  readonly inputFile?: string;
  readonly build: LocalBuildOptions;
}

/** `sortie starlark`: runs `main` of a file of one's own machine. Returns the exit code. */
export async function starlark(terminal: Terminal, options: StarlarkOptions): Promise<number> {
  const source = await readSource(terminal, options.source);
  const local = createLocalBuild(options.build, Math.floor(terminal.now() / 1000));
  const values = exposedValues(local);
  const { params, cron } = local.build;
  const result = runStarlarkFile({
    file: source.path,
    text: source.text,
    format: options.format ? 'yaml' : 'json',
    ctx: {
      build: { ...values.build, ...options.fields, params, cron, debug: options.debug },
      repo: values.repo,
      input: { ...(await readInputFile(terminal, options.inputFile)), ...toInput(options.input) },
    },
    limits: { steps: options.steps },
  });
  return putScript(terminal, result, options);
}

function toInput(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
      const hint = 'Write --input NAME=VALUE.';
      throw new AppError('invalid-request', `The input ${JSON.stringify(text)} has no value.`, { hint });
    }),
  );
}

type JsonObject = Readonly<Record<string, never>>;

async function readInputFile(terminal: Terminal, path: string | undefined): Promise<JsonObject> {
  if (path === undefined) return {};
  const { text } = await readSource(terminal, path);
  const value = parseJson(text, path);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  const hint = 'Write {"name": value, …} into it.';
  throw new AppError('invalid-request', `The file ${path} is not a JSON object.`, { hint });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const hint = 'The input for a script is a JSON object.';
    throw new AppError('invalid-request', `The file ${path} is not JSON.`, { hint, cause });
  }
}
