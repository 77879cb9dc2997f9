import type { Answer, Case } from './oracle-client.ts';

/** A way in which we differ from Starlark-Go on purpose. */
export interface Difference {
  readonly reason: string;
  readonly applies: (theirs: Answer, ours: Answer, item: Case) => boolean;
}

/** Everything else that differs is an error. */
export const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'load is refused before anything runs, so that the place is known at once',
    applies: (theirs, ours) =>
      theirs.message.startsWith('load not implemented') && ours.message.startsWith('load is not'),
  },
  {
    reason: 'async, await and from are names in the Starlark of Drone; pipelines use them',
    applies: (theirs, _ours, { source }) =>
      theirs.error === 'syntax' && /\b(?:async|await|from)\b/.test(source),
  },
  {
    reason: 'the Starlark of Drone accepts escapes of bytes above 127 in text; scripts spell UTF-8 that way',
    applies: (theirs) => /non-ASCII (?:hex|octal) escape/.test(theirs.message),
  },
  {
    reason: 'Starlark-Go writes "%F" for the format %F; the specification lists it beside %f',
    applies: (theirs, ours, { source }) => source.includes('%F') && theirs.error === ours.error,
  },
  {
    reason: 'amounts that would endanger the host end with a limit of ours, whatever the reason over there',
    applies: (theirs, ours) =>
      ours.error === 'limit' && (theirs.error === 'runtime' || theirs.error === 'limit'),
  },
  {
    reason:
      'a NUL byte is an error of ours; Starlark-Go takes it for the end of the file and ignores the rest',
    applies: (_theirs, ours, { source }) => source.includes('\u0000') && ours.error === 'syntax',
  },
  {
    reason: 'ranges end at 2^51, because their members are JavaScript numbers',
    applies: (_theirs, ours) => ours.message.startsWith('range(): the') && ours.message.endsWith('too large'),
  },
  {
    reason: 'expressions may nest 200 levels; Starlark-Go counts other things and stops at 1000 of them',
    applies: (theirs, ours) => /nest/.test(theirs.message + ours.message) && theirs.error !== ours.error,
  },
];

/** Further differences from the release inside Drone, where programs that work there must work here. */
export const DRONE_DIFFERENCES: readonly Difference[] = [
  ...DIFFERENCES,
  {
    reason:
      'the newer release writes records without quotes around their kind: build(…) instead of "build"(…)',
    applies: (theirs, ours) =>
      theirs.result.replace(/"(context|build|repo|input)"\(/g, '$1(') === ours.result,
  },
  {
    reason:
      'the newer release names types string.elems and string.codepoints, and has removeprefix and removesuffix',
    applies: (_theirs, _ours, { source }) => /type\("abc"\.elems|dir\("a"\)/.test(source),
  },
  {
    reason: 'the newer release replaces bytes that are not UTF-8 in codepoints()',
    applies: (_theirs, _ours, { source }) => source.includes('[0:1].codepoints()'),
  },
];

/** Whether the answers agree: class and line of errors, results and output otherwise; we may count fewer steps. */
export function agree(theirs: Answer, ours: Answer): boolean {
  if (theirs.error !== ours.error) return false;
  if (theirs.error === '') {
    const isSame = theirs.result === ours.result && theirs.printed.join('\n') === ours.printed.join('\n');
    return isSame && ours.steps <= theirs.steps;
  }
  // Syntax errors point to other tokens, and an error of `main`'s own parameters has no call to point to.
  if (theirs.error === 'syntax' || ours.lines.length === 0 || ours.message.startsWith('main()')) return true;
  // A wrong call is blamed on the caller here, on the called function there.
  return theirs.lines.slice(-2).includes(ours.lines.at(-1) ?? 0);
}
