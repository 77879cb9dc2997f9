import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { open } from './log-writer.fixture.ts';

test('a producer that uses its memory again changes nothing in a log, whatever is masked, held or taken out', async () => {
  let seed = 20_261_122;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const words = [
    'hunter2',
    'hunt',
    'er2',
    '\u001b]1338;',
    'aGk=',
    '\u001b]0m\n',
    '\u001b[1m',
    'x',
    '\n',
    'äöü',
  ];
  for (let round = 0; round < 300; round += 1) {
    const count = random(40);
    const text = Array.from({ length: count }, () => words[random(words.length)]?.repeat(1 + random(3))).join(
      '',
    );
    const bytes = Buffer.from(text);
    const ends = [...Array.from({ length: random(12) }, () => random(bytes.length)), bytes.length].sort(
      (one, other) => one - other,
    );
    const options = { masks: random(3) === 0 ? [] : ['hunter2'], limitBytes: random(2) === 0 ? 1e6 : 40 };
    const [reused, fresh] = [open(options), open(options)];
    const memory = Buffer.alloc(bytes.length);
    let at = 0;
    for (const end of ends) {
      const part = bytes.subarray(at, end);
      at = end;
      memory.set(part);
      void reused.writer.write(memory.subarray(0, part.length));
      memory.fill('#');
      void fresh.writer.write(Buffer.from(part));
      if (random(4) === 0) await turn();
      if (random(8) === 0) await Promise.all([reused.clock.advance(2000), fresh.clock.advance(2000)]);
    }
    await Promise.all([reused.writer.close(), fresh.writer.close()]);
    assert.equal(reused.text(), fresh.text(), `round ${round}`);
    assert.deepEqual(reused.cards, fresh.cards);
    assert.deepEqual(
      reused.pieces.flatMap(({ marks }) => marks),
      fresh.pieces.flatMap(({ marks }) => marks),
    );
  }
});
