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

/** With one of these a pipeline could bend the plugin to its own purpose: they choose what programs load and run. */
const STEERING_VARIABLE = new RegExp(
  `^(?:${[
    'XDG_\\w+',
    'DOCKER_(?!USERNAME$|PASSWORD$|REGISTRY$|BUILDKIT$|CLI_EXPERIMENTAL$)\\w+',
    'DOCKERD_\\w+',
    'CONTAINERD_\\w+',
    'BUILDKIT(?!_PROGRESS$)\\w*',
    'PATH',
    'HOME',
    'SHELL',
    'SHELLOPTS',
    'BASHOPTS',
    'BASH_ENV',
    'BASH_FUNC_.*',
    'ENV',
    'IFS',
    'PS4',
    'PROMPT_COMMAND',
    'LD_\\w+',
    'DYLD_\\w+',
    'GLIBC_\\w+',
    'MALLOC_\\w+',
    'GCONV_PATH',
    'LOCPATH',
    'NLSPATH',
    'HOSTALIASES',
    'RES_OPTIONS',
    'TMPDIR',
    'TMP',
    'TEMP',
    'PYTHON\\w+',
    'PERL\\w+',
    'RUBY\\w+',
    'NODE_\\w+',
    'JAVA_\\w+',
    'GO(?:DEBUG|TRACEBACK|GC|MAXPROCS)',
    'GIT_(?:SSH|SSH_COMMAND|EXEC_PATH|CONFIG.*|ASKPASS|EDITOR|PAGER|TEMPLATE_DIR|PROXY_COMMAND)',
    'SSH_\\w+',
    'EDITOR',
    'PAGER',
  ].join('|')})$`,
  'i',
);

/**
 * True when the step runs privileged although it did not ask: a known plugin, with nothing but settings. `shared`
 * are the names of the variables that the pipeline and the build give to all steps.
 */
export function isAutoPrivileged(
  step: StepConfig,
  runner: Pick<RunnerContext, 'privilegedImages' | 'allowPluginVolumes'> & { readonly type: string },
  shared: Iterable<string> = [],
): boolean {
  if (step.commands.length > 0 || step.command.length > 0 || step.entrypoint.length > 0) return false;
  if (step.mounts.length > 0 && runner.allowPluginVolumes !== true) return false;
  if (step.mounts.some(({ target }) => isRestrictedPath(target))) return false;
  if ([...step.environment.keys(), ...shared].some((name) => STEERING_VARIABLE.test(name))) return false;
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
  const path = name.replace(/^(?:index\.)?docker\.io\//, '');
  // `library/plugins/docker` is an image of its own.
  return path.replace(/^library\/(?=[^/]*$)/, '');
}
