import { AppError } from '@sortie/core/errors';
import { buildConfig, type Config } from './config-build.ts';
import { nearestName } from './config-names.ts';
import type { FoundSetting, Setting, SettingType, SettingValues } from './config-setting.ts';
import { FOREIGN_NAMES, SETTINGS, type SettingsValues } from './config-table.ts';
import { parseValue, ValueProblem } from './config-values.ts';

/** Names that are there for this server; others, such as TZ, are set for every program. */
const OUR_NAMES = /^(DRONE|SORTIE)_/;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads all settings from the environment. Pure but for `readFile`, which is called for `<NAME>_FILE` variables
 * and throws when it cannot read. Throws one `config-value` that lists every problem; what is merely odd comes
 * back in `warnings`.
 */
export function parseConfig(env: Environment, readFile: (path: string) => string): Config {
  const problems: Problem[] = [];
  const warnings = unknownNames(env);
  const found: FoundSetting[] = [];
  const values: Record<string, SettingValues[SettingType]> = {};
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const source = attempt(problems, name, () => findText(env, readFile, name, setting, warnings));
    const value = attempt(problems, source?.from ?? name, () => parseValue(setting, source?.text));
    if (value !== undefined) values[name] = value;
    found.push({ name, from: source?.from, text: source?.text ?? setting.default ?? '' });
    if (source !== undefined && setting.state !== undefined && OUR_NAMES.test(name))
      warnings.push(noEffect(source.from, setting));
  }
  if (problems.length > 0) throw listProblems(problems);
  // Every name of the table has been parsed without a problem, so the record is complete.
  const config = attempt(problems, 'DRONE_DATABASE_DRIVER', () =>
    buildConfig(values as unknown as SettingsValues, { found, warnings }),
  );
  if (config === undefined) throw listProblems(problems);
  return deepFreeze(config);
}

interface Problem {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

function attempt<T>(problems: Problem[], name: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ValueProblem)) throw error;
    problems.push({ name: error.setting ?? name, message: error.message, hint: error.hint });
    return undefined;
  }
}

function listProblems(problems: readonly Problem[]): AppError {
  const sentences = problems.map((problem) => `${problem.name} ${problem.message}. ${problem.hint}`);
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) {
    return new AppError('config-value', `${first.name} ${first.message}.`, { hint: first.hint });
  }
  return new AppError(
    'config-value',
    `${problems.length} settings cannot be used:\n- ${sentences.join('\n- ')}`,
  );
}

/** The plain variable wins over its `_FILE` form, and the setting's own name over older ones. */
function findText(
  env: Environment,
  readFile: (path: string) => string,
  name: string,
  setting: Setting,
  warnings: string[],
): { readonly from: string; readonly text: string } | undefined {
  for (const candidate of [name, ...(setting.aliases ?? [])]) {
    const text = env[candidate];
    if (text !== undefined) {
      warnShadowed(env, setting, candidate, warnings);
      return { from: candidate, text };
    }
    const path = setting.isSecret === true ? env[`${candidate}_FILE`] : undefined;
    if (path !== undefined) return { from: `${candidate}_FILE`, text: readSecret(readFile, path) };
  }
  return undefined;
}

function warnShadowed(env: Environment, setting: Setting, winner: string, warnings: string[]): void {
  for (const alias of setting.aliases ?? []) {
    if (alias === winner || env[alias] === undefined || env[alias] === env[winner]) continue;
    warnings.push(`${alias} is an older name of ${winner}, which is set too and wins.`);
  }
}

function readSecret(readFile: (path: string) => string, path: string): string {
  try {
    return readFile(path).replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ValueProblem(
      `cannot be read from ${JSON.stringify(path)} (${reason})`,
      'Check that the _FILE variable names a file that the server may read.',
    );
  }
}

function noEffect(name: string, setting: Setting): string {
  return setting.state === 'later'
    ? `${name} is understood, but has no effect in this version.`
    : `${name} is ignored: ${setting.sentence}`;
}

function unknownNames(env: Environment): string[] {
  const known = new Set<string>();
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    for (const candidate of [name, ...(setting.aliases ?? [])]) {
      known.add(candidate);
      if (setting.isSecret === true) known.add(`${candidate}_FILE`);
    }
  }
  const warnings: string[] = [];
  for (const name of Object.keys(env).sort()) {
    if (!OUR_NAMES.test(name) || known.has(name) || FOREIGN_NAMES.test(name)) continue;
    const near = nearestName(name, known);
    warnings.push(
      near === undefined
        ? `${name} is not a setting that Sortie knows.`
        : `${name} is not a setting that Sortie knows; did you mean ${near}?`,
    );
  }
  return warnings;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
