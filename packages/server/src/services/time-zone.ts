import type { ZoneOffset } from '@sortie/core/next-run';

/** True for the name of a time zone that this system knows, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The clocks of a time zone. Throws `RangeError` for a name that `isTimeZone` refuses. */
export function zoneOffset(name: string): ZoneOffset {
  if (name === 'UTC') return () => 0;
  const format = formatOf(name);
  return (moment) => {
    const parts = new Map(
      format.formatToParts(moment * 1000).map(({ type, value }) => [type, Number(value)]),
    );
    const at = (part: Intl.DateTimeFormatPartTypes): number => parts.get(part) ?? 0;
    const shown = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
    return shown / 1000 - Math.floor(moment);
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
