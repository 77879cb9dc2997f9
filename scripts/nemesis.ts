/**
 * Builds under a server and three runners that are killed, paused and cut off all the time:
 * `npm run nemesis -- --seed N --minutes M`. Prints what happened and every violation; ends with 1 when there is one.
 */
import { parseArgs } from 'node:util';
import { runNemesis } from './nemesis/run.ts';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, minutes: { type: 'string', default: '2' } },
  });
  const seed = Number(values.seed);
  const minutes = Number(values.minutes);
  if (!Number.isSafeInteger(seed) || !(minutes > 0)) {
    console.error('Usage: npm run nemesis -- --seed NUMBER --minutes NUMBER');
    return 2;
  }
  const report = await runNemesis({ seed, lengthMs: minutes * 60_000, print: (line) => console.log(line) });
  for (const violation of report.violations) console.log(`VIOLATION ${violation}`);
  console.log(
    `seed ${seed}: ${report.kills} kills, ${report.builds} builds, ${report.violations.length} violations`,
  );
  return report.violations.length === 0 ? 0 : 1;
}
