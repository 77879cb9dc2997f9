import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createByteReader } from './byte-reader.ts';
import { peekObjectCount, readCommandSection } from './command-section.ts';
import { createPacketSplitter, encodePacket, FLUSH, MAX_PAYLOAD, packetLength } from './pkt-line.ts';
import { ZERO_ID } from './refs.ts';
import { BAND, encodeBand, encodeLines } from './side-band.ts';

const ID = '1'.repeat(40);
const LIMITS = { commands: 3, options: 2 };

/** One byte per chunk: the worst way in which a request can arrive. */
function drip(...parts: readonly Buffer[]): ReturnType<typeof createByteReader> {
  const bytes = Buffer.concat(parts);
  return createByteReader(
    Readable.from(
      [...bytes].map((byte) => Buffer.of(byte)),
      { objectMode: true },
    ),
  );
}

test('a packet counts itself, and a length that cannot be is refused', () => {
  assert.equal(encodePacket('a', Buffer.from('b')).toString(), '0006ab');
  assert.equal(packetLength(Buffer.from('0006ab')), 6);
  assert.equal(packetLength(FLUSH), 0);
  for (const bad of ['0001', '0002', '0003', 'fff1', 'xyz1', '-001', ' 005']) {
    assert.throws(() => packetLength(Buffer.from(bad)), { code: 'invalid-request' }, bad);
  }
});

test('packets are found however the stream is cut', () => {
  const stream = Buffer.concat([encodePacket('one'), encodePacket('two'), FLUSH]);
  for (const size of [1, 3, 7, 100]) {
    const splitter = createPacketSplitter();
    const seen: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      seen.push(...splitter.push(stream.subarray(at, at + size)).map(String));
    }
    assert.deepEqual(seen, ['0007one', '0007two', '0000'], `pieces of ${size}`);
  }
});

test('commands, capabilities and push options are read and the pack is left', async () => {
  const section = [
    encodePacket(`shallow ${ID}\0report-status push-options\n`),
    encodePacket(`${ZERO_ID} ${ID} refs/heads/a b\n`),
    encodePacket(`${ID} ${ZERO_ID} refs/tags/\u00fc`),
    FLUSH,
    encodePacket('ci.skip\n'),
    FLUSH,
  ];
  const reader = drip(...section, Buffer.from('PACK\0\0\0\u0002\0\0\u0001\0', 'latin1'));
  const { commands, capabilities, options, raw } = await readCommandSection(reader, LIMITS);
  assert.deepEqual(commands, [
    { before: ZERO_ID, after: ID, ref: 'refs/heads/a b' },
    { before: ID, after: ZERO_ID, ref: 'refs/tags/\u00fc' },
  ]);
  assert.deepEqual([...capabilities], ['report-status', 'push-options']);
  assert.deepEqual(options, ['ci.skip']);
  assert.deepEqual(raw, Buffer.concat(section));
  assert.equal(await peekObjectCount(reader), 256);
  assert.equal((await reader.take(4)).toString(), 'PACK');
});

test('too many commands and a request that ends early are refused', async () => {
  const line = encodePacket(`${ZERO_ID} ${ID} refs/heads/a\0\n`);
  await assert.rejects(readCommandSection(drip(line, line, line, line, FLUSH), LIMITS), {
    code: 'invalid-request',
  });
  await assert.rejects(readCommandSection(drip(line.subarray(0, 30)), LIMITS), { code: 'push-rejected' });
  await assert.rejects(readCommandSection(drip(line), LIMITS), { code: 'push-rejected' });
});

test('text longer than a packet is cut into packets that the client joins', () => {
  const packets = encodeBand(BAND.answer, Buffer.alloc(MAX_PAYLOAD + 10, 'x'));
  const splitter = createPacketSplitter();
  const sizes = splitter.push(packets).map(({ length }) => length);
  assert.deepEqual(sizes, [MAX_PAYLOAD + 4, 4 + 1 + 11]);
});

test('lines lose what could steer a terminal, and endless lines and lists are cut', () => {
  const shown = (lines: readonly string[]): string[] =>
    createPacketSplitter()
      .push(encodeLines(lines))
      .map((packet) => packet.subarray(5).toString());
  assert.deepEqual(shown(['a\u001b]0;x\u0007b\u009b1m', 'tab\tand \u202egpj.exe', 'x\ny\r\nz', '']), [
    'a]0;xb1m\n',
    'tab\tand gpj.exe\n',
    'x\n',
    'y\n',
    'z\n',
    '\n',
  ]);
  assert.deepEqual(
    shown(['\u{1f600}'.repeat(5_000)]).map((line) => [...line].length),
    [4_001, 1_001],
  );
  assert.equal(shown(Array.from({ length: 1_000 }, String)).length, 200);
});
