import { failed } from '../failure.ts';
import type { CallEnvironment, GoFunction } from '../function-table.ts';
import { decodeUtf8, excerpt } from '../text/bytes.ts';
import { formatTime } from '../time/format.ts';
import { parseTime } from '../time/parse.ts';
import { type Time, typeName, UTC, type Value, type Zone } from '../value.ts';
import { toText } from './cast.ts';

/** Drone's functions on times (pipeline.md 9.2). */
export const TIME_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  now: { parameters: [], call: (env) => now(env) },
  time: { parameters: ['any'], rest: 'any', call: (env, args) => time(env, args) },
  dateFormat: {
    parameters: ['string', 'any'],
    call: (env, [layout, value]) => dateFormat(env, toText(layout), value),
  },
};

function now(env: CallEnvironment): Time {
  if (env.now === undefined) throw failed('This program tells templates no time.');
  const milliseconds = env.now();
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.round((milliseconds - seconds * 1000) * 1e6);
  return { kind: 'time', seconds, nanoseconds, zone: localZone(env, seconds) };
}

function time(env: CallEnvironment, [value, name]: readonly Value[]): Time {
  const moment = toTime(env, value);
  if (name === undefined) return moment;
  return { ...moment, zone: lookUp(env, toText(name), moment.seconds) };
}

function dateFormat(env: CallEnvironment, layout: string, value: Value): string {
  env.budget.step(layout.length / 16);
  const text = formatTime(toTime(env, value), layout);
  env.budget.allocate(layout.length + text.length);
  return text;
}

function localZone(env: CallEnvironment, seconds: number): Zone {
  return lookUp(env, env.localZone, seconds);
}

function lookUp(env: CallEnvironment, name: string, seconds: number): Zone {
  if (name === '' || name === 'UTC') return UTC;
  const wanted = name === 'Local' ? env.localZone : name;
  if (wanted === 'UTC') return UTC;
  // The database of zones is slow.
  env.budget.step(200);
  const zone = env.zones?.(decodeUtf8(wanted), seconds);
  if (zone === undefined) throw failed(`The time zone "${excerpt(name)}" is not known.`);
  return zone;
}

/** Beyond this seconds are no longer exact. */
const MAX_SECONDS = BigInt(Number.MAX_SAFE_INTEGER);

/** Unix seconds, or text in one of the usual forms. */
function toTime(env: CallEnvironment, value: Value): Time {
  if (typeof value === 'bigint') {
    if (value > MAX_SECONDS || value < -MAX_SECONDS) throw failed('The number is too large for a time.');
    const seconds = Number(value);
    return { kind: 'time', seconds, nanoseconds: 0, zone: localZone(env, seconds) };
  }
  if (typeof value === 'object' && value?.kind === 'time') return value;
  if (typeof value !== 'string') throw failed(`A value of type ${typeName(value)} is not a time.`);
  for (const layout of LAYOUTS) {
    env.budget.step();
    const found = parseTime(layout, value);
    if (found !== undefined) return found;
  }
  throw failed(`"${excerpt(value)}" is not a time in a form that is known.`);
}

/** The forms that Drone tries, in its order; the first nine are Go's named layouts. */
const LAYOUTS: readonly string[] = [
  '2006-01-02T15:04:05Z07:00',
  '2006-01-02T15:04:05',
  'Mon, 02 Jan 2006 15:04:05 -0700',
  'Mon, 02 Jan 2006 15:04:05 MST',
  '02 Jan 06 15:04 -0700',
  '02 Jan 06 15:04 MST',
  'Monday, 02-Jan-06 15:04:05 MST',
  'Mon Jan _2 15:04:05 2006',
  'Mon Jan _2 15:04:05 MST 2006',
  'Mon Jan 02 15:04:05 -0700 2006',
  '2006-01-02 15:04:05.999999999 -0700 MST',
  '2006-01-02',
  '02 Jan 2006',
  '2006-01-02 15:04:05 -07:00',
  '2006-01-02 15:04:05 -0700',
  '2006-01-02 15:04:05Z07:00',
  '2006-01-02 15:04:05',
  '3:04PM',
  'Jan _2 15:04:05',
  'Jan _2 15:04:05.000',
  'Jan _2 15:04:05.000000',
  'Jan _2 15:04:05.000000000',
];
