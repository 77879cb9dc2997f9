// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStep } from './compile-context.fixture.ts';
import type { ReadOptions } from './read.ts';
import { readConfig } from './read.ts';

function errors(text: string, options: Partial<ReadOptions> = {}): readonly string[] {
  return readConfig(text, { file: 'f', ...options })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ line, code }) => `${line} ${code}`);
}

const two = (...lines: readonly string[]) =>
  `${aStep()}${['- name: b', '  image: alpine', ...lines.map((line) => `  ${line}`), ''].join('\n')}`;

test('[pipeline 82] a dependency on a clone that is disabled is an error', () => {
  assert.deepEqual(errors(`clone: {disable: true}\n${aStep('depends_on: [clone]')}`), [
    '6 unknown-dependency',
  ]);
});

test('[pipeline 83] a step called clone beside the clone is an error', () => {
  assert.deepEqual(errors(aStep().replace('name: a', 'name: clone')), ['3 duplicate-step']);
});

test('[pipeline 84] dependencies on later steps, unknown steps and itself are errors', () => {
  assert.deepEqual(errors(`${aStep('depends_on: [b]')}- name: b\n  image: x\n`), ['5 later-dependency']);
  assert.deepEqual(errors(two('depends_on: [c]')), ['7 unknown-dependency']);
  assert.deepEqual(errors(two('depends_on: [b]')), ['7 self-dependency']);
});

test('[pipeline 84] exec pipelines are checked as well', () => {
  const text = 'kind: pipeline\ntype: exec\nsteps:\n- name: a\n  commands: [ls]\n  depends_on: [b]\n';
  assert.deepEqual(errors(text), ['6 unknown-dependency']);
});

test('a step may depend on a service', () => {
  assert.deepEqual(errors(`services: [{name: db, image: x}]\n${aStep('depends_on: [db]')}`), []);
});

test('names that hold an expression are left to the runner', () => {
  assert.deepEqual(errors(two('depends_on: ["a-${X}"]')), []);
});

test('[pipeline 102] what untrusted repositories may not use is an error each, trusted ones may', () => {
  const step = aStep(
    'privileged: true',
    'dns: [1.1.1.1]',
    'network_mode: host',
    'shm_size: 1g',
    'extra_hosts: ["a:1.1.1.1"]',
  );
  const text = `volumes:\n- name: h\n  host: {path: /x}\n- name: m\n  temp: {medium: Memory}\n${step}`;
  const found = errors(text, { isTrusted: false });
  assert.deepEqual(
    found,
    [3, 5, 10, 11, 12, 13, 14].map((line) => `${line} untrusted`),
  );
  assert.deepEqual(errors(text, { isTrusted: true }), []);
  assert.deepEqual(errors(text), []);
});

test('[pipeline 103] nothing is mounted below /run/drone', () => {
  const text = `volumes: [{name: v, temp: {}}]\n${aStep('volumes: [{name: v, path: /run/x/../drone/x}]')}`;
  assert.deepEqual(errors(text), ['6 reserved-path']);
});

test('[pipeline 104] a mount of a volume that is not declared is an error, not so in compatibility mode', () => {
  const text = aStep('volumes: [{name: v, path: /x}]');
  assert.deepEqual(errors(text), ['5 unknown-volume']);
  assert.deepEqual(errors(text, { compatibility: true }), []);
});

test('reserved volume names are refused', () => {
  assert.deepEqual(errors(`volumes: [{name: _workspace, temp: {}}]\n${aStep()}`), ['1 reserved-volume']);
});

test('steps need a name and, in docker, an image; exec steps must not have one', () => {
  assert.deepEqual(errors('kind: pipeline\nsteps:\n- commands: [ls]\n'), [
    '3 missing-name',
    '3 missing-image',
  ]);
  assert.deepEqual(errors('kind: pipeline\ntype: exec\nsteps:\n- {name: a, image: x}\n'), ['4 exec-image']);
});

test('services need a name too', () => {
  assert.deepEqual(errors(`services:\n- image: x\n${aStep()}`), ['2 missing-name']);
});

test('a name of more than 100 bytes is an error', () => {
  assert.deepEqual(errors(aStep().replace('name: a', `name: ${'ä'.repeat(51)}`)), ['3 name-too-long']);
});

test('an empty step is an error', () => {
  assert.deepEqual(errors(`${aStep()}-\n`), ['5 empty-step']);
});

test('a pipeline with a name longer than 100 bytes, and a file with more than 1000 documents, are refused', () => {
  const long = readConfig(`kind: pipeline\nname: ${'x'.repeat(101)}\nsteps: [{name: a, image: b}]\n`, {
    file: '.drone.yml',
    isTrusted: false,
  });
  assert.deepEqual(
    long.findings.map(({ code, line }) => [code, line]),
    [['name-too-long', 2]],
  );
  const many = readConfig('---\nkind: pipeline\n'.repeat(1001), { file: '.drone.yml', isTrusted: false });
  assert.deepEqual(
    many.findings.map(({ code }) => code),
    ['too-many-documents'],
  );
});
