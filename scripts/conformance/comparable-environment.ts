import type { CompileContext } from '@sortie/pipeline/compile-context';
import type { Environment } from './golden.ts';

/** Variables that a real build fills and the corpus does not, or that the engine adds when the step starts. */
const LEFT_OUT = new Set([
  'CI_BUILD_STATUS',
  'DRONE_BUILD_TRIGGER',
  'DRONE_DOCKER_NETWORK_ID',
  'DRONE_DOCKER_VOLUME_ID',
  'DRONE_REPO_SCM',
  'DRONE_SCRIPT',
  'DRONE_STEP_NAME',
  'DRONE_STEP_NUMBER',
]);

/** The same for steps that run on the machine itself: its own variables and directories. */
const LEFT_OUT_ON_HOST = new Set([
  'DRONE_HOME',
  'DRONE_WORKSPACE',
  'HOME',
  'HOMEPATH',
  'USER',
  'USERPROFILE',
]);

/** The PATH of a machine, as the corpus has it; one that a file sets is compared. */
const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Variables by name with the placeholders filled in, without empty ones in containers, which never see them. */
export function comparableEnvironment(
  variables: Environment,
  { stage, now }: CompileContext,
): Readonly<Record<string, string>> {
  const isHost = stage.type === 'exec';
  const fill = (value: string) =>
    value
      .replaceAll('{{now}}', String(now))
      .replaceAll('{{stage.name}}', stage.name)
      .replaceAll('{{stage.number}}', String(stage.number))
      .replaceAll('{{stage.type}}', stage.type)
      .replaceAll('{{stage.os}}', stage.platform.os)
      .replaceAll('{{stage.arch}}', stage.platform.arch)
      .replaceAll('{{stage.variant}}', stage.platform.variant);
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(variables)) {
    const isLeftOut = LEFT_OUT.has(name) || (isHost && LEFT_OUT_ON_HOST.has(name));
    if (isLeftOut || value === null || (fill(value) === '' && !isHost)) continue;
    if (isHost && name === 'PATH' && value === HOST_PATH) continue;
    pairs.push([name, fill(value)]);
  }
  return Object.fromEntries(pairs);
}
