import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askOracle, oracleMissing } from '@sortie/testing/go-oracle';
import { createFindingLog } from './finding-log.ts';
import { goFloat } from './go-text.ts';
import { ORACLE, type OracleAnswer } from './oracle.fixture.ts';
import { parseTree } from './parse-tree.ts';
import { createSeeded } from './seeded.fixture.ts';
import { entriesOf, type TreeNode } from './tree.ts';

const SCALARS: readonly string[] = [
  ...[
    '~',
    'null',
    'Null',
    'NULL',
    'nULL',
    'true',
    'True',
    'TRUE',
    'tRUE',
    'yes',
    'Yes',
    'YES',
    'y',
    'Y',
    'on',
    'On',
  ],
  ...[
    'ON',
    'off',
    'Off',
    'n',
    'N',
    'no',
    'No',
    'NO',
    'false',
    '1',
    '0',
    '-0',
    '+7',
    '007',
    '010',
    '0o17',
    '0x1F',
  ],
  ...[
    '0b11',
    '-0x10',
    '1_000',
    '1.0',
    '1.10',
    '.5',
    '5.',
    '-.5',
    '+.5',
    '1e3',
    '1.0e3',
    '1e+3',
    '1.0e+3',
    '1.5e-7',
  ],
  ...[
    '.inf',
    '-.inf',
    '+.Inf',
    '.nan',
    '.NaN',
    '1:30',
    '1:30:00',
    '2001-12-14',
    '2001-12-14T21:59:43Z',
    '1.2.3',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '18446744073709551616',
    '0888',
    '08',
  ],
  ...[
    '1_',
    '_1',
    '1__0',
    '0x',
    '0b',
    '0b12',
    '0xG',
    '1.',
    '.',
    '-',
    '--',
    '+',
    '1e',
    'e1',
    '1,000',
    "'5'",
    '"5"',
  ],
  ...[
    "'yes'",
    '"a\\tb"',
    '"\\x41\\u00e9"',
    "'it''s'",
    '!!str 5',
    '!!int 5',
    '!!str yes',
    '!!float 5.0',
    '!!binary aGk=',
  ],
  ...[
    '100000000000000000000.5',
    '1e400',
    '0.1',
    '123456789.123456789',
    '0.000001',
    '1E+2',
    'a b',
    'a:b',
    'a#b',
    'http://x',
  ],
];
const PIECES = ['0', '1', '7', '9', 'x', 'b', 'o', 'e', 'E', '+', '-', '.', '_', ':', 'A', 'F', 'y', 'n'];

const DOCUMENTS: readonly string[] = [
  'a: &x {b: 1, c: 2}\nd:\n  b: 3\n  <<: *x\n',
  'a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n',
  'a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne:\n  <<: [*x, *y]\n',
  'a: &x [1, 2]\nb:\n- *x\n- 3\n',
  'a: 1\na: 2\n',
  'a:\n- b\n-\n- ~\n',
  'a: |\n  x\n   y\n\nb: >\n  x\n  y\n\n  z\nc: |-\n  x\n\nd: |+\n  x\n\n',
  'a: "x\n  y"\nb: x\n  y\n',
  '{a: [1, {b: c}], "d": e}\n',
  'y: 1\nno: 2\n1.0: 3\n',
  '- - a\n  - b\n- c: d\n',
  '? a\n: b\n',
];

/** A tree in the words of the oracle, map entries in an order of their own. */
function describe(node: TreeNode): unknown {
  if (node.kind === 'list') return ['list', node.items.map(describe)];
  if (node.kind === 'map') {
    const entries = [...entriesOf(node).values()].map(({ key, value }) => [describe(key), describe(value)]);
    return sorted(['map', entries]);
  }
  const { value } = node;
  switch (value.type) {
    case 'null':
      return ['null'];
    case 'bool':
      return ['bool', value.value];
    case 'int':
      return ['int', String(value.value)];
    case 'float':
      return ['float', floatOf(value.value)];
    case 'string':
      return ['string', node.text];
  }
}

function floatOf(value: number): string {
  return Number.isNaN(value) ? 'nan' : goFloat(value);
}

/** The answer of the oracle with map entries in the same order; a time stays the text it was written as. */
function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [kind, inside] = value as readonly unknown[];
  if (kind !== 'map') return value.map(sorted);
  const entries = (inside as readonly unknown[]).map(sorted);
  return ['map', entries.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))];
}

function ours(text: string): unknown {
  const log = createFindingLog('.drone.yml');
  const tree = parseTree({ index: 0, firstLine: 1, text }, { document: 0, log });
  return log.hasErrors() ? 'error' : tree === undefined ? ['null'] : describe(tree);
}

function compare(texts: readonly string[], verb: string): readonly string[] {
  const answers = askOracle<OracleAnswer>(
    ORACLE,
    texts.map((text) => ({ verb, text })),
  );
  return texts.flatMap((text, at) => {
    const theirs = answers[at];
    const wanted = theirs?.error === undefined ? sorted(theirs?.value ?? ['null']) : 'error';
    const own = JSON.stringify(ours(text));
    const isTime = JSON.stringify(wanted).includes('["time"');
    if (own === JSON.stringify(wanted) || isTime) return [];
    return [`${JSON.stringify(text)}: ${own}, the library ${JSON.stringify(wanted)}`];
  });
}

test('[pipeline 13] scalars mean what they mean to the YAML library of Drone', {
  skip: oracleMissing(),
}, () => {
  const random = createSeeded(13);
  const generated = Array.from({ length: 8000 }, () =>
    Array.from({ length: 1 + random.below(6) }, () => random.pick(PIECES)).join(''),
  );
  const texts = [...SCALARS, ...generated].map((scalar) => `a: ${scalar}\n`);
  assert.deepEqual(compare(texts, 'yaml').slice(0, 30), []);
});

test('[pipeline 17] maps, merges and lists are what they are to the YAML library of Drone', {
  skip: oracleMissing(),
}, () => {
  assert.deepEqual(compare(DOCUMENTS, 'yaml'), []);
});
