import { AppError } from './errors.ts';
import { RESERVED_SEGMENTS } from './reserved.ts';

const GIT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/;

/**
 * The lower-cased name of a namespace or repository of the built-in Git host (scm.md 7.1): starts with a letter
 * or digit, at most 100 characters, does not end in `.git` or `.lock`. Throws `name-invalid`.
 */
export function parseGitName(kind: 'namespace' | 'repository', text: string): string {
  // Checked as it came: some letters outside ASCII become plain ones in lower case.
  const isPlain = GIT_NAME.test(text);
  const name = text.toLowerCase();
  const isReserved = kind === 'namespace' && RESERVED_SEGMENTS.has(name);
  if (isPlain && !/\.(git|lock)$/.test(name) && !name.includes('..') && !isReserved) return name;
  throw new AppError('name-invalid', `${JSON.stringify(text)} is not a usable ${kind} name.`, {
    hint: isReserved
      ? 'The server uses this word in its own addresses; take another one.'
      : 'Use letters, digits, ".", "_" and "-", start with a letter or digit, and do not end in .git or .lock.',
  });
}

/** True for a login as api-v1.md 2.1 describes it. */
export function isLogin(text: string): boolean {
  return LOGIN.test(text);
}

/**
 * In lower case, to compare names whose case does not count. Some letters outside ASCII become plain ones in lower case (the
 * Kelvin sign a `k`); they stay, or one name could be taken for another.
 */
export function lowerName(text: string): string {
  return text.replace(/[^\u212a]+/g, (part) => part.toLowerCase());
}
