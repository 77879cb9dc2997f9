import { sql } from 'kysely';

const MARK = '/* plan is kept */';
/** A connection holds no more of them than this, however many forms a statement turns out to have. */
const MOST = 32;

/**
 * Begins a statement that takes PostgreSQL longer to plan than to run: each connection keeps its plan. For texts that
 * have few forms, since each form is kept.
 */
export const KEEPS_PLAN = sql.raw(MARK);

/** Gives each text that begins with `KEEPS_PLAN` a name to be kept under; `undefined` for others. */
export function createPlanNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    if (!text.startsWith(MARK)) return undefined;
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST) return known;
    const name = `sortie_${names.size + 1}`;
    names.set(text, name);
    return name;
  };
}
