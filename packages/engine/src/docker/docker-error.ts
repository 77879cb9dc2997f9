import { AppError } from '@sortie/core/errors';

const UNREACHABLE: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** The HTTP status of an answer of the Docker daemon; `undefined` for errors without one. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What the daemon wrote, without the frame that the client library puts around it. */
export function daemonMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('json' in error && isMessage(error.json)) return error.json.message.trim();
  return error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

/** True when the daemon gave no answer at all. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'docker-unreachable';
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (error.cause !== undefined && error.name === 'AbortError') return isUnreachable(error.cause);
  return UNREACHABLE.has(code) || error.name === 'TimeoutError' || error.message === 'socket hang up';
}

export function unreachable(cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError('docker-unreachable', `The Docker daemon does not answer: ${why}.`, {
    hint: 'Start Docker, or correct DOCKER_HOST, and let the user of the runner use its socket.',
    cause,
  });
}

/** Turns what a call to the daemon threw into an `AppError`; `describe` names what was attempted. */
export function toDockerError(error: unknown, describe: string): AppError {
  if (error instanceof AppError) return error;
  // An aborted request carries the reason of the abort as its cause.
  if (error instanceof Error && error.cause instanceof AppError) return error.cause;
  if (isUnreachable(error)) return unreachable(error);
  const message = daemonMessage(error);
  if (/^client version \S+ is too (old|new)\b/.test(message)) return wrongVersion(message, error);
  return new AppError('engine-failed', `${describe}: ${message}`, { cause: error });
}

/** The daemon refuses every call, since the version is part of its path. */
function wrongVersion(message: string, cause: unknown): AppError {
  const text = `Docker does not speak the version that DOCKER_API_VERSION asks for: ${message}`;
  return new AppError('config-value', text, { hint: 'Correct DOCKER_API_VERSION, or leave it out.', cause });
}

function isMessage(value: unknown): value is { readonly message: string } {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
