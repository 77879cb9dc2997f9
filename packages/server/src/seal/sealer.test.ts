import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { createSealer, isSealed, keyIdOf } from './sealer.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);

function isKeyError(error: unknown): boolean {
  return error instanceof AppError && error.code === 'database-key' && error.hint !== undefined;
}

test('[scm X17] a sealed value opens at its place, and says nothing of itself but the key', () => {
  const sealer = createSealer([OLD]);
  for (const text of ['', 'hunter2', 'ü\n\0€'.repeat(10_000)]) {
    const sealed = sealer.seal(text, 'secrets.sealed:1');
    assert.equal(sealer.open(sealed, 'secrets.sealed:1'), text);
    assert.match(sealed, new RegExp(`^v1\\.${keyIdOf(OLD)}\\.[A-Za-z0-9_-]+$`));
    assert.ok(isSealed(sealed));
    assert.notEqual(sealer.seal(text, 'secrets.sealed:1'), sealed, 'every nonce is new');
  }
});

test('[scm X17] a value that was moved or changed in any byte does not open', () => {
  const sealer = createSealer([OLD]);
  const sealed = sealer.seal('hunter2', 'secrets.sealed:1');
  assert.throws(() => sealer.open(sealed, 'secrets.sealed:2'), isKeyError);
  const head = sealed.lastIndexOf('.') + 1;
  const bytes = Buffer.from(sealed.slice(head), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    const text = sealed.slice(0, head) + changed.toString('base64url');
    assert.throws(() => sealer.open(text, 'secrets.sealed:1'), isKeyError, `byte ${at}`);
  }
  for (let length = 0; length < bytes.length; length += 1) {
    const text = sealed.slice(0, head) + bytes.subarray(0, length).toString('base64url');
    assert.throws(() => sealer.open(text, 'secrets.sealed:1'), isKeyError, `${length} bytes`);
  }
});

test('a key that was used before opens and no longer seals', () => {
  const before = createSealer([OLD]);
  const after = createSealer([NEW, OLD]);
  const sealed = before.seal('hunter2', 'here');
  assert.equal(after.open(sealed, 'here'), 'hunter2');
  const anew = after.seal('hunter2', 'here');
  assert.deepEqual([after.isOld(sealed), after.isOld(anew), after.keyId], [true, false, keyIdOf(NEW)]);
  assert.throws(() => before.open(anew, 'here'), isKeyError);
});

test('[ops C63] plain text in the place of a sealed value is refused, not taken for the value', () => {
  const sealer = createSealer([OLD]);
  for (const text of ['hunter2', '', 'v1.', 'v1.00000000.AAAA', `v2.${keyIdOf(OLD)}.AAAA`]) {
    assert.throws(() => sealer.open(text, 'here'), isKeyError);
    assert.equal(sealer.isOld(text), true);
  }
  assert.equal(isSealed('hunter2'), false);
});

test('the error of a value that does not open does not repeat it', () => {
  const sealer = createSealer([OLD]);
  const sealed = sealer.seal('hunter2', 'here');
  for (const text of ['plain-hunter2', sealed.replace(/.$/, ''), sealed]) {
    assert.throws(
      () => sealer.open(text, 'there'),
      (error) => error instanceof AppError && !`${error.message} ${error.hint}`.includes(text),
    );
  }
});

test('a key of another size is a fault of the program', () => {
  assert.throws(() => createSealer([Buffer.alloc(31)]), TypeError);
});
