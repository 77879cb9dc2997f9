import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchedule, scheduleHint } from './cron.ts';
import { AppError } from './errors.ts';
import { nextRun, type ZoneOffset } from './next-run.ts';

const seconds = (moment: string) => Date.parse(moment) / 1000;

function next(expression: string, after: string): string | undefined {
  const found = nextRun(parseSchedule(expression), seconds(after));
  return found === undefined ? undefined : new Date(found * 1000).toISOString().replace('.000', '');
}

function problem(expression: string): AppError {
  try {
    parseSchedule(expression);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${expression} was accepted`);
}

function check(after: string, rows: readonly (readonly [string, string | undefined])[]): void {
  for (const [expression, expected] of rows) assert.equal(next(expression, after), expected, expression);
}

test('the next run is the first match after the given moment', () => {
  check('2024-01-31T10:20:30Z', [
    ['0 0 * * * *', '2024-01-31T11:00:00Z'],
    ['30 6 * * *', '2024-01-31T11:06:30Z'],
    ['0 */15 * * * *', '2024-01-31T10:30:00Z'],
    ['0 5/20 * * * *', '2024-01-31T10:25:00Z'],
    ['30 20 10 * * *', '2024-02-01T10:20:30Z'],
    ['* * * * * ?', '2024-01-31T10:20:31Z'],
    ['0,,+45 20 10 * * *', '2024-01-31T10:20:45Z'],
    ['0 0 0 ? JAN-mar Mon-fri', '2024-02-01T00:00:00Z'],
    ['0 0 0 * * *-7', '2024-02-01T00:00:00Z'],
  ]);
});

test('[ops C65] five fields start with seconds and mean any day of the week', () => {
  check('2024-01-31T10:20:30Z', [['0 0 4 * *', '2024-02-01T04:00:00Z']]);
});

test('[ops C67] both days must match when one of them has a star, otherwise either is enough', () => {
  check('2024-01-31T10:20:30Z', [
    ['0 0 0 13 * FRI', '2024-02-02T00:00:00Z'],
    ['0 0 0 */2 * MON', '2024-02-05T00:00:00Z'],
    ['0 0 0 13 * *', '2024-02-13T00:00:00Z'],
    ['0 0 0 ? * 1', '2024-02-05T00:00:00Z'],
  ]);
});

test('months end on their last day and leap days are found', () => {
  check('2023-02-28T23:59:59Z', [
    ['0 0 0 * * *', '2023-03-01T00:00:00Z'],
    ['0 0 0 31 * *', '2023-03-31T00:00:00Z'],
    ['0 0 0 29 2 *', '2024-02-29T00:00:00Z'],
    ['59 59 23 31 12 *', '2023-12-31T23:59:59Z'],
  ]);
  check('2023-12-31T23:59:59Z', [['@hourly', '2024-01-01T00:00:00Z']]);
});

test('[ops C68] nothing is found on a day that does not come within five years', () => {
  check('2024-01-31T10:20:30Z', [
    ['0 0 0 30 2 *', undefined],
    [', * * * * *', undefined],
  ]);
  check('2096-03-01T00:00:00Z', [['0 0 0 29 2 *', undefined]]);
  check('1999-12-31T23:59:59Z', [['0 0 0 29 2 ,', '2000-02-29T00:00:00Z']]);
});

test('descriptors name the beginnings of periods', () => {
  check('2024-01-31T10:20:30Z', [
    ['@yearly', '2025-01-01T00:00:00Z'],
    ['@annually', '2025-01-01T00:00:00Z'],
    ['@monthly', '2024-02-01T00:00:00Z'],
    ['@weekly', '2024-02-04T00:00:00Z'],
    ['@daily', '2024-02-01T00:00:00Z'],
    ['@midnight', '2024-02-01T00:00:00Z'],
    ['@hourly', '2024-01-31T11:00:00Z'],
  ]);
});

test('@every counts whole seconds from the given moment, at least one', () => {
  check('2024-01-31T10:20:30.75Z', [
    ['@every 1h30m', '2024-01-31T11:50:30Z'],
    ['@every 1.9s', '2024-01-31T10:20:31Z'],
    ['@every .5h', '2024-01-31T10:50:30Z'],
    ['@every 10ms', '2024-01-31T10:20:31Z'],
    ['@every -5m', '2024-01-31T10:20:31Z'],
    ['@every 0', '2024-01-31T10:20:31Z'],
  ]);
});

test('[ops C66] an expression that cannot be read names the field and what it allows', () => {
  const rows: readonly (readonly [string, RegExp, RegExp])[] = [
    ['0 0 0 * * 7', /"7" is not a valid day of week/, /0 to 6 or sun, mon/],
    ['60 * * * * *', /"60" is not a valid second/, /0 to 59,/],
    ['* 5-3 * * * *', /"5-3" is not a valid minute/, /ascending/],
    ['* * 24 * * *', /valid hour/, /0 to 23/],
    ['* * * 0 * *', /valid day of month/, /1 to 31/],
    ['* * * * foo *', /"foo" is not a valid month/, /1 to 12 or jan/],
    ['*/0 * * * * *', /valid second/, /at least 1/],
    ['1-2-3 * * * * *', /valid second/, /range/],
    ['1/2/3 * * * * *', /valid second/, /step/],
    ['-1 * * * * *', /valid second/, /0 to 59/],
    ['* * * *', /5 or 6 fields, not 4/, /second, minute, hour/],
    ['* * * * * * *', /5 or 6 fields, not 7/, /second, minute, hour/],
    ['', /5 or 6 fields, not 0/, /second, minute, hour/],
    ['TZ=UTC * * * * * *', /not 7/, /second/],
    ['@Daily', /"@Daily" is not a known cron descriptor/, /@daily/],
    ['@every', /not a known cron descriptor/, /@every with a duration/],
    ['@every 5', /duration "5" after @every/, /units h, m and s/],
    ['@every 9999999h', /after @every cannot be read/, /1h30m/],
  ];
  for (const [expression, message, hint] of rows) {
    const error = problem(expression);
    assert.equal(error.code, 'invalid-request', expression);
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
  }
});

/** The clocks of Berlin in 2024: summer time from 31 March to 27 October, both at 01:00 UTC. */
const BERLIN: ZoneOffset = (moment) => {
  const isSummer = moment >= seconds('2024-03-31T01:00:00Z') && moment < seconds('2024-10-27T01:00:00Z');
  return isSummer ? 7200 : 3600;
};

/** The first runs after a moment, in the zone. */
function runs(expression: string, after: string, count: number, offsetAt: ZoneOffset): readonly string[] {
  const found: string[] = [];
  let moment: number | undefined = seconds(after);
  while (found.length < count) {
    moment = nextRun(parseSchedule(expression), moment, offsetAt);
    if (moment === undefined) break;
    found.push(new Date(moment * 1000).toISOString().replace(':00.000', ''));
  }
  return found;
}

test('[ops C73] an expression is read on the clocks of the zone', () => {
  assert.deepEqual(runs('0 0 4 * * *', '2024-03-29T12:00:00Z', 3, BERLIN), [
    '2024-03-30T03:00Z',
    '2024-03-31T02:00Z',
    '2024-04-01T02:00Z',
  ]);
  // It is the first of the month in Berlin while it is the last of another one in UTC.
  assert.deepEqual(runs('0 30 0 1 * *', '2024-01-31T12:00:00Z', 1, BERLIN), ['2024-01-31T23:30Z']);
  assert.deepEqual(
    runs('0 0 20 * * SUN', '2024-01-01T00:00:00Z', 1, () => -5 * 3600),
    ['2024-01-01T01:00Z'],
  );
});

test('[ops C73] a time that the clocks leave out is skipped on that day, one that they show twice runs twice', () => {
  assert.deepEqual(runs('0 30 2 * * *', '2024-03-30T00:00:00Z', 2, BERLIN), [
    '2024-03-30T01:30Z',
    '2024-04-01T00:30Z',
  ]);
  assert.deepEqual(runs('0 30 2 * * *', '2024-10-26T12:00:00Z', 3, BERLIN), [
    '2024-10-27T00:30Z',
    '2024-10-27T01:30Z',
    '2024-10-28T01:30Z',
  ]);
});

test('[ops C73] hourly runs are an hour apart while the clocks are changed', () => {
  assert.deepEqual(runs('@hourly', '2024-10-26T23:30:00Z', 3, BERLIN), [
    '2024-10-27T00:00Z',
    '2024-10-27T01:00Z',
    '2024-10-27T02:00Z',
  ]);
  assert.deepEqual(runs('@hourly', '2024-03-31T00:00:00Z', 2, BERLIN), [
    '2024-03-31T01:00Z',
    '2024-03-31T02:00Z',
  ]);
});

test('[ops C73] every run in a zone is the first moment whose clock matches, as a search by the minute finds it', () => {
  const expressions = ['0 15 1-3 * * *', '0 0 0 * * *', '0 */40 2 27-31 3,10 *', '0 30 23 * * SAT'];
  for (const start of ['2024-03-29T00:00:00Z', '2024-10-25T00:00:00Z']) {
    for (const expression of expressions) {
      const expected: string[] = [];
      for (let moment = seconds(start) + 60; moment < seconds(start) + 4 * 86_400; moment += 60) {
        const local = moment + BERLIN(moment);
        if (nextRun(parseSchedule(expression), local - 1) !== local) continue;
        expected.push(new Date(moment * 1000).toISOString().replace(':00.000', ''));
      }
      assert.deepEqual(
        runs(expression, start, expected.length, BERLIN),
        expected,
        `${expression} from ${start}`,
      );
    }
  }
});

test('[ledger 9] five fields are warned about, six fields and descriptors are not', () => {
  assert.match(scheduleHint('0 4 * * *') ?? '', /second/);
  // It goes into a header.
  assert.match(scheduleHint('0 4 * * *-\n') ?? '', /^[ -~]+$/);
  assert.equal(scheduleHint('0 0 4 * * *'), undefined);
  assert.equal(scheduleHint('@daily'), undefined);
});
