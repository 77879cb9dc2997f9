import type { CalendarSchedule, Schedule } from './cron.ts';

/**
 * How far the clocks of a time zone are ahead of UTC at a moment, in seconds; the moment is unix seconds. The offset
 * must change at most once in three days, as it does in every zone of the world.
 */
export type ZoneOffset = (moment: number) => number;

const DAY = 86_400;
const YEARS_SEARCHED = 5;

/**
 * The first moment after `after` at which the schedule is due in a time zone, UTC unless given; both are unix seconds.
 * A time that the clocks leave out when they go forward is not due on that day, one that they show twice is due twice.
 * Undefined when there is no moment up to the end of the fifth year that follows, so also for an eight-year wait for
 * a leap day.
 */
export function nextRun(
  schedule: Schedule,
  after: number,
  offsetAt: ZoneOffset = () => 0,
): number | undefined {
  const whole = Math.floor(after);
  if (schedule.kind === 'every') return whole + schedule.seconds;
  const start = whole + 1;
  let day = Math.floor((start + offsetAt(start)) / DAY);
  let date = new Date(day * DAY * 1000);
  const lastYear = date.getUTCFullYear() + YEARS_SEARCHED;
  while (date.getUTCFullYear() <= lastYear) {
    const moment = dayMatches(schedule, date) ? firstMoment(schedule, day, start, offsetAt) : undefined;
    if (moment !== undefined) return moment;
    day += 1;
    date = new Date(day * DAY * 1000);
  }
  return undefined;
}

/** The first due moment of a calendar day (days since 1970 on the clocks of the zone) that is not before `start`. */
function firstMoment(
  schedule: CalendarSchedule,
  day: number,
  start: number,
  offsetAt: ZoneOffset,
): number | undefined {
  const midnight = day * DAY;
  // No zone is a whole day off, so the calendar day lies between these moments everywhere.
  const [from, to] = [midnight - DAY, midnight + 2 * DAY];
  const [before, after] = [offsetAt(from), offsetAt(to)];
  const change = before === after ? to : changeBetween(from, to, offsetAt);
  const early = firstTime(schedule, start - midnight + before);
  if (early !== undefined && midnight + early - before < change) return midnight + early - before;
  if (before === after) return undefined;
  const late = firstTime(schedule, Math.max(start, change) - midnight + after);
  return late === undefined ? undefined : midnight + late - after;
}

/** The first moment of the offset that is in force at `to`; another one is in force at `from`. */
function changeBetween(from: number, to: number, offsetAt: ZoneOffset): number {
  const offset = offsetAt(to);
  let [old, known] = [from, to];
  while (known - old > 1) {
    const middle = Math.floor((old + known) / 2);
    if (offsetAt(middle) === offset) known = middle;
    else old = middle;
  }
  return known;
}

/** A star in either field of the day means that both must match; without one, either is enough. */
function dayMatches({ month, dayOfMonth, dayOfWeek }: CalendarSchedule, date: Date): boolean {
  if (!month.values.includes(date.getUTCMonth() + 1)) return false;
  const ofMonth = dayOfMonth.values.includes(date.getUTCDate());
  const ofWeek = dayOfWeek.values.includes(date.getUTCDay());
  return dayOfMonth.star || dayOfWeek.star ? ofMonth && ofWeek : ofMonth || ofWeek;
}

/** Seconds since midnight, at least `earliest`. */
function firstTime({ hour, minute, second }: CalendarSchedule, earliest: number): number | undefined {
  for (const h of hour.values) {
    if ((h + 1) * 3600 <= earliest) continue;
    for (const m of minute.values) {
      const start = h * 3600 + m * 60;
      const match = second.values.find((s) => start + s >= earliest);
      if (match !== undefined) return start + match;
    }
  }
  return undefined;
}
