import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrangeFindings, excerptOf } from './excerpt.ts';

test('an excerpt shows the lines around a place and marks it', () => {
  const lines = excerptOf('a\nb\nc\nd', 2, 1);
  assert.deepEqual(
    lines.map((line) => `${line.number}${line.text}${line.isMarked ? '!' : ''}`),
    ['1a', '2b!', '3c'],
  );
});

test('a place outside the text has no excerpt', () => {
  assert.deepEqual(excerptOf('a', 9), []);
  assert.deepEqual(excerptOf('a', 0), []);
});

test('errors come before warnings and hints', () => {
  const finding = (severity: 'error' | 'warning' | 'hint', line: number) => ({
    severity,
    line,
    column: 1,
    code: '',
    message: '',
    file: '',
  });
  const found = arrangeFindings([
    finding('hint', 1),
    finding('error', 9),
    finding('warning', 2),
    finding('error', 3),
  ]);
  assert.deepEqual(
    found.map((each) => `${each.severity}${each.line}`),
    ['error3', 'error9', 'warning2', 'hint1'],
  );
});
