import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../read.ts';
import { renderReferencePage } from './reference-page.ts';

const DOCS = join(import.meta.dirname, '../../../../docs');

function examplesOf(page: string): readonly string[] {
  return [...page.matchAll(/```yaml\n(.*?)```/gs)]
    .map((match) => match[1] ?? '')
    .filter((text) => text.startsWith('kind: '));
}

test('every pipeline on the page for people who come from Drone has no finding', () => {
  const examples = examplesOf(readFileSync(join(DOCS, 'coming-from-drone.md'), 'utf8'));
  assert.equal(examples.length, 3);
  for (const text of examples) {
    assert.deepEqual(
      readConfig(text, { file: 'x', isTrusted: false }).findings.filter(
        ({ severity }) => severity !== 'hint',
      ),
      [],
      text,
    );
  }
});

test('the links inside the reference page lead somewhere', () => {
  const page = renderReferencePage();
  const anchors = [...page.matchAll(/^## (.+)$/gm)].map((match) =>
    (match[1] ?? '').toLowerCase().replaceAll(' ', '-'),
  );
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1] ?? '');
  assert.deepEqual(
    links.filter((link) => !anchors.includes(link)),
    [],
  );
});
