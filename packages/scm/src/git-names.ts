const SHA1 = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Whether the text is a whole commit id in lower case, SHA-1 or SHA-256. */
export function isSha(value: string): boolean {
  return SHA1.test(value) || SHA256.test(value);
}

/** The id that Git uses for "nothing": zeros only. */
export function isZeroSha(value: string): boolean {
  return /^0+$/.test(value) && isSha(value);
}

/** The rules of `git check-ref-format` for one full or short name, and no leading dash. */
export function isRefName(name: string): boolean {
  if (name === '' || name.length > 1024 || name === '@' || name.startsWith('-') || name.endsWith('.'))
    return false;
  if (!name.isWellFormed() || /^refs\/(heads|tags)\/-/.test(name)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Git forbids them
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** The part of a full ref after this prefix when both are usable names, else undefined. */
export function shortRef(ref: string, prefix: 'refs/heads/' | 'refs/tags/'): string | undefined {
  return ref.startsWith(prefix) && isRefName(ref) ? ref.slice(prefix.length) : undefined;
}
