import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATUSES } from '@sortie/core/status';
import { lookOf, STATUS_LOOKS } from './status.ts';

test('[ui U105] every status has a text and a shape of its own', () => {
  const looks = [...STATUSES, 'none' as const].map((status) => STATUS_LOOKS[status]);
  assert.equal(new Set(looks.map((look) => look.shape)).size, 11);
  assert.equal(new Set(looks.map((look) => look.label)).size, 11);
});

test('an unknown status is shown by its own name', () => {
  assert.equal(lookOf('paused').label, 'paused');
  assert.equal(lookOf('constructor').label, 'constructor');
});
