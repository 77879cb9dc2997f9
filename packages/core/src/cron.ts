import { AppError } from './errors.ts';
import { parseGoDuration } from './go-duration.ts';

/** When something is due: on moments of the calendar, or a fixed time after the last moment. */
export type Schedule = CalendarSchedule | EverySchedule;

interface EverySchedule {
  readonly kind: 'every';
  /** At least 1. */
  readonly seconds: number;
}

export interface CalendarSchedule {
  readonly kind: 'calendar';
  readonly second: FieldValues;
  readonly minute: FieldValues;
  readonly hour: FieldValues;
  readonly dayOfMonth: FieldValues;
  /** January is 1. */
  readonly month: FieldValues;
  /** Sunday is 0. */
  readonly dayOfWeek: FieldValues;
}

interface FieldValues {
  /** Ascending; empty for a field of nothing but commas, which never matches. */
  readonly values: readonly number[];
  /** Whether `*` or `?` was written, also as `*` with a step. */
  readonly star: boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Lower-case names, the first for `min`. */
  readonly names?: readonly string[];
}

const SECOND: Field = { name: 'second', min: 0, max: 59 };
const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: 'day of month', min: 1, max: 31 };
const MONTH: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
const DAY_OF_WEEK: Field = {
  name: 'day of week',
  min: 0,
  max: 6,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};

const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 0 1 1 *'],
  ['@annually', '0 0 0 1 1 *'],
  ['@monthly', '0 0 0 1 * *'],
  ['@weekly', '0 0 0 * * 0'],
  ['@daily', '0 0 0 * * *'],
  ['@midnight', '0 0 0 * * *'],
  ['@hourly', '0 0 * * * *'],
]);
const EVERY = '@every ';
/** What Go calls white space; `\s` differs in two characters. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/**
 * Reads a cron expression in the dialect of robfig/cron v1: `second minute hour day-of-month month
 * [day-of-week]`, a descriptor such as `@daily`, or `@every` with a Go duration.
 *
 * Throws `invalid-request` with the name of the wrong field and what it allows. An expression for a day that
 * does not exist, such as 30 February, is read: `nextRun` then finds nothing.
 */
export function parseSchedule(text: string): Schedule {
  if (text.startsWith(EVERY)) return readEvery(text.slice(EVERY.length));
  const fields = fieldsOf(text.startsWith('@') ? expand(text) : text);
  const [second, minute, hour, dayOfMonth, month, dayOfWeek = '*', more] = fields;
  if (
    second === undefined ||
    minute === undefined ||
    hour === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    more !== undefined
  )
    throw new AppError('invalid-request', `A cron expression has 5 or 6 fields, not ${fields.length}.`, {
      hint: 'Write second, minute, hour, day of month, month and, if needed, day of week: 0 0 4 * * * is every day at 04:00:00.',
    });
  return {
    kind: 'calendar',
    second: readField(SECOND, second),
    minute: readField(MINUTE, minute),
    hour: readField(HOUR, hour),
    dayOfMonth: readField(DAY_OF_MONTH, dayOfMonth),
    month: readField(MONTH, month),
    dayOfWeek: readField(DAY_OF_WEEK, dayOfWeek),
  };
}

/** What a person may have meant otherwise than the schedule reads it; `undefined` when there is nothing. ASCII only. */
export function scheduleHint(text: string): string | undefined {
  const isShifted = !text.startsWith('@') && fieldsOf(text).length === 5;
  if (!isShifted) return undefined;
  return 'Five fields are read as second, minute, hour, day of month, month. For a crontab line put a second and a blank before it, such as "0 0 4 * * *" for "0 4 * * *".';
}

function fieldsOf(text: string): readonly string[] {
  return text.split(SPACE).filter((field) => field !== '');
}

function expand(text: string): string {
  const expression = DESCRIPTORS.get(text);
  if (expression !== undefined) return expression;
  throw new AppError('invalid-request', `${quote(text)} is not a known cron descriptor.`, {
    hint: `Use one of ${[...DESCRIPTORS.keys()].join(', ')}, or @every with a duration such as 1h30m.`,
  });
}

function readEvery(text: string): Schedule {
  const nanoseconds = parseGoDuration(text);
  if (nanoseconds === undefined)
    throw new AppError('invalid-request', `The duration ${quote(text)} after @every cannot be read.`, {
      hint: 'Write numbers with the units h, m and s, such as @every 1h30m.',
    });
  return { kind: 'every', seconds: Math.max(1, Number(nanoseconds / 1_000_000_000n)) };
}

function readField(field: Field, text: string): FieldValues {
  const ranges = text.split(',').filter((range) => range !== '');
  const values = new Set<number>();
  let star = false;
  for (const range of ranges) {
    const { start, end, step, any } = readRange(field, range);
    for (let value = start; value <= end; value += step) values.add(value);
    star ||= any;
  }
  return { values: [...values].sort((a, b) => a - b), star };
}

function readRange(field: Field, text: string): { start: number; end: number; step: number; any: boolean } {
  const [range = '', stepText, ...slashes] = text.split('/');
  const [low = '', high, ...hyphens] = range.split('-');
  const any = low === '*' || low === '?';
  // What follows a hyphen after a star is not looked at: robfig/cron accepts it, so files in use may hold it.
  if (slashes.length > 0 || (!any && hyphens.length > 0)) throw wrong(field, text);
  const start = any ? field.min : readValue(field, low);
  const step = stepText === undefined ? 1 : readNumber(stepText);
  const end =
    any || (high === undefined && stepText !== undefined) ? field.max : readValue(field, high ?? low);
  if (start === undefined || end === undefined || step === undefined) throw wrong(field, text);
  if (start < field.min || end > field.max || start > end || step === 0) throw wrong(field, text);
  return { start, end, step, any };
}

function readValue(field: Field, text: string): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  return named === -1 ? readNumber(text) : field.min + named;
}

/** A number that Go's `Atoi` reads and that is not negative. */
function readNumber(text: string): number | undefined {
  if (!/^\+?\d+$/.test(text)) return undefined;
  const digits = text.replace(/^\+?0*/, '');
  return digits.length > 19 || BigInt(digits) >= 2n ** 63n ? undefined : Number(digits);
}

function wrong(field: Field, text: string): AppError {
  const names = field.names === undefined ? '' : ` or ${field.names.join(', ')}`;
  return new AppError(
    'invalid-request',
    `${quote(text)} is not a valid ${field.name} of a cron expression.`,
    {
      hint: `Use *, ?, ${field.min} to ${field.max}${names}, an ascending range such as ${field.min}-${field.max}, or one of them with a /step of at least 1.`,
    },
  );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
