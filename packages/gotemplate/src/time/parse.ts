import { type Time, UTC, type Zone } from '../value.ts';
import { daysIn, daysSinceEpoch, MONTHS, WEEKDAYS } from './civil.ts';
import { type LayoutPart, parseLayout } from './layout.ts';

/** What has been read so far. */
interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  isAfternoon: boolean | undefined;
  offset: number | undefined;
  zoneName: string;
}

/** A time from text in a Go layout; undefined when the text does not have it. Without a zone it is UTC. */
export function parseTime(layout: string, text: string): Time | undefined {
  const fields: Fields = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
    isAfternoon: undefined,
    offset: undefined,
    zoneName: '',
  };
  let rest: string | undefined = text;
  const parts = parseLayout(layout);
  for (const [index, part] of parts.entries()) {
    rest = part.type === 'text' ? skipText(part.text, rest) : readPart(fields, part, parts[index + 1], rest);
    if (rest === undefined) return undefined;
  }
  return rest === '' ? assemble(fields) : undefined;
}

/** Spaces in the layout match any number of them, except that some must be there. */
function skipText(prefix: string, text: string): string | undefined {
  let rest = text;
  for (let at = 0; at < prefix.length; ) {
    if (prefix.charAt(at) !== ' ') {
      if (rest.charAt(0) !== prefix.charAt(at)) return undefined;
      rest = rest.slice(1);
      at += 1;
      continue;
    }
    if (rest !== '' && rest.charAt(0) !== ' ') return undefined;
    while (prefix.charAt(at) === ' ') at += 1;
    rest = rest.replace(/^ +/, '');
  }
  return rest;
}

function readPart(
  fields: Fields,
  part: LayoutPart,
  next: LayoutPart | undefined,
  text: string,
): string | undefined {
  if (part.type === 'fraction') return readLayoutFraction(fields, part.text, text);
  switch (part.text) {
    case 'January':
    case 'Jan':
      return readName(MONTHS, part.text === 'Jan', text, (index) => {
        fields.month = index + 1;
      });
    case 'Monday':
    case 'Mon':
      return readName(WEEKDAYS, part.text === 'Mon', text, () => undefined);
    case 'MST':
      return readZoneName(fields, text);
    case 'PM':
      return readHalf(fields, text);
    default:
      return part.text.startsWith('Z') || part.text.startsWith('-')
        ? readOffset(fields, part.text, text)
        : readNumber(fields, part.text, next, text);
  }
}

function readName(
  names: readonly string[],
  isShort: boolean,
  text: string,
  keep: (index: number) => void,
): string | undefined {
  const lower = text.slice(0, 9).toLowerCase();
  const index = names.findIndex((name) =>
    lower.startsWith((isShort ? name.slice(0, 3) : name).toLowerCase()),
  );
  const name = names[index];
  if (name === undefined) return undefined;
  keep(index);
  return text.slice(isShort ? 3 : name.length);
}

function readHalf(fields: Fields, text: string): string | undefined {
  const half = text.slice(0, 2);
  if (half !== 'AM' && half !== 'PM') return undefined;
  fields.isAfternoon = half === 'PM';
  return text.slice(2);
}

function readNumber(
  fields: Fields,
  element: string,
  next: LayoutPart | undefined,
  text: string,
): string | undefined {
  const pattern = digitsOf(element);
  const trimmed = element === '_2' || element === '2' ? text.replace(/^ /, '') : text;
  const digits = pattern.exec(trimmed)?.[0];
  if (digits === undefined) return undefined;
  const rest = trimmed.slice(digits.length);
  if (!store(fields, element, Number(digits))) return undefined;
  return element === '05' || element === '5' ? readExtraFraction(fields, next, rest) : rest;
}

/** The hours of `15` may be one digit; the other elements say how many they have. */
function digitsOf(element: string): RegExp {
  if (element === '2006') return /^[0-9]{4}/;
  return element.startsWith('0') ? /^[0-9]{2}/ : /^[0-9]{1,2}/;
}

function store(fields: Fields, element: string, value: number): boolean {
  switch (element) {
    case '2006':
      fields.year = value;
      return true;
    case '06':
      fields.year = value >= 69 ? 1900 + value : 2000 + value;
      return true;
    case '01':
    case '1':
      fields.month = value;
      return value >= 1 && value <= 12;
    case '02':
    case '2':
    case '_2':
      fields.day = value;
      return true;
    case '15':
      fields.hour = value;
      return value < 24;
    case '03':
    case '3':
      fields.hour = value;
      return value <= 12;
    case '04':
    case '4':
      fields.minute = value;
      return value < 60;
    default:
      fields.second = value;
      return value < 60;
  }
}

/** Text may hold a fraction of a second that the layout does not mention. */
function readExtraFraction(fields: Fields, next: LayoutPart | undefined, text: string): string {
  if (next?.type === 'fraction') return text;
  const fraction = /^[.,]([0-9]+)/.exec(text);
  if (fraction === null) return text;
  fields.nanoseconds = toNanoseconds(fraction[1] ?? '');
  return text.slice(fraction[0].length);
}

function readLayoutFraction(fields: Fields, layout: string, text: string): string | undefined {
  const isExact = layout.charAt(1) === '0';
  const pattern = isExact ? new RegExp(`^[.,]([0-9]{${layout.length - 1}})`) : /^[.,]([0-9]+)/;
  const fraction = pattern.exec(text);
  if (fraction === null) return isExact ? undefined : text;
  fields.nanoseconds = toNanoseconds(fraction[1] ?? '');
  return text.slice(fraction[0].length);
}

function toNanoseconds(digits: string): number {
  return Number(digits.slice(0, 9).padEnd(9, '0'));
}

function readOffset(fields: Fields, element: string, text: string): string | undefined {
  if (element.startsWith('Z') && text.startsWith('Z')) {
    fields.offset = 0;
    fields.zoneName = 'UTC';
    return text.slice(1);
  }
  const pattern = element.includes(':') ? /^([+-])([0-9]{2}):([0-9]{2})/ : /^([+-])([0-9]{2})([0-9]{2})/;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [all, sign, hours, minutes] = match;
  if (Number(hours) > 24 || Number(minutes) > 60) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  fields.offset = sign === '-' ? -offset : offset;
  return text.slice(all.length);
}

/** Three to five capital letters, a signed number of hours, or GMT with one. */
function readZoneName(fields: Fields, text: string): string | undefined {
  const match = /^(?:UTC|ChST|MeST|GMT[+-][0-9]{1,2}|[+-][0-9]{1,2}|[A-Z]{3,5}(?![A-Z]))/.exec(text);
  const name = match?.[0];
  if (name === undefined || !isZoneName(name)) return undefined;
  fields.zoneName = name;
  return text.slice(name.length);
}

function isZoneName(name: string): boolean {
  const hours = /[+-][0-9]+$/.exec(name);
  if (hours !== null) return Math.abs(Number(hours[0])) < 24;
  if (name.length === 5) return name.endsWith('T');
  return name.length !== 4 || name.endsWith('T') || name === 'WITA';
}

function assemble(fields: Fields): Time | undefined {
  if (fields.day < 1 || fields.day > daysIn(fields.year, fields.month)) return undefined;
  let { hour } = fields;
  if (fields.isAfternoon === true && hour < 12) hour += 12;
  if (fields.isAfternoon === false && hour === 12) hour = 0;
  const zone = zoneOf(fields);
  const days = daysSinceEpoch(fields.year, fields.month, fields.day);
  const seconds = days * 86_400 + hour * 3600 + fields.minute * 60 + fields.second;
  // Go moves the time by an offset that was written, not by one that only a name tells.
  const moved = seconds - (fields.offset ?? 0);
  return { kind: 'time', seconds: moved, nanoseconds: fields.nanoseconds, zone };
}

function zoneOf({ offset, zoneName }: Fields): Zone {
  if (offset !== undefined) {
    return offset === 0 && (zoneName === '' || zoneName === 'UTC') ? UTC : { name: zoneName, offset };
  }
  if (zoneName === '' || zoneName === 'UTC') return UTC;
  // An abbreviation does not tell an offset, except in the form GMT+2.
  return { name: zoneName, offset: zoneName.startsWith('GMT') ? Number(zoneName.slice(3) || '0') * 3600 : 0 };
}
