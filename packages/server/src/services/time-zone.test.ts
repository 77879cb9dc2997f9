import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone, zoneOffset } from './time-zone.ts';

const seconds = (moment: string) => Date.parse(moment) / 1000;

test('[ops C73] the offset of a zone follows its summer time to the second', () => {
  const berlin = zoneOffset('Europe/Berlin');
  assert.equal(berlin(seconds('2024-03-31T00:59:59Z')), 3600);
  assert.equal(berlin(seconds('2024-03-31T01:00:00Z')), 7200);
  assert.equal(berlin(seconds('2024-10-27T00:59:59Z')), 7200);
  assert.equal(berlin(seconds('2024-10-27T01:00:00Z')), 3600);
  assert.equal(zoneOffset('Asia/Kathmandu')(seconds('2024-01-31T00:00:00Z')), 5.75 * 3600);
  assert.equal(zoneOffset('Pacific/Kiritimati')(seconds('2023-12-31T12:00:00Z')), 14 * 3600);
  assert.equal(zoneOffset('UTC')(0), 0);
});

test('only zones that the system knows are time zones', () => {
  assert.equal(isTimeZone('Europe/Berlin'), true);
  assert.equal(isTimeZone('Europe/Nowhere'), false);
  assert.equal(isTimeZone(''), false);
});
