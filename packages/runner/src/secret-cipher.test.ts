import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decryptSecret, encryptSecret } from './secret-cipher.ts';

const KEY = '589396227fff5a93ba934965e8735f88';
const NONCE = new Uint8Array(12).fill(7);

test('[pipeline 71] an encrypted secret opens with the key of its repository only', () => {
  const data = encryptSecret('hunter2\n', KEY, NONCE);
  assert.equal(decryptSecret(data, KEY), 'hunter2\n');
  assert.equal(decryptSecret(`${data.slice(0, 8)}\n  ${data.slice(8)}`, KEY), 'hunter2\n');
  assert.equal(decryptSecret(data, KEY.toUpperCase()), undefined);
  assert.equal(decryptSecret(data, KEY.slice(1)), undefined);
});

test('a damaged secret does not open', () => {
  const bytes = Buffer.from(encryptSecret('hunter2', KEY, NONCE), 'base64');
  bytes.writeUInt8(bytes.readUInt8(14) ^ 1, 14);
  assert.equal(decryptSecret(bytes.toString('base64'), KEY), undefined);
  for (const data of ['', 'not base64 at all', 'AAAA']) assert.equal(decryptSecret(data, KEY), undefined);
});
