/**
 * The path-segment matcher of conditions (pipeline.md 3.3): `*` and `?` stay within one segment, `**` as a whole
 * segment crosses them and needs at least one segment when it comes last, braces work within one segment.
 * An invalid pattern matches nothing.
 *
 * Patterns and values come from strangers, so nothing here backtracks: all ways to match are followed at once,
 * and the time is bounded by the product of both lengths.
 */
export function matchGlob(pattern: string, value: string): boolean {
  return compileGlob(pattern)(value);
}

/** `matchGlob` for many values: the pattern is read once. */
export function compileGlob(pattern: string): (value: string) => boolean {
  const segments: Segment[] = [];
  for (const text of splitSegments(pattern)) {
    const segment = text === '**' ? 'any' : compileSegment(text);
    if (segment === undefined) return () => false;
    segments.push(segment);
  }
  return (value) => matchSegments(segments, trimTrailingEmpty(value.split('/')));
}

/** Tests one character and goes on to the next instruction, or goes on at several places without a character. */
type Instruction = { readonly test: (char: string) => boolean } | { readonly jumps: readonly number[] };

/** `any` is `**`. */
type Segment = 'any' | readonly Instruction[];

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

function matchSegments(segments: readonly Segment[], values: readonly string[]): boolean {
  let states = skipAny(segments, new Set([0]));
  for (const value of values) {
    const next = new Set<number>();
    for (const state of states) {
      const segment = segments[state];
      if (segment === undefined) continue;
      if (segment === 'any') {
        next.add(state);
        if (state === segments.length - 1) next.add(state + 1);
      } else if (matchSegment(segment, value)) next.add(state + 1);
    }
    states = skipAny(segments, next);
    if (states.size === 0) return false;
  }
  return states.has(segments.length);
}

/** `**` may stand for no segment, except at the end. */
function skipAny(segments: readonly Segment[], states: Set<number>): Set<number> {
  for (const state of states) {
    if (segments[state] === 'any' && state < segments.length - 1) states.add(state + 1);
  }
  return states;
}

function matchSegment(program: readonly Instruction[], value: string): boolean {
  let states = follow(program, new Set([0]));
  for (const char of value) {
    const next = new Set<number>();
    for (const state of states) {
      const instruction = program[state];
      if (instruction !== undefined && 'test' in instruction && instruction.test(char)) next.add(state + 1);
    }
    if (next.size === 0) return false;
    states = follow(program, next);
  }
  return states.has(program.length);
}

function follow(program: readonly Instruction[], states: Set<number>): Set<number> {
  for (const state of states) {
    const instruction = program[state];
    if (instruction !== undefined && 'jumps' in instruction)
      for (const jump of instruction.jumps) states.add(jump);
  }
  return states;
}

/** Compiles one segment; `undefined` when it is malformed. */
function compileSegment(segment: string): readonly Instruction[] | undefined {
  const program: Instruction[] = [];
  return appendPattern([...segment], program) ? program : undefined;
}

function appendPattern(chars: readonly string[], program: Instruction[]): boolean {
  let at: number | undefined = 0;
  while (at !== undefined && at < chars.length) at = appendOne(chars, at, program);
  return at !== undefined;
}

/** Appends what stands at `at`; the index after it, or `undefined` when it is malformed. */
function appendOne(chars: readonly string[], at: number, program: Instruction[]): number | undefined {
  const char = chars[at] ?? '';
  switch (char) {
    case '*': {
      const start = program.length;
      program.push({ jumps: [start + 1, start + 3] }, { test: () => true }, { jumps: [start] });
      return at + 1;
    }
    case '?':
      program.push({ test: () => true });
      return at + 1;
    case '\\': {
      const literal = chars[at + 1];
      if (literal === undefined) return undefined;
      program.push({ test: (other) => other === literal });
      return at + 2;
    }
    case '[': {
      const end = classEnd(chars, at);
      const test = end === undefined ? undefined : compileClass(chars.slice(at + 1, end));
      if (end === undefined || test === undefined) return undefined;
      program.push({ test });
      return end + 1;
    }
    case '{': {
      const end = chars.indexOf('}', at);
      return end >= 0 && appendBraces(chars.slice(at + 1, end), program) ? end + 1 : undefined;
    }
    default:
      program.push({ test: (other) => other === char });
      return at + 1;
  }
}

/** An empty alternative never matches in Drone's matcher: `x{a,}` does not match `x`. */
function appendBraces(body: readonly string[], program: Instruction[]): boolean {
  const alternatives = splitAlternatives(body);
  const known = alternatives.filter((alternative) => alternative.length > 0);
  if (known.length === 0) return false;
  const branch = program.length;
  program.push({ jumps: [] });
  const starts: number[] = [];
  const ends: number[] = [];
  for (const alternative of known) {
    const start = program.length;
    if (!appendPattern(alternative, program)) {
      // A malformed alternative never matches; the others still do.
      program.length = start;
      continue;
    }
    starts.push(start);
    ends.push(program.length);
    program.push({ jumps: [] });
  }
  if (starts.length === 0) return false;
  program[branch] = { jumps: starts };
  for (const end of ends) program[end] = { jumps: [program.length] };
  return true;
}

function splitAlternatives(body: readonly string[]): readonly (readonly string[])[] {
  const alternatives: string[][] = [[]];
  for (const char of body) {
    if (char === ',') alternatives.push([]);
    else alternatives.at(-1)?.push(char);
  }
  return alternatives;
}

function classEnd(chars: readonly string[], start: number): number | undefined {
  for (let at = start + 1; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === ']') return at;
  }
  return undefined;
}

function compileClass(body: readonly string[]): ((char: string) => boolean) | undefined {
  const isNegated = body[0] === '^';
  const ranges: { readonly low: number; readonly high: number }[] = [];
  let at = isNegated ? 1 : 0;
  while (at < body.length) {
    const from = readClassChar(body, at);
    if (from === undefined) return undefined;
    at = from.next;
    const to = body[at] === '-' && at + 1 < body.length ? readClassChar(body, at + 1) : from;
    if (to === undefined || to.code < from.code) return undefined;
    ranges.push({ low: from.code, high: to.code });
    at = to.next;
  }
  if (ranges.length === 0) return undefined;
  return (char) => {
    const code = char.codePointAt(0) ?? 0;
    return ranges.some(({ low, high }) => low <= code && code <= high) !== isNegated;
  };
}

function readClassChar(body: readonly string[], at: number): { code: number; next: number } | undefined {
  const isEscaped = body[at] === '\\';
  // A dash that is no range has to be escaped.
  if (body[at] === '-') return undefined;
  const code = body[isEscaped ? at + 1 : at]?.codePointAt(0);
  return code === undefined ? undefined : { code, next: isEscaped ? at + 2 : at + 1 };
}
