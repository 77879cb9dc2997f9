/**
 * The path-segment matcher of conditions (pipeline.md 3.3): `*` and `?` stay within one segment, `**` as a whole
 * segment crosses them and needs at least one segment when it comes last, braces work within one segment.
 * An invalid pattern matches nothing.
 */
export function matchGlob(pattern: string, value: string): boolean {
  const patterns = splitSegments(pattern);
  const compiled: (RegExp | typeof ANY)[] = [];
  for (const segment of patterns) {
    if (segment === '**') {
      compiled.push(ANY);
      continue;
    }
    const expression = compileSegment(segment);
    if (expression === undefined) return false;
    compiled.push(expression);
  }
  return matchSegments(compiled, trimTrailingEmpty(value.split('/')), 0, 0);
}

const ANY = Symbol('**');

function splitSegments(pattern: string): string[] {
  const segments: string[] = [];
  let current = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '\\' && at + 1 < pattern.length) {
      current += char + pattern.charAt(at + 1);
      at += 1;
    } else if (char === '/') {
      segments.push(current);
      current = '';
    } else {
      current += char;
    }
  }
  segments.push(current);
  return trimTrailingEmpty(segments);
}

/** A trailing slash has no meaning in patterns and values alike. */
function trimTrailingEmpty(segments: string[]): string[] {
  return segments.length > 1 && segments.at(-1) === '' ? segments.slice(0, -1) : segments;
}

function matchSegments(
  patterns: readonly (RegExp | typeof ANY)[],
  values: readonly string[],
  patternAt: number,
  valueAt: number,
): boolean {
  const pattern = patterns[patternAt];
  if (pattern === undefined) return valueAt === values.length;
  if (pattern === ANY) {
    if (patternAt === patterns.length - 1) return valueAt < values.length;
    for (let skip = valueAt; skip <= values.length; skip += 1) {
      if (matchSegments(patterns, values, patternAt + 1, skip)) return true;
    }
    return false;
  }
  const value = values[valueAt];
  return (
    value !== undefined && pattern.test(value) && matchSegments(patterns, values, patternAt + 1, valueAt + 1)
  );
}

function compileSegment(segment: string): RegExp | undefined {
  const source = translate(segment);
  if (source === undefined) return undefined;
  return new RegExp(`^(?:${source})$`, 'su');
}

/** Translates one segment to a regular expression source; `undefined` when it is malformed. */
function translate(segment: string): string | undefined {
  let source = '';
  const chars = [...segment];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '*') {
      while (chars[at + 1] === '*') at += 1;
      source += '.*';
    } else if (char === '?') {
      source += '.';
    } else if (char === '\\') {
      const next = chars[at + 1];
      if (next === undefined) return undefined;
      source += escapeChar(next);
      at += 1;
    } else if (char === '[') {
      const end = classEnd(chars, at);
      if (end === undefined) return undefined;
      const body = translateClass(chars.slice(at + 1, end));
      if (body === undefined) return undefined;
      source += body;
      at = end;
    } else if (char === '{') {
      const end = chars.indexOf('}', at);
      if (end < 0) return undefined;
      const parts = chars
        .slice(at + 1, end)
        .join('')
        .split(',')
        .map(translate);
      // An empty alternative never matches in Drone's matcher: `x{a,}` does not match `x`.
      const known = parts.filter((part) => part !== undefined && part !== '');
      if (parts.includes(undefined) || known.length === 0) return undefined;
      source += `(?:${known.join('|')})`;
      at = end;
    } else {
      source += escapeChar(char);
    }
  }
  return source;
}

function classEnd(chars: readonly string[], start: number): number | undefined {
  for (let at = start + 1; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === ']' && at > start + 1) return at;
  }
  return undefined;
}

function translateClass(body: readonly string[]): string | undefined {
  let source = '';
  let at = 0;
  let isNegated = false;
  if (body[0] === '^') {
    isNegated = true;
    at = 1;
  }
  while (at < body.length) {
    const from = readClassChar(body, at);
    if (from === undefined) return undefined;
    at = from.next;
    if (body[at] === '-' && at + 1 < body.length) {
      const to = readClassChar(body, at + 1);
      if (to === undefined || to.char < from.char) return undefined;
      source += `${escapeInClass(from.char)}-${escapeInClass(to.char)}`;
      at = to.next;
    } else {
      source += escapeInClass(from.char);
    }
  }
  return source === '' ? undefined : `[${isNegated ? '^' : ''}${source}]`;
}

function readClassChar(body: readonly string[], at: number): { char: string; next: number } | undefined {
  const char = body[at];
  if (char === undefined) return undefined;
  if (char !== '\\') return { char, next: at + 1 };
  const escaped = body[at + 1];
  return escaped === undefined ? undefined : { char: escaped, next: at + 2 };
}

function escapeChar(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/u.test(char) ? `\\${char}` : char;
}

function escapeInClass(char: string): string {
  return /[\\\]^[-]/u.test(char) ? `\\${char}` : char;
}
