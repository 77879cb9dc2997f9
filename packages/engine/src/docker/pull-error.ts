import { AppError } from '@sortie/core/errors';
import { daemonMessage } from './docker-error.ts';

interface PullProblem {
  readonly pattern: RegExp;
  readonly hint: string;
  readonly isMissing?: boolean;
  /** The registry gave no answer, so what is here may stand in for what is there. */
  readonly isDown?: boolean;
}

/** What registries and daemons say, in the order in which it is looked for. */
const PROBLEMS: readonly PullProblem[] = [
  {
    pattern: /toomanyrequests|too many requests|rate limit/i,
    hint: 'The registry limits pulls; log in to it with image_pull_secrets or use a mirror.',
    isDown: true,
  },
  {
    pattern: /server gave HTTP response to HTTPS client/i,
    hint: 'The registry has no TLS; give it some, or name it among the insecure registries of Docker or Podman.',
  },
  {
    pattern: /no space left on device/i,
    hint: 'The disk of the Docker machine is full; free some with docker system prune.',
  },
  {
    pattern: /unauthorized|denied|authentication required|no basic auth credentials|forbidden/i,
    hint: 'Check the name of the image, and give credentials for its registry in image_pull_secrets.',
  },
  {
    pattern: /manifest unknown|not found|no such image|name unknown|does not exist/i,
    hint: 'Check the name and the tag of the image.',
    isMissing: true,
  },
  {
    pattern: /no matching manifest|does not match the (?:specified|detected) platform/i,
    hint: 'The image does not exist for the platform of this runner; set platform or use another image.',
    isMissing: true,
  },
  {
    pattern: /invalid reference format|invalid repository name/i,
    hint: 'Image names are lower-case: registry/path:tag.',
    isMissing: true,
  },
  {
    pattern:
      /timeout|timed out|deadline exceeded|connection refused|connection reset|no such host|lookup |server misbehaving|unreachable|no route to host|EOF|tls|x509|certificate|status(?: code)?:? 5\d\d|unavailable|bad gateway|dial tcp/i,
    hint: 'Check its name and tag, and that the registry can be reached with the given credentials.',
    isDown: true,
  },
];

const USUAL: PullProblem = {
  pattern: /^/,
  hint: 'Check its name and tag, and that the registry can be reached with the given credentials.',
};

/** What the daemon said about a pull, as an error that names the remedy. */
export function pullError(reference: string, cause: unknown): AppError {
  const said = daemonMessage(cause);
  const { hint, isMissing } = problemOf(said);
  const code = isMissing === true ? 'image-not-found' : 'image-pull-failed';
  return new AppError(code, `The image ${reference} cannot be pulled: ${said}`, { hint, cause });
}

/** True when a pull failed because nobody answered, not because somebody refused. */
export function isRegistryDown(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'image-pull-failed') return false;
  return problemOf(daemonMessage(error.cause)).isDown === true;
}

export function neverPulled(image: string): AppError {
  return new AppError(
    'image-not-found',
    `The image ${image} is not on this machine and must not be pulled.`,
    { hint: 'Change the pull policy of the step, or bring the image to the machine of the runner.' },
  );
}

function problemOf(said: string): PullProblem {
  return PROBLEMS.find(({ pattern }) => pattern.test(said)) ?? USUAL;
}
