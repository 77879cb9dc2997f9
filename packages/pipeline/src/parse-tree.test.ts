import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFindingLog } from './finding-log.ts';
import { parseTree } from './parse-tree.ts';
import type { TreeNode } from './tree.ts';
import { entriesOf } from './tree.ts';

function parse(text: string): { value: unknown; findings: string[] } {
  const log = createFindingLog('f');
  const root = parseTree({ index: 0, firstLine: 1, text }, { document: 0, log });
  const findings = log.list().map(({ line, column, code }) => `${line}:${column} ${code}`);
  return { value: root === undefined ? undefined : plain(root), findings };
}

function plain(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...entriesOf(node, 'joined')].map(([key, { value }]) => [key, plain(value)]));
}

test('[pipeline 17] a merge overwrites the keys that stand before it', () => {
  assert.deepEqual(parse('x: &x {image: b}\ns:\n  image: a\n  <<: *x\n').value, {
    x: { image: 'b' },
    s: { image: 'b' },
  });
});

test('[pipeline 18] keys after a merge win over it', () => {
  assert.deepEqual(parse('x: &x {image: b}\ns:\n  <<: *x\n  image: c\n').value, {
    x: { image: 'b' },
    s: { image: 'c' },
  });
});

test('in a list of merges the earlier map wins', () => {
  const text = 'x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\n';
  assert.deepEqual(parse(text).value, { x: { a: '1' }, y: { a: '2', b: '2' }, z: { a: '1', b: '2' } });
});

test('a map after a merge adds to the merged map of the same key, as in Drone', () => {
  const text = 'x: &x {environment: {A: 1, B: 1}}\ns: {<<: *x, environment: {B: 2}}\n';
  assert.deepEqual(parse(text).value, {
    x: { environment: { A: '1', B: '1' } },
    s: { environment: { A: '1', B: '2' } },
  });
});

test('a merge of something else than maps is an error', () => {
  assert.deepEqual(parse('a:\n  <<: [1]\n').findings, ['2:3 merge-not-map']);
});

test('[pipeline 20] the last of repeated keys counts', () => {
  assert.deepEqual(parse('image: a\nimage: b\n').value, { image: 'b' });
});

test('an alias without an anchor before it, or inside its own anchor, is an error', () => {
  assert.deepEqual(parse('a: *b\n').findings, ['1:4 unknown-anchor']);
  assert.deepEqual(parse('a: &a [*a]\n').findings, ['1:8 unknown-anchor']);
});

test('aliases that expand without end are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(10).fill(`*l${at}`).join(', ')}]`,
  );
  const { findings } = parse(`l0: &l0 ${'x'.repeat(50)}\n${levels.join('\n')}\n`);
  assert.ok(findings.some((finding) => finding.endsWith('alias-expansion')));
});

for (const open of ['[', '- ', '{a: ', '? ']) {
  test(`nesting ${JSON.stringify(open)} without end is refused before anything recurses`, () => {
    assert.deepEqual(parse(open.repeat(200_000)).findings, ['1:1 nested-too-deep']);
  });
}

test('tabs as indentation are an error that says so', () => {
  assert.deepEqual(parse('a:\n\tb: c\n').findings.at(0), '2:1 yaml-syntax');
});

test('brackets may close at the column of their key', () => {
  assert.deepEqual(parse('a:\n  b: [\n    c\n  ]\n').value, { a: { b: ['c'] } });
});

test('a document of comments holds no node', () => {
  assert.deepEqual(parse('# nothing\n\n'), { value: undefined, findings: [] });
});

test('a NUL character is refused', () => {
  assert.deepEqual(parse('a: "x\\0"\n').findings, ['1:4 bad-character']);
});
