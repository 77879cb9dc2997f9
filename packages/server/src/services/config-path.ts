import { AppError } from '@sortie/core/errors';
import { DEFAULT_CONFIG_PATH } from './enable-repo.ts';

const MAX_BYTES = 255;

/**
 * The path of a pipeline file below the root of a repository (scm.md X22): relative, at most 255 bytes, without empty,
 * `.` and `..` segments, backslashes and control characters. An empty text is the usual path. Throws
 * `invalid-request`.
 */
export function parseConfigPath(text: string): string {
  if (text === '') return DEFAULT_CONFIG_PATH;
  const problem = problemOf(text);
  if (problem === undefined) return text;
  throw new AppError('invalid-request', `The config_path ${JSON.stringify(text.slice(0, 80))} ${problem}.`, {
    hint: 'Write a path below the root of the repository, such as .drone.yml or ci/build.jsonnet.',
  });
}

function problemOf(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  if (/[\p{Cc}\\]/u.test(text) || !text.isWellFormed()) return 'has characters that no path may have';
  if (text.startsWith('/')) return 'begins with a slash';
  const isOdd = text.split('/').some((segment) => segment === '' || segment === '.' || segment === '..');
  return isOdd ? 'has a segment that is empty, "." or ".."' : undefined;
}
