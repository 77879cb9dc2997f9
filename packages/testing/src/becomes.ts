import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/**
 * Milliseconds that a test waits for something that must happen. A healthy machine needs a hundredth of it; one that
 * is busy with other things must not make a test fail.
 */
export const PATIENCE_MS = 120_000;

/**
 * Reads until the value is the wanted one: pages, containers and processes follow what is done to them at a time of
 * their own. Fails with the last value; `about()` is printed then, too.
 */
export async function becomes<T>(read: () => T | Promise<T>, wanted: T, about?: () => string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await read();
    if (isDeepStrictEqual(found, wanted)) return;
    if (performance.now() > end) {
      if (about !== undefined) console.error(about());
      assert.deepEqual(found, wanted);
    }
    await delay(20);
  }
}
