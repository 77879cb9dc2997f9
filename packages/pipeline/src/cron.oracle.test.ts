import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchedule } from '@sortie/core/cron';
import { AppError } from '@sortie/core/errors';
import { nextRun } from '@sortie/core/next-run';
import { askOracle, oracleMissing } from '@sortie/testing/go-oracle';
import { ORACLE } from './oracle.fixture.ts';
import { createSeeded, type Seeded } from './seeded.fixture.ts';

interface CronAnswer {
  readonly times?: readonly number[];
  readonly error?: string;
}

/** Of each kind of field; combined with stars in the others. No lone comma as second: Go needs seconds for it. */
const PARTS = [
  '*|?|0|00|+7|5|59|60|-1|-0|1-5|5-1|1-1|*/15|?/7|5/20|1-30/4|*/0|*/-1|*/+2|*/-0|*/100|',
  '*/9223372036854775807|*/9223372036854775808|1,2,3|1,,2|,1|*,1|1-2-3|1/2/3|*-5|*-x/3|*-1-2|x|1-|-|',
  '/|1/|/2|1_0|0x1|1.5|1e1|L|15W|1#2|١|24|23|31|30|29|28|32|12|13|6|7|jan|DEC|Jan-Mar|mar-jan|sun|',
  'SAT|Mon-fri|mon-5|fri/2|sunday|feb,oct|jan/5|99999999999999999999',
]
  .join('')
  .split('|');
const WHOLE = [
  '@yearly|@annually|@monthly|@weekly|@daily|@midnight|@hourly|@Daily|@|@every| @daily|@daily || |',
  '* * * *|* * * * *|* * * * * * *|  0\t0\n0 * *  |0\u00a00\u20000 * *|\ufeff0 0 0 * *|',
  'TZ=UTC 0 0 0 * *|CRON_TZ=UTC * * * * *|0 0 0 30 2 *|0 0 0 29 2 *|0 0 0 31 4,6,9,11 *|0 0 0 29 2 1|',
  '0 0 0 13 * FRI|0 0 0 */2 * MON|0 0 0 , * 1|0 0 0 1 * ,|0 0 0 1 , *|0 0 , * *|0 0 0 , * *|',
  '59 59 23 31 12 *|0 0 0 1 1 ?|0 0 0 29 feb sun|59 59 23 28-31 * *',
]
  .join('')
  .split('|');
const DURATIONS = [
  '1s|0|+0|-0|-||5|1h30m|1.5h|.5h|5.h|.h|1.9s|999ms|1000ms|-5m|+5m|1d| 5m|5m |5 m|1h1|1.1.1s|0.1h|',
  '0.3333333333333333333333h|1us|1µs|1μs|86400s|2562047h|2562048h|9223372036s|9223372037s|',
  '9223372036854775807ns|9223372036854775808ns|1H|1h-1m|-9223372036854775808ns|',
  '00000000000000000000001s|99999999999999999999s|1e3s|٣s|2562047h47m16.854775807s',
]
  .join('')
  .split('|');
const MOMENTS = [
  ...['1969-12-31T23:59:59Z', '1999-12-31T23:59:59Z', '2023-02-28T23:59:58Z', '2024-02-28T23:59:59Z'],
  ...['2024-02-29T12:00:00Z', '2024-01-31T10:20:30Z', '2096-02-29T00:00:00Z', '2097-01-01T00:00:00Z'],
  ...['2098-12-31T23:59:58Z', '2098-12-31T23:59:59Z', '2026-12-30T22:58:57Z'],
].map((moment) => Date.parse(moment) / 1000);
const BOUNDS = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

function handMade(): string[] {
  const placed = BOUNDS.flatMap((_, at) =>
    PARTS.map((part) => BOUNDS.map((__, index) => (index === at ? part : index < 3 ? '0' : '*')).join(' ')),
  );
  return [...placed, ...WHOLE, ...DURATIONS.map((duration) => `@every ${duration}`)];
}

function generateRange(random: Seeded, low: number, high: number): string {
  const value = () => low + random.below(high - low + 1);
  const [one, two] = [value(), value()];
  const range = random.pick(['*', '?', `${one}`, `${one}`, `${Math.min(one, two)}-${Math.max(one, two)}`]);
  return random.below(3) === 0 ? `${range}/${1 + random.below(high)}` : range;
}

/** Mostly valid; now and then with a piece that belongs elsewhere or nowhere. */
function generate(random: Seeded): string {
  const fields = BOUNDS.map(([low, high]) =>
    random.below(40) === 0
      ? random.pick(PARTS)
      : Array.from({ length: 1 + random.below(3) }, () => generateRange(random, low, high)).join(','),
  );
  return fields.slice(0, random.below(5) === 0 ? 5 : 6).join(' ');
}

function answer(text: string, after: number, count: number): readonly number[] | 'error' {
  const times: number[] = [];
  try {
    const schedule = parseSchedule(text);
    for (let at = nextRun(schedule, after); at !== undefined && times.length < count; ) {
      times.push(at);
      at = nextRun(schedule, at);
    }
  } catch (error) {
    if (error instanceof AppError) return 'error';
    throw error;
  }
  return times;
}

test('[ops C66] schedules are accepted and run when robfig/cron accepts and runs them', {
  skip: oracleMissing(),
}, () => {
  const random = createSeeded(66);
  const cases = handMade().flatMap((text) =>
    MOMENTS.map((after) => ({ verb: 'cron', text, after, count: 4 })),
  );
  for (let round = 0; round < 10_000; round += 1) {
    const after = random.below(2) === 0 ? random.pick(MOMENTS) : random.below(5_000_000_000);
    cases.push({ verb: 'cron', text: generate(random), after, count: 4 });
  }
  const answers = askOracle<CronAnswer>(ORACLE, cases);
  const different = cases
    .map(({ text, after, count }, at) => ({
      text,
      after,
      ours: answer(text, after, count),
      theirs: answers[at]?.error === undefined ? (answers[at]?.times ?? []) : 'error',
    }))
    .filter(({ ours, theirs }) => String(ours) !== String(theirs));
  assert.deepEqual(different.slice(0, 20), []);
  const accepted = answers.filter(({ error }) => error === undefined).length;
  assert.ok(accepted > 5000 && accepted < cases.length - 1000, `${accepted} of ${cases.length} are accepted`);
});
