/** A build of a branch by the clock. Times are unix seconds, 0 when not set. */
export interface CronJob {
  readonly id: number;
  readonly repoId: number;
  /** Unique in the repository; what `when.cron` and `trigger.cron` compare with. */
  readonly name: string;
  /** As written; `core/cron.ts` reads it. */
  readonly expr: string;
  /** When it is due, and when it was due the last time. */
  readonly next: number;
  readonly prev: number;
  readonly branch: string;
  /** Kept for clients of Drone; nothing reads it. */
  readonly target: string;
  readonly isDisabled: boolean;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
}

/** Letters that no decomposition turns into plain ones. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  þ: 'th',
  '&': 'and',
  '@': 'at',
  "'": '',
  '’': '',
  '"': '',
};

/**
 * The name of a cron job as it is stored: lower case, letters without accents, everything else than letters, digits,
 * `-` and `_` as one `-`, none of them at the ends (api-v1.md 3.10). Empty when nothing is left.
 */
export function cronName(text: string): string {
  const plain = text.trim().toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
  return plain
    .replace(/[^a-z0-9_-]/gu, (character) => PLAIN_LETTERS[character] ?? '-')
    .replace(/-+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');
}
