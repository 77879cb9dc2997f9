import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutPrefix, withPrefix } from './prefix.ts';

test('addresses get the path of the server, fragments do not', () => {
  assert.equal(withPrefix('/octo/hello', '/ci'), '/ci/octo/hello');
  assert.equal(withPrefix('/', ''), '/');
  assert.equal(withPrefix('#L5', '/ci'), '#L5');
});

test('only a whole path of the server is taken off', () => {
  assert.equal(withoutPrefix('/ci/octo/hello', '/ci'), '/octo/hello');
  assert.equal(withoutPrefix('/ci', '/ci'), '/');
  assert.equal(withoutPrefix('/cities/x', '/ci'), '/cities/x');
  assert.equal(withoutPrefix('/octo/hello', ''), '/octo/hello');
});
