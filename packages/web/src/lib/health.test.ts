import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unprovenHealth } from '../testing/services-scene.ts';
import type { HealthCheck } from './git-service-calls.ts';
import { lookOfCheck, lookOfHealth, nameOfCheck, needsAttention, remedyOf, worstCheck } from './health.ts';

const check = (name: string, state: HealthCheck['state']): HealthCheck => ({ name, state, message: name });

test('what is broken, unproven or degraded is told, the rest is not', () => {
  const told = (['ok', 'inactive', 'degraded', 'unproven', 'broken'] as const).filter((state) =>
    needsAttention({ ...unprovenHealth, state }),
  );
  assert.deepEqual(told, ['degraded', 'unproven', 'broken']);
});

test('a failure is told before a warning that stands above it', () => {
  const checks = [check('service', 'ok'), check('delivery', 'warn'), check('token', 'fail')];
  assert.equal(worstCheck({ ...unprovenHealth, checks })?.name, 'token');
  assert.equal(worstCheck({ ...unprovenHealth, checks: checks.slice(0, 2) })?.name, 'delivery');
  assert.equal(worstCheck({ ...unprovenHealth, checks: checks.slice(0, 1) }), undefined);
});

test('checks that a click can mend have that click, and only while they are not well', () => {
  assert.equal(remedyOf(check('hook', 'fail')), 'repair');
  assert.equal(remedyOf(check('token', 'fail')), 'chown');
  assert.equal(remedyOf(check('refs', 'warn')), 'reconcile');
  assert.equal(remedyOf(check('delivery', 'warn')), undefined);
  assert.equal(remedyOf(check('hook', 'ok')), undefined);
  assert.equal(remedyOf(check('permission', 'unknown')), undefined);
});

test('what a newer server says of health keeps its own word', () => {
  assert.deepEqual(lookOfHealth('melted'), { label: 'melted', tone: 'muted' });
  assert.deepEqual(lookOfCheck('constructor'), { label: 'constructor', tone: 'muted' });
  assert.deepEqual([nameOfCheck('hook'), nameOfCheck('toString')], ['Webhook', 'toString']);
});
