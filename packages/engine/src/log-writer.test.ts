import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { LogPiece } from '@sortie/core/log';
import { open } from './log-writer.fixture.ts';
import { MAX_PIECE_BYTES } from './log-writer.ts';

describe('log writer', () => {
  test('the first bytes leave at once, the next after a moment and together', async () => {
    const { clock, writer, pieces } = open();
    writer.write(Buffer.from('+ make\n'));
    await turn();
    assert.equal(pieces.length, 1);
    writer.write(Buffer.from('one\n'));
    writer.write(Buffer.from('two\n'));
    await turn();
    assert.equal(pieces.length, 1);
    await clock.advance(100);
    assert.deepEqual(
      pieces.map(({ offset, bytes, checksum, marks }) => ({ offset, text: String(bytes), checksum, marks })),
      [
        {
          offset: 0,
          text: '+ make\n',
          checksum: crc32('+ make\n'),
          marks: [{ line: 0, offset: 0, second: 0 }],
        },
        { offset: 7, text: 'one\ntwo\n', checksum: crc32('one\ntwo\n'), marks: [] },
      ],
    );
    await writer.close();
  });

  test('a clock that is put back by an hour holds nothing back', async () => {
    const { clock, writer, text } = open();
    writer.write(Buffer.from('one\n'));
    await turn();
    clock.jump(-3_600_000);
    writer.write(Buffer.from('two\n'));
    await clock.advance(100);
    assert.equal(text(), 'one\ntwo\n');
    clock.jump(7_200_000);
    writer.write(Buffer.from('three\n'));
    await clock.advance(100);
    assert.equal(text(), 'one\ntwo\nthree\n');
    await writer.close();
  });

  test('marks carry the second of the step and go with the piece that holds their line', async () => {
    const { clock, writer, pieces } = open();
    writer.write(Buffer.from('a\n'));
    await clock.advance(3500);
    writer.write(Buffer.from('b\n'));
    await writer.close();
    assert.deepEqual(
      pieces.flatMap(({ marks }) => marks),
      [
        { line: 0, offset: 0, second: 0 },
        { line: 1, offset: 2, second: 3 },
      ],
    );
  });

  test('holds the step back while the store is busy, and sends on when it is not', async () => {
    const gate = Promise.withResolvers<void>();
    const sizes: number[] = [];
    const sink = {
      write: async (piece: LogPiece) => {
        sizes.push(piece.bytes.length);
        await gate.promise;
      },
    };
    const { writer } = open({ sink });
    assert.equal(writer.write(Buffer.from('x')), undefined);
    await turn();
    assert.equal(writer.write(Buffer.alloc(1000)), undefined);
    const held = writer.write(Buffer.alloc(MAX_PIECE_BYTES));
    assert.ok(held instanceof Promise);
    await turn();
    assert.deepEqual(sizes, [1]);
    gate.resolve();
    await held;
    await writer.close();
    assert.deepEqual(sizes, [1, MAX_PIECE_BYTES, 1000]);
  });

  test('shows a prompt that looks like the beginning of a secret after a while', async () => {
    const { clock, writer, text } = open({ masks: ['secret'] });
    writer.write(Buffer.from('continue? se'));
    await clock.advance(100);
    assert.equal(text(), 'continue? ');
    await clock.advance(2000);
    await clock.advance(100);
    assert.equal(text(), 'continue? se');
    await writer.close();
  });

  test('[pipeline 118] hands cards over, with secrets masked, and not to the log', async () => {
    const { writer, cards, text } = open({ masks: ['hunter2'] });
    const card = Buffer.from('{"data":{"password":"hunter2"}}').toString('base64');
    writer.write(Buffer.from(`a\n\u001b]1338;${card.slice(0, 9)}`));
    writer.write(Buffer.from(`${card.slice(9)}\u001b]0m\nb\n`));
    await writer.close();
    assert.deepEqual(cards, ['{"data":{"password":"******"}}']);
    assert.equal(text(), 'a\nb\n');
  });

  test('[runner 118] a line of 20 MB arrives in pieces of bounded size, whole', async () => {
    const { writer, pieces } = open();
    await writer.write(Buffer.alloc(20_000_000, 'x'));
    await writer.close();
    assert.ok(pieces.every(({ bytes }) => bytes.length <= MAX_PIECE_BYTES));
    assert.equal(
      pieces.reduce((sum, { bytes }) => sum + bytes.length, 0),
      20_000_000,
    );
    assert.deepEqual(pieces.map(({ offset }) => offset).slice(0, 3), [
      0,
      MAX_PIECE_BYTES,
      2 * MAX_PIECE_BYTES,
    ]);
  });

  test('a store that is slow gets every byte of a chatty step as it was written', async () => {
    const kept: Buffer[] = [];
    const sink = {
      write: async ({ bytes, checksum }: LogPiece) => {
        await turn();
        assert.equal(crc32(bytes), checksum);
        kept.push(Buffer.from(bytes));
      },
    };
    const { writer } = open({ sink });
    const written: Buffer[] = [];
    for (let count = 0; count < 100; count += 1) {
      const chunk = Buffer.alloc(20_000 + count, `${count}`);
      written.push(chunk);
      await writer.write(chunk);
    }
    await writer.close();
    assert.ok(kept.length > 1);
    assert.ok(Buffer.concat(kept).equals(Buffer.concat(written)));
  });

  test('after a failure of the store it tells so once and lets the step go on', async () => {
    let writes = 0;
    const sink = {
      write: () => {
        writes += 1;
        throw new Error('lease lost');
      },
      close: () => assert.fail('a broken log must not be closed'),
    };
    const { writer, failures } = open({ sink });
    await writer.write(Buffer.alloc(MAX_PIECE_BYTES * 3));
    assert.equal(writer.write(Buffer.from('more')), undefined);
    await writer.close();
    assert.equal(writes, 1);
    assert.deepEqual(failures.map(String), ['Error: lease lost']);
  });

  test('a million lines pass much faster than any step writes them', async () => {
    const { writer, pieces } = open({ masks: ['a-secret-value', 'another-secret'], limitBytes: 200e6 });
    const chunk = Buffer.from(`${'abcdefghijklmnopqrstuvwxyz'.repeat(3).slice(0, 69)}\n`.repeat(468));
    const before = process.cpuUsage();
    let bytes = 0;
    while (bytes < 70_000_000) {
      const held = writer.write(chunk);
      if (held !== undefined) await held;
      bytes += chunk.length;
      pieces.length = 0;
    }
    await writer.close();
    const { user, system } = process.cpuUsage(before);
    // Time of the processor, because the machine of a test may be busy. Bytes per microsecond are MB per second.
    const perSecond = bytes / (user + system);
    assert.ok(perSecond > 5, `${perSecond.toFixed(0)} MB/s`);
  });
});
