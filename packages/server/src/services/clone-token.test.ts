import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { readCloneToken, signCloneToken } from './clone-token.ts';

const key = randomBytes(32);
const grant = { repoId: 7, buildId: 42, expires: 2000 };

describe('a clone token', () => {
  it('carries its grant while it is fresh', () => {
    assert.deepEqual(readCloneToken(key, signCloneToken(key, grant), 1999), grant);
  });

  it('[scm B15] is refused once it has expired', () => {
    assert.equal(readCloneToken(key, signCloneToken(key, grant), 2000), undefined);
  });

  it('is refused when any part of it was changed or it was signed with another key', () => {
    const token = signCloneToken(key, grant);
    for (const changed of [
      token.replace('7.', '8.'),
      token.replace('42.', '43.'),
      token.replace('2000', '9000'),
      `${token}A`,
      token.slice(0, -1),
      '',
    ]) {
      assert.equal(readCloneToken(key, changed, 0), undefined, changed);
    }
    assert.equal(readCloneToken(randomBytes(32), token, 0), undefined);
  });
});
