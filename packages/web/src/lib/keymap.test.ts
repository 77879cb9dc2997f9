import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pressKey } from './keymap.ts';

const KEYS = ['?', 'g h', 'g b', '/', 'End'];

function type(...keys: string[]): (string | undefined)[] {
  let pending = '';
  return keys.map((key) => {
    const result = pressKey(KEYS, pending, { key, ctrlKey: false, metaKey: false, altKey: false });
    pending = result.pending;
    return result.matched;
  });
}

test('[ui U97] single keys and sequences are found', () => {
  assert.deepEqual(type('?', 'g', 'h', 'End'), ['?', undefined, 'g h', 'End']);
});

test('[ui U97] a sequence that leads nowhere begins again', () => {
  assert.deepEqual(type('g', 'x', 'h', 'g', '/'), [undefined, undefined, undefined, undefined, '/']);
});

test('[ui U97] keys with modifiers belong to the browser', () => {
  const press = { key: '/', ctrlKey: true, metaKey: false, altKey: false };
  assert.deepEqual(pressKey(KEYS, '', press), { matched: undefined, pending: '' });
});
