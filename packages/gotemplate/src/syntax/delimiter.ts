/** White space that a trim marker removes. */
export const SPACES = ' \t\r\n';

/** The closing braces at `at`, and where the text goes on after them (after trimmed space). */
export function closingAt(source: string, at: number): { readonly next: number } | undefined {
  if (source.startsWith('}}', at)) return { next: at + 2 };
  const trims = SPACES.includes(source.charAt(at) || 'x') && source.startsWith('-}}', at + 1);
  return trims ? { next: skipSpaces(source, at + 4) } : undefined;
}

function skipSpaces(source: string, start: number): number {
  let at = start;
  while (at < source.length && SPACES.includes(source.charAt(at))) at += 1;
  return at;
}
