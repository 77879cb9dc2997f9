/**
 * Loaded into a process with `--import` before anything else: its wall clock then shows the time of the machine plus as
 * many milliseconds as stand in the file that `NEMESIS_CLOCK` names. Everything that counts time that passes (timers,
 * `performance.now()`) stays as it is, as when somebody sets the clock of a machine.
 */
import { readFileSync } from 'node:fs';

/** How soon a change of the file takes effect. */
const LOOK_MS = 50;

const { NEMESIS_CLOCK } = process.env;
if (NEMESIS_CLOCK !== undefined) shiftClock(NEMESIS_CLOCK);

function shiftClock(path: string): void {
  const Real = Date;
  let byMs = readOffset(path);
  setInterval(() => {
    byMs = readOffset(path);
  }, LOOK_MS).unref();
  const now = (): number => Real.now() + byMs;
  globalThis.Date = new Proxy(Real, {
    apply: () => new Real(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
}

/** 0 as long as there is no file. */
function readOffset(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
