import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { readJwt, signBytes, signJwt } from './legacy-jwt.ts';

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test('the token of the seed is read as what it says', () => {
  const seed =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0ZXh0IjoiYWRtaW51c2VyIiwidHlwZSI6InVzZXIifQ.p2KhqJ-hl7lVdWawKtowBucWRANmYLv6ZqY64-gE660';
  assert.deepEqual(readJwt(seed)?.claims, { type: 'user', text: 'adminuser' });
  assert.equal(readJwt(seed)?.isSignedWith('some key'), false);
  // Header and claims are written as 0.5 wrote them.
  const own = signJwt({ type: 'user', text: 'adminuser' }, 'some key');
  assert.deepEqual(own.split('.').slice(0, 2), seed.split('.').slice(0, 2));
});

test('a token is good only for the key that signed it', () => {
  const token = signJwt({ type: 'sess', text: 'bob', exp: 9 }, 'key');
  const jwt = readJwt(token);
  assert.deepEqual(jwt?.claims, { type: 'sess', text: 'bob', exp: 9 });
  assert.equal(jwt?.isSignedWith('key'), true);
  assert.equal(jwt?.isSignedWith('other'), false);
  assert.equal(readJwt(signJwt({ type: 'user', text: 'bob' }, ''))?.isSignedWith(''), false);
  assert.equal(readJwt(token.slice(0, -3))?.isSignedWith('key'), false);
});

test('other algorithms and damaged tokens are none', () => {
  const claims = encode({ type: 'user', text: 'bob' });
  const signed = (head: unknown, payload = claims) => {
    const body = `${encode(head)}.${payload}`;
    return `${body}.${createHmac('sha256', 'key').update(body).digest('base64url')}`;
  };
  for (const text of [
    signed({ alg: 'none' }),
    signed({ alg: 'HS512' }),
    signed(null),
    signed('HS256'),
    signed({ alg: 'HS256' }, encode({ type: 'user' })),
    signed({ alg: 'HS256' }, encode({ type: 'user', text: 'bob', exp: 'soon' })),
    signed({ alg: 'HS256' }, 'bm9qc29u'),
    `${encode({ alg: 'none' })}.${claims}.`,
    'a.b.c',
    'a.b',
    '',
    `${'a'.repeat(5000)}.b.c`,
  ]) {
    assert.equal(readJwt(text), undefined, text.slice(0, 60));
  }
  assert.notEqual(readJwt(signed({ alg: 'HS256', typ: 'JWT' })), undefined);
});

test('[legacy 26] bytes are signed as they are', () => {
  const bytes = Buffer.from('pipeline:\n  a: \u00e4\n');
  const [head = '', payload = '', signature] = signBytes(bytes, 'key').split('.');
  assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), { alg: 'HS256' });
  assert.deepEqual(Buffer.from(payload, 'base64url'), bytes);
  assert.equal(signature, createHmac('sha256', 'key').update(`${head}.${payload}`).digest('base64url'));
});
