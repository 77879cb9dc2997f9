import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { type RpcLine, readRpcLines } from './log-lines.ts';

async function* inChunks(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Uint8Array, size = 7): Promise<readonly RpcLine[]> {
  const lines: RpcLine[] = [];
  for await (const group of readRpcLines(inChunks(text, size))) lines.push(...group);
  return lines;
}

const LINES = [
  { pos: 0, out: 'a "quoted" \\ text [{,]}\n', time: 0 },
  { pos: 1, out: '', time: 0 },
  { pos: 2, out: 'ünïcode 🙂 \u2028\n', time: 12 },
];

test('[runner 64] the body of a log call is null, an empty array or lines, wherever it is cut', async () => {
  assert.deepEqual(await read(' null\n'), []);
  assert.deepEqual(await read('[ ]\n'), []);
  const text = `${JSON.stringify(LINES, undefined, 1)}\n`;
  for (const size of [1, 2, 3, 5, 1000]) assert.deepEqual(await read(text, size), LINES);
});

test('[runner 5] [runner 6] escapes are undone, unknown members ignored, and keys found in any case', async () => {
  const text = '[{"POS":3,"Out":"\\u003cb\\u003e \\u0026","TIME":1,"more":{"a":[1]}},{"pos":4,"out":null}]\n';
  assert.deepEqual(await read(text), [
    { pos: 3, out: '<b> &', time: 1 },
    { pos: 4, out: '', time: 0 },
  ]);
});

test('[runner 69] a large body arrives in groups, none of which is large', async () => {
  const count = 20_000;
  const text = JSON.stringify(Array.from({ length: count }, (_, pos) => ({ pos, out: '<\n', time: 0 })));
  let lines = 0;
  let groups = 0;
  for await (const group of readRpcLines(inChunks(text, 16_384))) {
    assert.ok(group.length < 5000);
    lines += group.length;
    groups += 1;
  }
  assert.equal(lines, count);
  assert.ok(groups > 5);
});

const FILLER = JSON.stringify(Array.from({ length: 4000 }, (_, pos) => ({ pos, out: 'x\n', time: 0 }))).slice(
  0,
  -1,
);

for (const [what, body] of [
  ['nothing', ''],
  ['an object', '{"pos":0}'],
  ['a number', '12'],
  ['a text', '"null"'],
  ['a word', 'nul'],
  ['a byte order mark', '\uFEFF[]'],
  ['something after the array', '[] []'],
  ['a lost end', '[{"pos":0,"out":"a","time":0}'],
  ['a lost end within a text', '[{"pos":0,"out":"a'],
  ['a lost end after an escape', '[{"pos":0,"out":"a\\'],
  ['a comma too many', '[{"pos":0,"out":"a","time":0},]'],
  ['a comma too many after many lines', `${FILLER},]`],
  ['an empty place after many lines', `${FILLER},,{}]`],
  ['the wrong bracket', '[{"pos":0]}'],
  ['lines that are arrays', '[[]]'],
  ['lines that are null', '[null]'],
  ['a position that is a text', '[{"pos":"0"}]'],
  ['a negative position', '[{"pos":-1}]'],
  ['a position beyond all logs', '[{"pos":4294967296}]'],
  ['output that is a number', '[{"out":1}]'],
  ['a time that is a fraction', '[{"time":1.5}]'],
  ['deep nesting', `[${'{"a":'.repeat(100_000)}`],
  ['a raw control character', '[{"out":"\u0001"}]'],
] as const) {
  test(`[W 15] a log that is ${what} is refused`, async () => {
    await rejectsWith('invalid-request', read(body, 50_000));
  });
}

test('[W 15] a log that is not UTF-8 is refused', async () => {
  const body = Buffer.concat([Buffer.from('[{"out":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}]')]);
  await rejectsWith('invalid-request', read(body));
});
