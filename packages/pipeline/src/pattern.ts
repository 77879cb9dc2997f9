/** One element of a shell pattern: any run, any character, or a test of one character. */
type Token = 'run' | 'any' | ((char: string) => boolean);

/**
 * Removes the shortest or longest part at one end of the value that matches a shell pattern: `*`, `?`, `[a-z]`,
 * `[^a]`, `\c`; `*` crosses slashes (pipeline.md 5.2). A malformed pattern removes nothing. Works by following
 * all ways to match at once, so the time is the product of both lengths whatever the pattern.
 */
export function removeMatch(
  value: string,
  pattern: string,
  end: 'prefix' | 'suffix',
  length: 'shortest' | 'longest',
): string {
  const tokens = parsePattern(pattern);
  if (tokens === undefined) return value;
  const chars = [...value];
  const isPrefix = end === 'prefix';
  const size = matchLength(
    isPrefix ? tokens : tokens.toReversed(),
    isPrefix ? chars : chars.toReversed(),
    length,
  );
  if (size === undefined) return value;
  return (isPrefix ? chars.slice(size) : chars.slice(0, chars.length - size)).join('');
}

function matchLength(
  tokens: readonly Token[],
  chars: readonly string[],
  length: 'shortest' | 'longest',
): number | undefined {
  let states = closure(tokens, new Set([0]));
  let found: number | undefined;
  for (let at = 0; at <= chars.length; at += 1) {
    // Drone's search for the shortest match begins with one character.
    if (states.has(tokens.length) && (at > 0 || length === 'longest')) {
      found = at;
      if (length === 'shortest') return found;
    }
    const char = chars[at];
    if (char === undefined || states.size === 0) break;
    states = closure(tokens, step(tokens, states, char));
  }
  return found;
}

function step(tokens: readonly Token[], states: ReadonlySet<number>, char: string): Set<number> {
  const next = new Set<number>();
  for (const state of states) {
    const token = tokens[state];
    if (token === undefined) continue;
    if (token === 'run') next.add(state);
    else if (token === 'any' || token(char)) next.add(state + 1);
  }
  return next;
}

function closure(tokens: readonly Token[], states: Set<number>): Set<number> {
  for (const state of states) if (tokens[state] === 'run') states.add(state + 1);
  return states;
}

function parsePattern(pattern: string): readonly Token[] | undefined {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '*') {
      if (tokens.at(-1) !== 'run') tokens.push('run');
    } else if (char === '?') tokens.push('any');
    else if (char === '[') {
      const end = chars.indexOf(']', chars[at + 1] === '^' ? at + 3 : at + 2);
      if (end < 0) return undefined;
      tokens.push(classTest(chars.slice(at + 1, end)));
      at = end;
    } else {
      const literal = char === '\\' ? chars[at + 1] : char;
      if (literal === undefined) return undefined;
      if (char === '\\') at += 1;
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

function classTest(body: readonly string[]): (char: string) => boolean {
  const isNegated = body[0] === '^';
  const ranges: { readonly low: number; readonly high: number }[] = [];
  const codes = body.slice(isNegated ? 1 : 0);
  for (let at = 0; at < codes.length; at += 1) {
    const low = codes[at]?.codePointAt(0) ?? 0;
    const isRange = codes[at + 1] === '-' && at + 2 < codes.length;
    const high = isRange ? (codes[at + 2]?.codePointAt(0) ?? low) : low;
    ranges.push({ low, high });
    if (isRange) at += 2;
  }
  return (char) => {
    const code = char.codePointAt(0) ?? 0;
    return ranges.some(({ low, high }) => low <= code && code <= high) !== isNegated;
  };
}
