import type { Difference } from './difference.ts';
import type { Failure } from './failure.ts';

/** A place where we do something else on purpose. `docs/deviations.md` has a row for each key. */
export interface Deviation {
  /** As it stands in the page: the section of the specification whose FIX asks for it. */
  readonly key: string;
  /** Decides by what differs, never by the name of a file. */
  matches(difference: Difference, text: string): boolean;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    key: 'FIX 7.5 back-ticks',
    matches: ({ path, ours, golden }) =>
      path.endsWith('/script') &&
      typeof ours === 'string' &&
      typeof golden === 'string' &&
      withoutEscapes(ours) === withoutEscapes(golden),
  },
  {
    key: 'FIX 5.1 structure',
    matches: ({ path, ours }) => path === 'error' && failuresIn(ours).some(({ class: is }) => is === 'shape'),
  },
  {
    key: 'FIX 1.4 unnamed exec',
    matches: ({ path, ours, golden }) =>
      path === 'error' &&
      failuresIn(ours).length === 0 &&
      typeof golden === 'string' &&
      /not found/i.test(golden),
  },
  { key: 'FIX 5.1 comments', matches: ({ path }) => path === 'comment' },
  { key: 'FIX 3.1 instance', matches: ({ path }) => path === 'instance' },
  {
    key: 'FIX 1.1 empty documents',
    matches: ({ path, ours, golden }, text) =>
      path.startsWith('error') &&
      failuresIn(ours).length === 0 &&
      typeof golden === 'string' &&
      /kind/.test(golden) &&
      hasEmptyDocument(text),
  },
];

/** The deviation that explains a difference. */
export function deviationFor(difference: Difference, text: string): Deviation | undefined {
  return DEVIATIONS.find((deviation) => deviation.matches(difference, text));
}

function failuresIn(value: unknown): readonly Failure[] {
  return Array.isArray(value) ? (value as readonly Failure[]) : [];
}

/** Only in trace lines: a command itself is never changed. */
function withoutEscapes(script: string): string {
  return script
    .split('\n')
    .map((line) => (line.startsWith('echo + "') ? line.replaceAll('\\`', '`') : line))
    .join('\n');
}

function hasEmptyDocument(text: string): boolean {
  return text.split(/^---.*$/m).some((document) => /^(?:\s*(?:#.*)?\n?)*$/.test(document));
}
