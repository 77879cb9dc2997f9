import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createPainter } from './paint.ts';

it('a name keeps its colour, and the next name gets another one', () => {
  const painter = createPainter(true);
  const first = painter.name('build');
  assert.equal(first, '\u001b[36m[build]\u001b[0m');
  assert.notEqual(painter.name('test').slice(0, 5), first.slice(0, 5));
  assert.equal(painter.name('build'), first);
});

it('without colours a status still reads by its sign', () => {
  const painter = createPainter(false);
  assert.equal(painter.status('success'), '✔ success ');
  assert.equal(painter.status('failure'), '✖ failure ');
  assert.equal(painter.name('build'), '[build]');
});
