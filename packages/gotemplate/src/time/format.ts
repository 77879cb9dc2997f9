import type { Time } from '../value.ts';
import { type Civil, MONTHS, toCivil, WEEKDAYS } from './civil.ts';
import { type LayoutPart, parseLayout } from './layout.ts';

/** Go's default form of a time, without the reading of the monotonic clock. */
const DEFAULT_LAYOUT = '2006-01-02 15:04:05.999999999 -0700 MST';

export function timeText(time: Time): string {
  return formatTime(time, DEFAULT_LAYOUT);
}

/** A time in a Go layout (bytes). */
export function formatTime(time: Time, layout: string): string {
  const civil = toCivil(time.seconds + time.zone.offset);
  return parseLayout(layout)
    .map((part) => formatPart(time, civil, part))
    .join('');
}

function formatPart(time: Time, civil: Civil, part: LayoutPart): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'fraction') return formatFraction(time.nanoseconds, part.text);
  return formatElement(time, civil, part.text);
}

function formatFraction(nanoseconds: number, text: string): string {
  const digits = String(nanoseconds)
    .padStart(9, '0')
    .slice(0, text.length - 1)
    .padEnd(text.length - 1, '0');
  if (text.charAt(1) === '0') return text.charAt(0) + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : text.charAt(0) + trimmed;
}

function formatElement(time: Time, civil: Civil, element: string): string {
  switch (element) {
    case 'January':
      return MONTHS[civil.month - 1] ?? '';
    case 'Jan':
      return (MONTHS[civil.month - 1] ?? '').slice(0, 3);
    case 'Monday':
      return WEEKDAYS[civil.weekday] ?? '';
    case 'Mon':
      return (WEEKDAYS[civil.weekday] ?? '').slice(0, 3);
    case 'MST':
      return formatZoneName(time);
    case 'PM':
      return civil.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return civil.hour >= 12 ? 'pm' : 'am';
    default:
      return element.startsWith('Z') || element.startsWith('-')
        ? formatOffset(time.zone.offset, element)
        : formatNumber(civil, element);
  }
}

function formatNumber(civil: Civil, element: string): string {
  switch (element) {
    case '2006':
      return padYear(civil.year);
    case '06':
      return pad(civil.year % 100, 2, '0');
    case '01':
      return pad(civil.month, 2, '0');
    case '1':
      return String(civil.month);
    case '02':
      return pad(civil.day, 2, '0');
    case '_2':
      return pad(civil.day, 2, ' ');
    case '2':
      return String(civil.day);
    case '002':
      return pad(civil.yearDay, 3, '0');
    case '__2':
      return pad(civil.yearDay, 3, ' ');
    case '15':
      return pad(civil.hour, 2, '0');
    case '03':
      return pad(civil.hour % 12 || 12, 2, '0');
    case '3':
      return String(civil.hour % 12 || 12);
    case '04':
      return pad(civil.minute, 2, '0');
    case '4':
      return String(civil.minute);
    case '05':
      return pad(civil.second, 2, '0');
    default:
      return String(civil.second);
  }
}

function pad(value: number, width: number, filler: string): string {
  return String(Math.abs(value)).padStart(width, filler);
}

function padYear(year: number): string {
  return year < 0 ? `-${pad(year, 4, '0')}` : pad(year, 4, '0');
}

function formatZoneName({ zone }: Time): string {
  if (zone.name !== '') return zone.name;
  const minutes = Math.trunc(zone.offset / 60);
  const sign = minutes < 0 ? '-' : '+';
  const hours = pad(Math.trunc(minutes / 60), 2, '0');
  return `${sign}${hours}${pad(minutes % 60, 2, '0')}`;
}

function formatOffset(offset: number, element: string): string {
  if (element.startsWith('Z') && offset === 0) return 'Z';
  const minutes = Math.trunc(offset / 60);
  const colon = element.includes(':') ? ':' : '';
  let text = `${minutes < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60), 2, '0')}`;
  if (element.length > 3) text += colon + pad(minutes % 60, 2, '0');
  if (element.endsWith(':00:00') || element.endsWith('0000')) text += colon + pad(offset % 60, 2, '0');
  return text;
}
