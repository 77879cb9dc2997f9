import { readFileSync } from 'node:fs';
import { AppError } from '@sortie/core/errors';
import { StepSlots } from '@sortie/engine/step-slots';
import type { StageRunDeps } from '@sortie/runner/stage-run';
import { parseEnvFile } from '@sortie/server/config-env-file';
import type { RunnerConfig } from '@sortie/server/config-runner';

/** The part of a runner that its settings decide alone. `env` is the environment of the process. */
export function runnerRules(
  { environ, envFile, cloneImage, maxProcs, ...config }: RunnerConfig,
  env: Readonly<Record<string, string | undefined>>,
): Pick<StageRunDeps, 'environ' | 'cloneImage' | 'rules' | 'slots' | 'limits' | 'secretStores'> {
  return {
    environ: { ...environ, ...(envFile === '' ? {} : parseEnvFile(readText(envFile))) },
    cloneImage: cloneImage === '' ? undefined : cloneImage,
    limits: config.limits,
    secretStores: () => ({ runner: config.secrets }),
    ...(maxProcs > 0 ? { slots: new StepSlots(maxProcs) } : {}),
    rules: {
      privilegedImages: config.privilegedImages,
      allowPluginVolumes: config.allowsPluginVolumes,
      isNetrcForClone: config.keepsNetrcToClone,
      proxies: {
        no: either(env, 'no_proxy'),
        http: either(env, 'http_proxy'),
        https: either(env, 'https_proxy'),
        all: either(env, 'all_proxy'),
      },
      hostEnvironment: definedOnly(env),
    },
  };
}

/** The upper-case name counts first, as in Drone. */
function either(env: Readonly<Record<string, string | undefined>>, name: string): string {
  return env[name.toUpperCase()] || env[name] || '';
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('config-value', `DRONE_RUNNER_ENV_FILE names ${path}, which cannot be read.`, {
      hint: 'Name a file that the user of the runner may read.',
      cause,
    });
  }
}
