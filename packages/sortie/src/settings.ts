import { readFileSync } from 'node:fs';
import { parseConfig } from '@sortie/server/config';
import type { Config } from '@sortie/server/config-build';
import { describeConfig } from '@sortie/server/config-describe';
import { parseEnvFile } from '@sortie/server/config-env-file';

/**
 * The settings of this process: its environment, and below it a file `.env` in the working folder. Throws
 * `config-value`.
 */
export function readSettings(
  env: NodeJS.ProcessEnv,
  overrides: Readonly<Record<string, string>> = {},
): Config {
  const read = (path: string): string => readFileSync(path, 'utf8');
  return parseConfig({ ...readEnvironment(env), ...overrides }, read);
}

/** The environment, and below it the file `.env` of the working folder. */
export function readEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  return { ...parseEnvFile(readOptional('.env') ?? ''), ...env };
}

/** `sortie config`. */
export function printConfig(): void {
  process.stdout.write(`${describeConfig(readSettings(process.env))}\n`);
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
