import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSseParser } from './sse.ts';

const STREAM =
  '\uFEFF: ping\r\n\r\nid: 7\ndata: {"a":1}\n\ndata: one\rdata: two\r\revent: error\ndata: eof\n\n';
const MESSAGES = [
  { event: 'message', data: '{"a":1}', id: '7' },
  { event: 'message', data: 'one\ntwo', id: '7' },
  { event: 'error', data: 'eof', id: '7' },
];

test('[sdk S18] a stream gives the same messages however it is cut', () => {
  for (const size of [1, 2, 3, 5, 1000]) {
    const parser = createSseParser();
    const found = [];
    for (let at = 0; at < STREAM.length; at += size) found.push(...parser.push(STREAM.slice(at, at + size)));
    assert.deepEqual(found, MESSAGES, `pieces of ${size}`);
  }
});

test('an unfinished message is not given', () => {
  assert.deepEqual(createSseParser().push('data: half\n'), []);
});

test('an id with a zero character is ignored', () => {
  assert.equal(createSseParser('3').push('id: 4\0\ndata: x\n\n')[0]?.id, '3');
});
