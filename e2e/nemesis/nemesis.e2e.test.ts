import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runNemesis } from '../../scripts/nemesis/run.ts';

/** On a fast machine a minute; a slow one starts processes slowly, and kills fewer of them in that time. */
const LONGEST_MS = 290_000;
const KILLS = 30;

it('thirty kills, pauses and a bad network leave no build open, wrong or doubled, and nothing behind', async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const report = await runNemesis({ seed: 5, lengthMs: LONGEST_MS, untilKills: KILLS, print });
  assert.deepEqual(report.violations, [], lines.join('\n'));
  assert.ok(report.kills >= KILLS, `${report.kills} kills\n${lines.join('\n')}`);
  assert.ok(report.builds > 10, `${report.builds} builds\n${lines.join('\n')}`);
});
