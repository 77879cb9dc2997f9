import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CardFilter } from './card-filter.ts';

const CARD = JSON.stringify({ schema: 'https://example.com/card.json', data: { passed: 3 } });
const PRINTED = `\u001b]1338;${Buffer.from(CARD).toString('base64')}\u001b]0m`;

function filtered(text: string, size: number): { readonly out: string; readonly cards: readonly string[] } {
  const cards: string[] = [];
  const filter = new CardFilter((card) => void cards.push(card));
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(...filter.write(bytes.subarray(at, at + size)));
  out.push(...filter.close());
  return { out: Buffer.concat(out).toString(), cards };
}

describe('cards', () => {
  test('[pipeline 118] a card in pieces is taken out of the log', () => {
    const text = `before\n${PRINTED}\nafter\n`;
    for (let size = 1; size <= text.length; size += 1) {
      assert.deepEqual(filtered(text, size), { out: 'before\nafter\n', cards: [CARD] }, `pieces of ${size}`);
    }
  });

  test('two cards are two', () => {
    assert.deepEqual(filtered(`${PRINTED}\n${PRINTED}`, 7), { out: '', cards: [CARD, CARD] });
  });

  test('colours and other escapes stay', () => {
    const text = '\u001b[32mgreen\u001b[0m \u001b]0;title\u0007 \u001b';
    for (let size = 1; size <= text.length; size += 1) {
      assert.deepEqual(filtered(text, size), { out: text, cards: [] }, `pieces of ${size}`);
    }
  });

  test('an unfinished card is shown at the end', () => {
    assert.deepEqual(filtered('x\u001b]1338;abcd', 3), { out: 'x\u001b]1338;abcd', cards: [] });
  });

  test('what is too long for a card is output and takes no memory', () => {
    const text = `\u001b]1338;${'A'.repeat(3 * 1024 * 1024)}\u001b]0m`;
    const { out, cards } = filtered(text, 64 * 1024);
    assert.equal(cards.length, 0);
    assert.equal(out, text);
  });
});
