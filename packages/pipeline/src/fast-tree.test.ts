// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFastTree } from './fast-tree.ts';
import { createFindingLog } from './finding-log.ts';
import { parseFullTree } from './parse-tree.ts';
import { sampleTexts } from './sample.fixture.ts';
import { createSeeded, mutate } from './seeded.fixture.ts';
import { splitDocuments } from './split.ts';

/** Compares both readers for every document; true when the fast one could read at least one of them. */
function compareReaders(text: string): boolean {
  let isFast = false;
  for (const part of splitDocuments(text)) {
    const fast = readFastTree(part);
    if (fast === undefined) continue;
    isFast = true;
    const log = createFindingLog('.drone.yml');
    const full = parseFullTree(part, { document: part.index, log });
    assert.deepEqual(log.list(), [], JSON.stringify(part.text));
    assert.deepEqual(fast, full, JSON.stringify(part.text));
  }
  return isFast;
}

const FAST: readonly string[] = [
  'a: b',
  'a: b # c\n# d\n\nc:\n',
  'a:\n- b\n- c: d\n  e: f\n-\n- - g\n  - h\n',
  'a:\n  - b\n\n  # x\n  - c\nd: e\n',
  "a: \"x: y # z\"\nb: 'it''s'\n\"c d\": e\n'f' : g\n",
  'a: "tab \\t quote \\" slash \\/ \\\\ \\u00e9"\n',
  'a: |\n  x\n    y\n\n  z\nb: |-\n  x\n\n\nc: |+ # keep\n  x\n\n',
  'a: [b, "c", [d], {e: f, "g":h}, 1.10]\n',
  '{"a": {"b": [1, true,\n null]}\n}\n',
  'a: {\n  b: c\n }\n',
  'a: http://x/y?z\nb: c:d\n-c: -d\n',
  'a: ${B:-c}\nb: $$d\n',
  '- a\n- b\n',
  'a: >\n  b\n  c\n\n  d\ne: >-\n  f\n\n',
  'a: b\n  c\n\n  d\ne: f # g\n',
  '- b\n  - c\n- d\n',
  'a: "\\n\n\n  \\"b\\ud83d\\ude00 \u0001"\n',
  'a: "\n  "\nb: "\n\n  c\n\n  "\n',
  'a: "b \n  c\n\n   d"\ne: \'f\n g\'\n',
  'plain\n',
];

for (const text of FAST) {
  test(`the fast reader sees in ${JSON.stringify(text)} what the full one sees`, () => {
    assert.equal(compareReaders(text), true);
  });
}

const LEFT: readonly string[] = [
  'a: >\n  b\n   c\n',
  'a: >+\n  b\n',
  'a: b\n  c: d\n',
  'a: b\n  c # d\n',
  'a: "b \\\n  c"\n',
  'a: "b\nc"\n',
  'a: &x b\nc: *x\n',
  'a: !!str 1\n',
  'a:\tb\n',
  'a: "\\x41"\n',
  'a: b: c\n',
  '<<: {a: b}\n',
  'a: |2\n   b\n',
  '? a\n: b\n',
  'a: [b\n]\n c: d\n',
  'a: @b\n',
  'a: - b\n',
  '[a]: b\n',
  '%TAG x\n',
  'a: b\n c: d\n',
];

for (const text of LEFT) {
  test(`the fast reader leaves ${JSON.stringify(text)} to the full one`, () => {
    const [part] = splitDocuments(text);
    assert.equal(part === undefined ? undefined : readFastTree(part), undefined);
  });
}

test('both readers see the same in real files and in damaged ones', () => {
  const random = createSeeded(20_260_101);
  const texts = sampleTexts();
  let fast = 0;
  for (const text of texts) if (compareReaders(text)) fast += 1;
  assert.ok(fast >= texts.length * 0.8, `${fast} of ${texts.length} files are read fast`);
  for (let round = 0; round < 1500; round += 1) {
    const lines = random.pick(texts).split('\n');
    const from = random.below(lines.length);
    compareReaders(mutate(lines.slice(from, from + 30).join('\n'), random));
  }
});
