import { ScmError } from './errors.ts';

/** Path segments, each percent-encoded. Refuses empty and dot segments, which would change the address. */
export function joinPath(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => encodeSegment(String(segment))).join('/');
}

/** A path of several segments, or a name with slashes, encoded segment by segment. */
export function encodePath(path: string): string {
  return joinPath(...path.split('/'));
}

function encodeSegment(segment: string): string {
  const isUnusable = segment === '' || segment === '.' || segment === '..' || !segment.isWellFormed();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come in
  if (isUnusable || /[\u0000-\u001f\u007f]/.test(segment))
    throw new ScmError('validation', 'The path has a segment that cannot be used.', {
      hint: 'Use a relative path without `.`, `..`, empty segments and control characters.',
    });
  return encodeURIComponent(segment);
}

/** A slug as two or more encoded segments. Throws `validation` for anything else. */
export function encodeSlug(slug: string): string {
  if (!slug.includes('/')) throw new ScmError('validation', 'A repository is named `namespace/name`.');
  return encodePath(slug);
}
