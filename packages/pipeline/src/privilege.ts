import type { RunnerContext } from './compile-context.ts';
import type { StepConfig } from './config.ts';
import { isRestrictedPath } from './paths.ts';

/** Plugins that build images need it, and Drone gives it to them by name (pipeline.md 7.6). */
const PRIVILEGED_IMAGES = [
  'plugins/docker',
  'plugins/acr',
  'plugins/ecr',
  'plugins/gcr',
  'plugins/heroku',
  'plugins/gar',
];

/** With one of these a step could bend the plugin to its own purpose. */
const STEERING_VARIABLES = ['XDG_RUNTIME_DIR', 'DOCKER_OPTS', 'DOCKER_HOST', 'PATH', 'HOME'];

/** True when the step runs privileged although it did not ask: a known plugin, with nothing but settings. */
export function isAutoPrivileged(
  step: StepConfig,
  runner: Pick<RunnerContext, 'privilegedImages' | 'allowPluginVolumes'> & { readonly type: string },
): boolean {
  if (step.commands.length > 0 || step.command.length > 0 || step.entrypoint.length > 0) return false;
  if (step.mounts.length > 0 && runner.allowPluginVolumes !== true) return false;
  if (step.mounts.some(({ target }) => isRestrictedPath(target))) return false;
  if (STEERING_VARIABLES.some((name) => step.environment.has(name))) return false;
  const name = bareImage(step.image);
  // The runner of Kubernetes was never told of this one.
  const known = PRIVILEGED_IMAGES.filter((image) => runner.type !== 'kubernetes' || image !== 'plugins/gar');
  return [...known, ...(runner.privilegedImages ?? [])].some((image) => bareImage(image) === name);
}

/** `docker.io/plugins/docker:20` → `plugins/docker`: without tag, digest and the default registry. */
export function bareImage(image: string): string {
  const [withoutDigest = ''] = image.split('@');
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  const name = colon < 0 ? withoutDigest : withoutDigest.slice(0, colon);
  return name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
}
