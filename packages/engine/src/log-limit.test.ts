import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LogLimit } from './log-limit.ts';

function limited(limitBytes: number, chunks: readonly string[]): string {
  const limit = new LogLimit(limitBytes);
  const out = chunks.map((chunk) => limit.write(Buffer.from(chunk)));
  return Buffer.concat([...out, ...limit.close()]).toString();
}

describe('log limit', () => {
  test('a log within the limit is left alone', () => {
    for (const size of [1, 7, 100]) {
      const text = 'x'.repeat(99);
      const chunks = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      assert.equal(limited(100, chunks), text);
    }
  });

  test('[pipeline 119] a log over the limit keeps its head and its tail around a marker', () => {
    const lines = Array.from({ length: 1000 }, (_, at) => `line ${String(at).padStart(4, '0')}\n`);
    for (const size of [1, 3, 1000]) {
      const chunks = Array.from({ length: Math.ceil(1000 / size) }, (_, at) =>
        lines.slice(at * size, (at + 1) * size).join(''),
      );
      const text = limited(400, chunks);
      assert.ok(text.startsWith('line 0000\nline 0001\n'));
      assert.ok(text.endsWith('line 0998\nline 0999\n'));
      const missing = Number(/\[sortie: (\d+) bytes left out, the log is over its limit\]\n/.exec(text)?.[1]);
      const kept = text.replace(/\[sortie: .*\]\n/, '');
      assert.equal(Buffer.byteLength(kept) + missing, 10_000);
      assert.match(kept, /^(line \d{4}\n)+$/);
    }
  });

  test('the marker is a line of its own when the head ends within a line', () => {
    assert.match(
      limited(40, ['x'.repeat(35), 'y'.repeat(20), 'z\n'.repeat(20)]),
      /x\n\[sortie: \d+ bytes left out/,
    );
  });

  test('[runner 118] one line of 20 MB passes in bounded memory and stays below the limit', () => {
    const limit = new LogLimit(8 * 1024 * 1024);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let bytes = 0;
    for (let at = 0; at < 320; at += 1) bytes += limit.write(chunk).length;
    for (const part of limit.close()) bytes += part.length;
    assert.ok(bytes > 7 * 1024 * 1024);
    assert.ok(bytes <= 8 * 1024 * 1024 + 100);
  });
});
