import { type SizedInt, type Time, UTC, type Value } from '../value.ts';
import { MONTHS, toCivil, WEEKDAYS } from './civil.ts';
import { formatTime, timeText } from './format.ts';

export interface Method {
  /** How many arguments, all strings. */
  readonly arguments: number;
  readonly call: (args: readonly string[]) => Value;
}

/** The methods of times, months and weekdays that templates call; undefined for everything else. */
export function timeMethod(receiver: Value, name: string): Method | undefined {
  if (typeof receiver !== 'object' || receiver === null) return undefined;
  if (receiver.kind === 'sized') {
    const text = sizedText(receiver);
    return name === 'String' && text !== undefined ? { arguments: 0, call: () => text } : undefined;
  }
  if (receiver.kind !== 'time') return undefined;
  if (name === 'Format') return { arguments: 1, call: ([layout]) => formatTime(receiver, layout ?? '') };
  const value = readTime(receiver, name);
  return value === undefined ? undefined : { arguments: 0, call: () => value };
}

function readTime(time: Time, name: string): Value {
  switch (name) {
    case 'String':
      return timeText(time);
    case 'UTC':
      return { ...time, zone: UTC };
    case 'Unix':
      return BigInt(time.seconds);
    case 'UnixMilli':
      return BigInt(time.seconds) * 1000n + BigInt(Math.floor(time.nanoseconds / 1e6));
    case 'UnixNano':
      return BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
    case 'Nanosecond':
      return BigInt(time.nanoseconds);
    case 'IsZero':
      return time.seconds === -62_135_596_800 && time.nanoseconds === 0;
    default:
      return readCivil(time, name);
  }
}

function readCivil(time: Time, name: string): Value {
  const civil = toCivil(time.seconds + time.zone.offset);
  switch (name) {
    case 'Year':
      return BigInt(civil.year);
    case 'Month':
      return { kind: 'sized', type: 'time.Month', value: BigInt(civil.month) };
    case 'Day':
      return BigInt(civil.day);
    case 'Hour':
      return BigInt(civil.hour);
    case 'Minute':
      return BigInt(civil.minute);
    case 'Second':
      return BigInt(civil.second);
    case 'Weekday':
      return { kind: 'sized', type: 'time.Weekday', value: BigInt(civil.weekday) };
    case 'YearDay':
      return BigInt(civil.yearDay);
    default:
      return undefined;
  }
}

/** The name that Go prints for a month or weekday; undefined for plain integers. */
export function sizedText({ type, value }: SizedInt): string | undefined {
  if (type === 'time.Month') return MONTHS[Number(value) - 1];
  return type === 'time.Weekday' ? WEEKDAYS[Number(value)] : undefined;
}
