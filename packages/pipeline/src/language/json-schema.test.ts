import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { corpusMissing } from '../corpus.fixture.ts';
import { parseDocuments } from '../documents.ts';
import { createFindingLog } from '../finding-log.ts';
import { readConfig } from '../read.ts';
import { pipelineSchema } from './json-schema.ts';
import { schemaFailures, toData } from './schema-check.fixture.ts';

const CORPUS = join(import.meta.dirname, '../../../../../shared/corpus/yaml');
const SCHEMA = pipelineSchema();

/** What the schema has against the documents of a file. */
function failuresOf(text: string): readonly string[] {
  const log = createFindingLog('.drone.yml');
  return parseDocuments(text, log).flatMap(({ root }) => schemaFailures(SCHEMA, toData(root)));
}

test('every real file without errors is valid by the JSON Schema', { skip: corpusMissing }, () => {
  const texts = readdirSync(CORPUS)
    .filter((file) => !file.includes('.v08.'))
    .map((file) => ({ file, text: readFileSync(join(CORPUS, file), 'utf8') }));
  const sound = texts.filter(({ file, text }) =>
    readConfig(text, { file }).findings.every(({ severity }) => severity !== 'error'),
  );
  const failures = sound.flatMap(({ file, text }) => failuresOf(text).map((failure) => `${file} ${failure}`));
  assert.deepEqual(failures, []);
  assert.ok(sound.length > texts.length * 0.9, `${sound.length} of ${texts.length} files are sound`);
});

const RIGHT: readonly string[] = [
  'kind: pipeline\nclone: false\n',
  'kind: pipeline\nconcurrency: 1\n',
  'kind: pipeline\ndepends_on: a\n',
  'kind: pipeline\ndepends_on: [{name: a, optional: true}]\n',
  'kind: pipeline\ntrigger: [{branch: main}, {event: tag}]\n',
  'kind: pipeline\nsteps:\n  build:\n    image: golang\n',
  'kind: pipeline\nsteps:\n- name: a\n  environment: {A: 1, B: {from_secret: b}, C: ~}\n',
  'kind: pipeline\ntype: vm\nsteps: anything\n',
  'kind: pipeline\nx-anchors: [1]\n',
];

for (const text of RIGHT) {
  test(`the JSON Schema accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(failuresOf(text), []);
  });
}

const WRONG: readonly (readonly [text: string, place: string])[] = [
  ['kind: pipelines\n', '/kind'],
  ['steps: []\n', ''],
  ['kind: pipeline\nsteps: build\n', '/steps'],
  ['kind: pipeline\nsteps:\n- name: [a]\n', '/steps/0/name'],
  ['kind: pipeline\nsteps:\n- commands:\n  - echo a: b\n', '/steps/0/commands/0'],
  ['kind: pipeline\nsteps:\n- environment: [A=1]\n', '/steps/0/environment'],
  ['kind: pipeline\nsteps:\n- privileged: maybe\n', '/steps/0/privileged'],
  ['kind: pipeline\nclone:\n  disable: maybe\n', '/clone/disable'],
  ['kind: pipeline\nvolumes: [cache]\n', '/volumes/0'],
  ['kind: pipeline\ntrigger:\n  branch:\n    includes: [main]\n', '/trigger/branch/includes'],
  ['kind: pipeline\nconcurrency:\n  limit: one\n', '/concurrency/limit'],
  ['kind: pipeline\nclone:\n  depth: -1\n', '/clone/depth'],
  ['kind: pipeline\ntype: exec\nsteps:\n- commands: {a: b}\n', '/steps/0/commands'],
  ['kind: secret\nname: a\nget: path\n', '/get'],
];

for (const [text, place] of WRONG) {
  test(`the JSON Schema finds the mistake in ${JSON.stringify(text)}`, () => {
    const places = failuresOf(text).map((failure) => failure.slice(0, failure.indexOf(':')));
    assert.ok(places.includes(place), `found ${JSON.stringify(places)}`);
  });
}

test('unknown keys are valid and carry a message that editors show', () => {
  assert.deepEqual(failuresOf('kind: pipeline\nsteps:\n- name: a\n  imagee: b\n'), []);
  const { docker_step: step } = SCHEMA.definitions as Record<string, { additionalProperties: object }>;
  assert.deepEqual(step?.additionalProperties, { deprecationMessage: 'This key is not known here.' });
});

test('every key has a description', () => {
  const missing = Object.entries(SCHEMA.definitions as Record<string, { properties: object }>).flatMap(
    ([name, { properties }]) =>
      Object.entries(properties as Record<string, { description?: string }>)
        .filter(([, { description = '' }]) => description.length < 5)
        .map(([key]) => `${name}.${key}`),
  );
  assert.deepEqual(missing, []);
});
