import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elapsedSeconds, formatAge, formatBytes, formatDuration } from './duration.ts';

test('[ui U38] durations name every unit from the largest on', () => {
  const cases: [number, string][] = [
    [0, '0s'],
    [59, '59s'],
    [61, '1m 1s'],
    [3_600, '1h 0m 0s'],
    [93_784, '1d 2h 3m'],
    [-5, '0s'],
  ];
  for (const [seconds, text] of cases) assert.equal(formatDuration(seconds), text);
});

test('[ui U39] elapsed time grows while running and stops at the end', () => {
  assert.equal(elapsedSeconds({ started: 100, ended: 0 }, 130), 30);
  assert.equal(elapsedSeconds({ started: 100, ended: 110 }, 130), 10);
  assert.equal(elapsedSeconds({ started: 0 }, 130), undefined);
  assert.equal(elapsedSeconds({ started: 140, ended: 0 }, 130), 0);
});

test('ages are short and become a date after a month', () => {
  const now = 1_800_000_000;
  const cases: [number, string][] = [
    [0, 'just now'],
    [60, '1 min ago'],
    [3_580, '1 h ago'],
    [86_400, 'yesterday'],
    [86_400 * 3, '3 days ago'],
    [86_400 * 60, '2026-11-16'],
  ];
  for (const [seconds, text] of cases) assert.equal(formatAge(now - seconds, now), text);
});

test('sizes use units of 1000', () => {
  assert.deepEqual([999, 1_500, 2_500_000].map(formatBytes), ['999 B', '1.5 kB', '2.5 MB']);
});
