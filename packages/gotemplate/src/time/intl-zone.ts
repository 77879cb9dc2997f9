import { UTC, type Zone } from '../value.ts';

/**
 * Looks a time zone up in the database that JavaScript itself carries. Undefined for names that it does not know.
 * Pass it to `renderTemplate` as `zones` unless the zones come from elsewhere.
 */
export function intlZone(name: string, seconds: number): Zone | undefined {
  if (name === '' || name === 'UTC') return UTC;
  const date = new Date(seconds * 1000);
  const offset = offsetOf(name, date);
  return offset === undefined ? undefined : { name: abbreviationOf(name, date, offset), offset };
}

function offsetOf(name: string, date: Date): number | undefined {
  const text = zonePart(name, date, 'en-US', 'longOffset');
  const match = /^GMT(?:([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, sign, hours = '0', minutes = '0', rest = '0'] = match;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  return sign === '-' ? -offset : offset;
}

/** Each locale abbreviates only the zones that its readers know, so several are asked. */
function abbreviationOf(name: string, date: Date, offset: number): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-CA', 'ja-JP', 'ko-KR']) {
    const text = zonePart(name, date, locale, 'short');
    if (text !== undefined && /^[A-Z]{3,5}$/.test(text)) return text;
  }
  const hours = Math.trunc(Math.abs(offset) / 3600);
  const minutes = Math.trunc((Math.abs(offset) % 3600) / 60);
  const digits = String(hours).padStart(2, '0') + (minutes === 0 ? '' : String(minutes).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${digits}`;
}

function zonePart(
  name: string,
  date: Date,
  locale: string,
  timeZoneName: 'short' | 'longOffset',
): string | undefined {
  try {
    const format = new Intl.DateTimeFormat(locale, { timeZone: name, timeZoneName });
    return format.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
