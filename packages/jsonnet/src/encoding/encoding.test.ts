import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64ToBytes, bytesToBase64, decodeUtf8, encodeUtf8 } from './bytes.ts';
import { md5 } from './md5.ts';

/** The test suite of RFC 1321, A.5. */
const DIGESTS: Readonly<Record<string, string>> = {
  '': 'd41d8cd98f00b204e9800998ecf8427e',
  a: '0cc175b9c0f1b6a831c399e269772661',
  'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
  '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
    '57edf4a22be3c955ac49da2e2107b67a',
};

for (const [text, digest] of Object.entries(DIGESTS)) {
  test(`the MD5 digest of ${JSON.stringify(text)} is that of RFC 1321`, () => {
    assert.equal(md5(encodeUtf8(text)), digest);
  });
}

test('base64 of every length comes back as it was', () => {
  for (let length = 0; length < 20; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256);
    assert.deepEqual(base64ToBytes(bytesToBase64(bytes)), bytes);
  }
});

test('base64 with a wrong alphabet, length or padding is refused', () => {
  for (const text of ['a', 'abc', 'ab=c', '====', 'ab_-', 'YQ==YQ==', 'a b=']) {
    assert.equal(base64ToBytes(text), undefined, text);
  }
});

test('each byte that is no UTF-8 becomes one replacement character', () => {
  assert.equal(decodeUtf8(Uint8Array.from([0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82])), 'a\ufffdé\ufffd\ufffd');
  assert.equal(
    decodeUtf8(Uint8Array.from([0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x80])),
    '\ufffd\ufffd\ufffd😀',
  );
});
