import { createHash } from 'node:crypto';

/** A list of one connection that would take away so much that it has to come twice. */
export interface Doubt {
  /** Of what would be lost. What else is shown does not count, or whoever makes repositories all the time loses none. */
  readonly fingerprint: string;
  /** Unix seconds at which it was first seen. */
  readonly since: number;
  /** How many rows the account had then; those that the same list has added do not count. */
  readonly rows?: number;
}

/** By connection id; what `users.sync_suspicion` holds as JSON. */
export type Doubts = Readonly<Record<string, Doubt>>;

/** Fewer rows than this may all go at once: people do leave small organisations. */
const LEAST_ROWS = 10;
/** A list that was wrong for a moment is right again after this. */
export const CONFIRM_SECONDS = 60;

/** Damaged text doubts nothing. */
export function parseDoubts(text: string): Doubts {
  if (text === '') return {};
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? (value as Doubts) : {};
}

export function printDoubts(doubts: Doubts): string {
  return Object.keys(doubts).length === 0 ? '' : JSON.stringify(doubts);
}

export interface Answer {
  /** How many repositories the account has a row for, and those of them that are not in the list. */
  readonly rows: number;
  readonly gone: readonly { readonly id: number; readonly synced: number }[];
  /** Unix seconds. */
  readonly now: number;
}

/** What is doubted of an answer; `undefined` when it may be believed: it is small, or has come twice, a minute apart. */
export function doubtOf(answer: Answer, earlier: Doubt | undefined): Doubt | undefined {
  const { gone, now } = answer;
  const rows = Math.min(answer.rows, earlier?.rows ?? answer.rows);
  if (rows < LEAST_ROWS || gone.length * 2 <= rows) return undefined;
  // What the account has got since, and lost again, does not count.
  const old = gone.filter(({ synced }) => earlier === undefined || synced < earlier.since);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(old.map(({ id }) => id).sort((a, b) => a - b)))
    .digest('hex');
  if (earlier?.fingerprint !== fingerprint) return { fingerprint, since: now, rows };
  return now - earlier.since >= CONFIRM_SECONDS ? undefined : earlier;
}
