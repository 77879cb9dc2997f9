import type { FieldDefinition, RecordDefinition, ValueShape } from './definition.ts';
import { EVERYWHERE } from './definition.ts';

/** Documents of other kinds than `pipeline` (pipeline.md 1.2). */

const PIPELINE_BESIDE = '---\nkind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\n';

export const SECRET: RecordDefinition = {
  name: 'secret',
  title: 'Secret',
  text: 'A secret of the file, for `from_secret`: encrypted text, or the place where a secret service keeps it.',
  frame: `%\nkind: secret\nname: password\nget:\n  path: ci/passwords\n  name: registry\n${PIPELINE_BESIDE}`,
  required: ['kind', 'name'],
  fields: [
    kind('secret'),
    field('name', { kind: 'text' }, 'The name that `from_secret` refers to.', 'name: password'),
    field('type', { kind: 'text' }, 'Accepted, without effect.', 'type: opaque'),
    field('data', { kind: 'text' }, 'The encrypted value, made by `encrypt`.', `data: ${'A'.repeat(40)}`),
    field(
      'get',
      { kind: 'record', record: 'secret_source' },
      'Where a secret service keeps the value.',
      'get:\n  path: ci/passwords\n  name: registry',
    ),
  ],
};

export const SECRET_SOURCE: RecordDefinition = {
  name: 'secret_source',
  title: 'Source of a secret',
  text: 'What is asked of the secret service.',
  frame: `kind: secret\nname: password\nget:\n  %\n  path: ci/passwords\n${PIPELINE_BESIDE}`,
  fields: [
    field('path', { kind: 'text' }, 'Path of the secret.', 'path: ci/passwords'),
    field('name', { kind: 'text' }, 'Name of the value at that path.', 'name: registry'),
    field('key', { kind: 'text' }, 'Accepted, without effect.', 'key: value'),
  ],
};

export const SIGNATURE: RecordDefinition = {
  name: 'signature',
  title: 'Signature',
  text: 'Proves to a protected repository that the file was written by somebody who may.',
  frame: `${PIPELINE_BESIDE.slice(4)}---\n%\nkind: signature\nhmac: ${'0'.repeat(64)}\n`,
  required: ['kind', 'hmac'],
  fields: [
    kind('signature'),
    field('hmac', { kind: 'text' }, 'The signature in hexadecimal digits.', `hmac: ${'0'.repeat(64)}`),
  ],
};

export const TEMPLATE: RecordDefinition = {
  name: 'template',
  title: 'Template',
  text: 'Stands for the pipelines that a template of the organisation makes.',
  frame: '%\nkind: template\nload: plugin.yml\n',
  required: ['kind', 'load'],
  fields: [
    kind('template'),
    field(
      'load',
      { kind: 'text' },
      'The name of the template; its ending `.yml`, `.yaml`, `.jsonnet`, `.star`, `.starlark` or `.script` decides the language.',
      'load: plugin.yml',
    ),
    field('data', { kind: 'any' }, 'Values for the template, as `.input`.', 'data:\n  image: golang:1.26'),
  ],
};

export const CRON: RecordDefinition = {
  name: 'cron',
  title: 'Cron job',
  text: 'Accepted, without effect: cron jobs are made in the settings of the repository.',
  frame: `%\nkind: cron\nname: nightly\nspec:\n  branch: main\n${PIPELINE_BESIDE}`,
  required: ['kind'],
  fields: [
    kind('cron'),
    field('name', { kind: 'text' }, 'Name of the cron job.', 'name: nightly'),
    field('spec', { kind: 'any' }, 'Schedule, branch and deployment.', 'spec:\n  branch: main'),
  ],
};

export const REGISTRY: RecordDefinition = {
  name: 'registry',
  title: 'Registry',
  text: 'Accepted, without effect: credentials of registries are secrets.',
  frame: `%\nkind: registry\n${PIPELINE_BESIDE}`,
  required: ['kind'],
  fields: [
    kind('registry'),
    field('data', { kind: 'any' }, 'Credentials by registry.', 'data:\n  registry.example.com: secret'),
  ],
};

function kind(word: string): FieldDefinition {
  return field('kind', { kind: 'text', words: [word] }, 'What the document is.', `kind: ${word}`);
}

function field(key: string, value: ValueShape, text: string, example: string): FieldDefinition {
  return { key, value, use: EVERYWHERE, text, example, rule: '1.2' };
}
