import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runNemesis } from '../../scripts/nemesis/run.ts';

/** On a fast machine a minute; a slow one starts processes slowly, and kills fewer of them in that time. */
const LONGEST_MS = 290_000;
const KILLS = 30;

it('thirty kills, pauses, full disks, wrong clocks and a bad network leave no build open, wrong or doubled, and nothing behind', async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const report = await runNemesis({ seed: 5, lengthMs: LONGEST_MS, untilKills: KILLS, print });
  const { withDocker, withSmallDisks } = report;
  const told = lines.join('\n');
  assert.deepEqual(report.violations, [], told);
  assert.ok(report.kills >= KILLS, `${report.kills} kills\n${told}`);
  assert.ok(report.builds > 10, `${report.builds} builds\n${told}`);
  const disk = withSmallDisks ? (['disk'] as const) : [];
  const container = withDocker ? (['container'] as const) : [];
  for (const kind of ['kill', 'pause', 'clock', ...disk, ...container] as const) {
    assert.ok((report.faults.get(kind) ?? 0) > 0, `no ${kind}\n${told}`);
  }
  // `ssh` stands for the `dummy` engine.
  for (const type of ['exec', 'ssh', ...(withDocker ? ['docker'] : [])]) {
    assert.ok((report.types.get(type) ?? 0) > 0, `no stage of type ${type} ran to its end\n${told}`);
  }
});
