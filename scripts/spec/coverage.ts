import { type Checklist, normaliseKey } from './rows.ts';

export interface Coverage {
  readonly document: string;
  readonly kind: string;
  readonly rows: number;
  readonly covered: number;
  /** Rows that somebody else proves, by who that is. */
  readonly elsewhere: ReadonlyMap<string, readonly string[]>;
  readonly missing: readonly string[];
}

const KINDS = 'pipeline|runner|W|scm|api|go|node|ledger|legacy|ops|cli|sdk|ui';
const KEY = new RegExp(`\\[(${KINDS}) ([^\\]\\n]+)\\]`, 'g');

const RUNNERS = 'the runners';

/**
 * Rows that the library named by their document cannot show alone (rulings of the specification). A test may cover
 * them all the same; only an uncovered one is counted as somebody else's.
 */
const OWNERS: readonly (readonly [owner: string, kind: string, rows: readonly (number | string)[]])[] = [
  ['Kubernetes', 'pipeline', [123]],
  [RUNNERS, 'pipeline', [74, 75, ...range(87, 99), 105, 112, 113, 118, 119, 122]],
  ['nobody (void)', 'ops', ['C2']],
];

/** Every key that stands in square brackets in the given text; `[scm B1, B2]` names two. */
export function keysIn(text: string): string[] {
  return [...text.matchAll(KEY)].flatMap((match) =>
    (match[2] ?? '').split(',').map((row) => normaliseKey(match[1] ?? '', row)),
  );
}

/** `tested` and `deviating` are keys as `keysIn` gives them. */
export function coverageOf(
  checklist: Checklist,
  tested: ReadonlySet<string>,
  deviating: ReadonlySet<string>,
): Coverage {
  const elsewhere = new Map<string, string[]>();
  const missing: string[] = [];
  for (const row of checklist.rows) {
    const key = normaliseKey(checklist.kind, row);
    if (tested.has(key)) continue;
    const owner = deviating.has(key) ? 'docs/deviations.md' : ownerOf(key);
    if (owner === undefined) missing.push(row);
    else elsewhere.set(owner, [...(elsewhere.get(owner) ?? []), row]);
  }
  const others = [...elsewhere.values()].flat().length;
  const { document, kind, rows } = checklist;
  return {
    document,
    kind,
    rows: rows.length,
    covered: rows.length - missing.length - others,
    elsewhere,
    missing,
  };
}

function ownerOf(key: string): string | undefined {
  return OWNERS.find(([, kind, rows]) => rows.some((row) => normaliseKey(kind, String(row)) === key))?.[0];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
