/** Which tool's words a line of a log are. */
export const FAILURE_KINDS = [
  'go',
  'tap',
  'jest',
  'node',
  'pytest',
  'java',
  'rust',
  'typescript',
  'compiler',
  'make',
  'other',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** Every pattern is anchored or free of nested repeats: lines come from strangers. The first that fits counts. */
const PATTERNS: readonly (readonly [FailureKind, RegExp])[] = [
  ['go', /^\s*--- FAIL: /],
  ['go', /^\S+\.go:\d+:\d+: /],
  ['go', /^FAIL\t\S/],
  ['go', /^panic: /],
  ['tap', /^\s*not ok\b(?!.*# (?:TODO|SKIP)\b)/i],
  ['jest', /^\s*[●✕×] \S/],
  ['jest', /^\s*FAIL {1,2}\S+\.\w+/],
  ['node', /^\s*✖ \S/],
  ['pytest', /^FAILED \S+::/],
  ['pytest', /^E {3,}\S/],
  ['java', /FAILURE!/],
  ['java', /^\[ERROR\] /],
  ['java', /^(?:> Task \S+|\S.* > .+) FAILED$/],
  ['rust', /^test \S.* \.\.\. FAILED$/],
  ['rust', /^error\[E\d+\]: /],
  ['typescript', /\berror TS\d+: /],
  ['compiler', /^[^\s:][^:]*:\d+(?::\d+)?: (?:fatal )?error: /],
  ['make', /^\S*make(?:\[\d+\])?: \*\*\* /],
  ['other', /^npm (?:ERR!|error) /],
  ['other', /^(?:fatal|error|ERROR|FATAL|Error): /],
  ['other', /^\s*(?:Uncaught )?(?:\w+\.)*[A-Z]\w*(?:Error|Exception)\b.{0,20}: /],
  ['other', /: (?:command )?not found$/],
];

/** Longer lines are looked at only so far. */
const MAX_LINE = 1000;
const ESCAPE = String.fromCharCode(27);
const COLORS = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');

/** A line as a person sees it: without its end, colours, and what a carriage return has overwritten. */
export function plainLine(text: string): string {
  const line = text.replace(/[\r\n]+$/, '').slice(0, MAX_LINE * 4);
  const shown = line.slice(line.lastIndexOf('\r') + 1);
  return shown.replace(COLORS, '').slice(0, MAX_LINE).trimEnd();
}

/**
 * Whether a line, as `plainLine` gives it, tells of a failing test or of an error, and in whose words; `other` is a
 * guess that any better one takes the place of.
 */
export function failureKind(line: string): FailureKind | undefined {
  return PATTERNS.find(([, pattern]) => pattern.test(line))?.[0];
}
