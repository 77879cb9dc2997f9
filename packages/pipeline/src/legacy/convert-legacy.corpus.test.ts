import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDocuments } from '../documents.ts';
import { createFindingLog } from '../finding-log.ts';
import { entriesOf, type TreeNode } from '../tree.ts';
import { convertLegacy } from './convert-legacy.ts';
import { isLegacyFormat } from './legacy-format.ts';

const CORPUS = join(import.meta.dirname, '../../../../../shared/corpus');
const corpusMissing = existsSync(CORPUS) ? false : 'the corpus of real files is not on this machine';
const LINK = 'https://git.example.com/octo/hello';

interface LegacyGolden {
  readonly file: string;
  readonly format: string;
  readonly converted?: string;
}

const files =
  corpusMissing === false
    ? readdirSync(join(CORPUS, 'golden'))
        .toSorted()
        .map((name) => JSON.parse(readFileSync(join(CORPUS, 'golden', name), 'utf8')) as LegacyGolden)
        .filter(({ format }) => format === '0.8')
    : [];

test('the 0.8 files of the corpus are there', { skip: corpusMissing }, () => {
  assert.ok(files.length >= 20, `${files.length} files`);
});

for (const { file, converted } of files) {
  test(`${file} is converted to what Drone converts it to`, () => {
    const text = readFileSync(join(CORPUS, 'yaml', file), 'utf8');
    assert.ok(isLegacyFormat(text));
    const result = convertLegacy(text, { file, repoLink: LINK, compatibility: true });
    assert.deepEqual(
      result.findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.deepEqual(parsed(result.text), parsed(converted ?? ''));
  });
}

/** The documents as plain values, by meaning: `'1'` and `1` differ, key order does not. */
function parsed(text: string): readonly unknown[] {
  const log = createFindingLog('converted.yml');
  const documents = parseDocuments(text, log).map(({ root }) => plain(root));
  assert.deepEqual(log.list(), []);
  return documents;
}

function plain(node: TreeNode): unknown {
  if (node.kind === 'list') return node.items.map(plain);
  if (node.kind === 'map') {
    return Object.fromEntries([...entriesOf(node)].map(([key, { value }]) => [key, plain(value)]));
  }
  return 'value' in node.value ? `${node.value.type} ${node.value.value}` : `${node.value.type} ${node.text}`;
}
