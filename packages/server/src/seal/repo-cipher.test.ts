import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decryptSecret, encryptSecret } from './repo-cipher.ts';

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

test('[ops C59] [sdk S32] the vector of Drone is met byte for byte', () => {
  const nonce = Buffer.from('000102030405060708090a0b', 'hex');
  const data = 'AAECAwQFBgcICQoLW9G6thQzIz7MbPOqSRcIyRQKxlt1bGCVbVlVc90+nnKwu64w6UnVyb2yj3I=';
  const key = 'bea26a2221fd8090ea38720fc445eca6';
  assert.equal(encryptSecret('correct-horse-battery-staple', key, nonce), data);
  assert.equal(decryptSecret(data, key), 'correct-horse-battery-staple');
});
