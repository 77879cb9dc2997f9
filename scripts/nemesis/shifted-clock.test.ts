import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it } from 'node:test';

const PRELOAD = new URL('./shifted-clock.ts', import.meta.url).href;
const HOUR_MS = 3_600_000;
/** For each line that it is sent it says what its clocks show. */
const PROGRAM = `
process.stdin.on('data', () => {
  const shown = [Date.now(), new Date().getTime(), Date.parse(Date()), +new Date(5), performance.now()];
  console.log(JSON.stringify([...shown, new Date() instanceof Date]));
});
process.stdin.on('end', () => process.exit());
`;

it('shows the wall clock of the machine moved by what the file says, and leaves the time that passes alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-clock-'));
  const clock = join(folder, 'clock');
  const env = { PATH: process.env.PATH, NEMESIS_CLOCK: clock, NODE_OPTIONS: `--import=${PRELOAD}` };
  const child = spawn(process.execPath, ['-e', PROGRAM], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const look = async () => {
    child.stdin.write('?\n');
    const [now, made, said, fixed, passed, isDate] = JSON.parse((await lines.next()).value ?? '');
    const off = (shown: number) => Math.round((shown - Date.now()) / HOUR_MS) + 0;
    assert.deepEqual([fixed, isDate], [5, true]);
    assert.deepEqual([off(made), off(said)], [off(now), off(now)]);
    return { hours: off(now), passed: passed as number };
  };
  try {
    const before = await look();
    assert.equal(before.hours, 0);
    for (const hours of [3, -2]) {
      await writeFile(`${clock}.new`, String(hours * HOUR_MS));
      await rename(`${clock}.new`, clock);
      let seen = await look();
      while (seen.hours !== hours) seen = await look();
      assert.ok(seen.passed >= before.passed && seen.passed < HOUR_MS);
    }
  } finally {
    child.stdin.end();
    await once(child, 'close');
    await rm(folder, { recursive: true });
  }
});
