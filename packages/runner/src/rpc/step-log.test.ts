import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { StepLog } from './step-log.ts';

interface Line {
  readonly pos: number;
  readonly out: string;
}

describe('the log of a step for an official server', () => {
  it('comes in batches of bounded size, with the lines of the upload, however far the batches are behind', async () => {
    const timers: (() => void)[] = [];
    const clock = {
      now: () => 0,
      after(_ms: number, call: () => void) {
        timers.push(call);
        return () => undefined;
      },
    };
    const sizes: number[] = [];
    const live: Line[] = [];
    const log = new StepLog({
      clock,
      async sendBatch(body) {
        const text = Buffer.concat([...(body?.parts() ?? [])]).toString();
        const lines: readonly Line[] = JSON.parse(text);
        sizes.push(lines.reduce((sum, { out }) => sum + out.length, 0));
        live.push(...lines);
      },
    });
    // Some end with a line and some within one; one is a single line that is longer than a batch.
    const lengths = [1, 99, 262_144, 70_000, 262_144, 262_143, 262_144, 262_144, 262_144, 1_300_000, 3];
    let offset = 0;
    for (const [at, length] of lengths.entries()) {
      const bytes = Buffer.alloc(length, length > 1_000_000 ? 'y' : `${'x'.repeat(60 + at)}\n`);
      log.append({ offset, bytes, checksum: crc32(bytes), marks: [] });
      offset += length;
      // The block is used again for the next piece.
      bytes.fill('z');
      if (at === 7) timers.shift()?.();
    }
    await log.flush();
    const upload: readonly Line[] = JSON.parse(
      Buffer.concat([...(log.uploadBody()?.parts() ?? [])]).toString(),
    );
    assert.deepEqual(live, upload);
    assert.equal(upload.map(({ out }) => out).join('').length, offset);
    assert.ok(sizes.length >= 3);
    assert.ok(sizes.every((size) => size <= 2 ** 20));
    assert.ok(!upload.some(({ out }) => out.includes('z')));
  });
});
