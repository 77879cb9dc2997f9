import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, figureOf } from './figure.ts';
import { readProcessFigures } from './process-figures.ts';

test('both sides are measured in turns, and the first turn does not count', async () => {
  const order: string[] = [];
  const values = [100, 3, 1, 2];
  const figure = await compare({
    name: 'x',
    unit: 'ms',
    runs: 3,
    ours: async () => {
      order.push('ours');
      return values.shift() ?? 0;
    },
    floor: async () => {
      order.push('floor');
      return 1;
    },
  });
  assert.deepEqual(order.slice(0, 4), ['floor', 'ours', 'floor', 'ours']);
  assert.deepEqual(figure, {
    name: 'x',
    unit: 'ms',
    ours: 2,
    floor: 1,
    ratio: 2,
    floorRuns: [1, 1, 1],
    runs: 3,
    oursRuns: [3, 1, 2],
  });
});

test('a figure without a floor has no ratio', () => {
  const figure = figureOf({ name: 'x', unit: 'MB', note: 'idle' }, [5, 7]);
  assert.deepEqual(figure, { name: 'x', unit: 'MB', ours: 6, runs: 2, oursRuns: [5, 7], note: 'idle' });
});

const onLinux = process.platform === 'linux' ? false : 'reads /proc';
test('memory and processor time of this very process are read', { skip: onLinux }, async () => {
  const figures = await readProcessFigures(process.pid);
  const own = process.memoryUsage.rss();
  assert.ok(figures.rssBytes > own / 2 && figures.rssBytes < own * 2);
  assert.ok(figures.peakRssBytes >= figures.rssBytes);
  assert.ok(figures.cpuMs > 0 && figures.threads > 1);
  await assert.rejects(readProcessFigures(2 ** 30), { code: 'ENOENT' });
});
