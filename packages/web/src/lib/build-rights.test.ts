import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuild, aRepo, aUser } from '../testing/sample.ts';
import { canAdmin, canCancel, canWrite } from './build-rights.ts';

const writer = aRepo({ permissions: { read: true, write: true, admin: false } });
const reader = aRepo({ permissions: { read: true, write: false, admin: false } });

test('[ui U41] only those who may write can cancel, and only what has not ended', () => {
  assert.equal(canCancel(aBuild({ status: 'running' }), writer, null), true);
  assert.equal(canCancel(aBuild({ status: 'pending' }), writer, null), true);
  assert.equal(canCancel(aBuild({ status: 'success' }), writer, null), false);
  assert.equal(canCancel(aBuild({ status: 'running', cancelling: true }), writer, null), false);
  assert.equal(canCancel(aBuild({ status: 'running' }), reader, null), false);
  assert.equal(canCancel(aBuild({ status: 'running' }), undefined, null), false);
  assert.equal(canCancel(aBuild({ status: 'running' }), reader, aUser({ admin: true })), true);
});

test('settings belong to those who administer the repository or the server', () => {
  const owner = aRepo({ permissions: { read: true, write: true, admin: true } });
  assert.deepEqual(
    [canAdmin(owner, null), canAdmin(writer, null), canAdmin(undefined, null)],
    [true, false, false],
  );
  assert.deepEqual([canWrite(writer, null), canWrite(reader, null)], [true, false]);
  assert.equal(canAdmin(reader, aUser({ admin: true })), true);
});
