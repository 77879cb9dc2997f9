import { readFileSync } from 'node:fs';
import { AppError } from '@sortie/core/errors';
import { openDocker } from '@sortie/engine/docker/client';
import { toDockerError } from '@sortie/engine/docker/docker-error';
import { orAborted } from '@sortie/engine/failure';
import type { Config } from '@sortie/server/config-build';
import { type Diagnosis, failed, ok } from '@sortie/server/doctor/diagnosis';
import { diagnose } from '@sortie/server/doctor/doctor';
import { dockerAddress } from './engines.ts';
import { readEnvironment } from './settings.ts';

export interface DoctorCommandOptions {
  readonly json?: boolean;
}

const SIGNS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
const DOCKER_TIMEOUT_MS = 5_000;

/** `sortie doctor`: prints one line for each thing that was looked at. Returns the exit code: 1 when one has failed. */
export async function runDoctor({ json = false }: DoctorCommandOptions): Promise<number> {
  const diagnoses = await diagnose({
    env: readEnvironment(process.env),
    readFile: (path) => readFileSync(path, 'utf8'),
    searchPath: process.env.PATH ?? '',
    nowMs: () => Date.now(),
    checkEngines,
  });
  process.stdout.write(json ? `${JSON.stringify(diagnoses, null, 2)}\n` : toText(diagnoses));
  return diagnoses.some(({ state }) => state === 'fail') ? 1 : 0;
}

/** One line each, with the remedy below. */
export function toText(diagnoses: readonly Diagnosis[]): string {
  const lines = diagnoses.flatMap(({ state, check, message, hint }) => [
    `${SIGNS[state]}  ${check.padEnd(9)} ${indented(message)}`,
    ...(hint === undefined ? [] : [`${' '.repeat(16)}→ ${indented(hint)}`]),
  ]);
  const count = (wanted: Diagnosis['state']) => diagnoses.filter(({ state }) => state === wanted).length;
  const sum = `${count('ok')} fine, ${count('warn')} to look at, ${count('fail')} failed.`;
  return `${[...lines, '', sum].join('\n')}\n`;
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${' '.repeat(16)}`);
}

/** Whether the engines of the runner in this server can be used. Nothing is made or removed. */
export async function checkEngines(config: Config): Promise<readonly Diagnosis[]> {
  if (!config.runner.engines.includes('docker')) {
    return [
      ok(
        'docker',
        `The runner here runs ${config.runner.engines.join(', ') || 'nothing'}; it needs no Docker.`,
      ),
    ];
  }
  try {
    const docker = await openDocker(dockerAddress(config));
    const signal = AbortSignal.timeout(DOCKER_TIMEOUT_MS);
    const { Version, ApiVersion } = await orAborted(docker.version(), signal);
    return [ok('docker', `Docker ${Version} answers (API ${ApiVersion}).`)];
  } catch (error) {
    const known = error instanceof AppError ? error : toDockerError(error, 'Docker cannot be used');
    return [failed('docker', known)];
  }
}
