import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { aStep } from './compile-context.fixture.ts';
import type { ReadOptions } from './read.ts';
import { readConfig } from './read.ts';

function read(text: string, options: Partial<ReadOptions> = {}) {
  const { pipelines, findings } = readConfig(text, { file: '.drone.yml', ...options });
  const codes = (severity: string) =>
    findings.filter((finding) => finding.severity === severity).map(({ line, code }) => `${line} ${code}`);
  return { pipelines, findings, errors: codes('error'), warnings: codes('warning'), hints: codes('hint') };
}

const PIPELINE = 'kind: pipeline\n';

test('[pipeline 1] type, name and platform have defaults', () => {
  const { pipelines, findings } = read(aStep());
  assert.deepEqual(findings, []);
  assert.deepEqual(
    pipelines.map(({ type, name, platform }) => ({ type, name, os: platform.os, arch: platform.arch })),
    [{ type: 'docker', name: 'default', os: 'linux', arch: 'amd64' }],
  );
});

test('[pipeline 4] comments before the first separator are no document', () => {
  const { pipelines, findings } = read(`# a note\n\n---\n${aStep()}`);
  assert.equal(pipelines.length, 1);
  assert.deepEqual(findings, []);
});

test('[pipeline 5] a separator at the end opens no document', () => {
  const { pipelines, findings } = read(`${aStep()}---\n`);
  assert.equal(pipelines.length, 1);
  assert.deepEqual(findings, []);
});

test('an empty file has no pipelines and nothing to remark', () => {
  assert.deepEqual(readConfig('', { file: 'f' }), { pipelines: [], findings: [] });
});

test('[pipeline 6] a document with content but without a kind is an error', () => {
  assert.deepEqual(read('steps: []\n').errors, ['1 missing-kind']);
});

test('[pipeline 7] an unknown kind is an error that guesses', () => {
  const { errors, findings } = read('kind: pipelin\n');
  assert.deepEqual(errors, ['1 unknown-kind']);
  assert.equal(findings[0]?.hint, 'Did you mean "pipeline"?');
});

test('[pipeline 10] unknown keys are accepted with a warning and a guess', () => {
  const text =
    'kind: pipeline\nfoo: 1\nsteps:\n- name: a\n  image: alpine\n  comands: []\n  when: {brnch: main}\n';
  const { errors, warnings, findings } = read(text);
  assert.deepEqual(errors, []);
  assert.deepEqual(warnings, ['2 unknown-key', '6 unknown-key', '7 unknown-key']);
  assert.deepEqual(
    findings.map(({ pointer, hint }) => [pointer, hint]),
    [
      ['/foo', undefined],
      ['/steps/0/comands', 'Did you mean "commands"?'],
      ['/steps/0/when/brnch', 'Did you mean "branch"?'],
    ],
  );
});

test('anchors may be kept under keys of their own', () => {
  assert.deepEqual(read(`x-a: 1\n_b: 2\nstuff: &s {a: 1}\n${aStep()}`).findings, []);
});

test('[pipeline 11] a single command counts as a list of one, in compatibility mode it is an error', () => {
  const text = aStep('commands: echo hi');
  assert.deepEqual(read(text).pipelines[0]?.steps[0]?.commands, ['echo hi']);
  assert.deepEqual(read(text, { compatibility: true }).errors, ['5 wrong-type']);
});

test('[pipeline 12] a command that YAML takes for a map is an error at its line', () => {
  const { errors, findings } = read(aStep('commands:', '- echo ok', '- echo a: b'));
  assert.deepEqual(errors, ['7 wrong-type']);
  assert.equal(findings[0]?.hint, 'An item that contains ": " needs quotes.');
});

test('[pipeline 15] a list as environment is an error', () => {
  assert.deepEqual(read(aStep('environment:', '- A=1')).errors, ['6 wrong-type']);
});

test('[pipeline 16] a secret in the environment of a pipeline is an error', () => {
  assert.deepEqual(read(`environment:\n  A: {from_secret: b}\n${aStep()}`).errors, ['2 wrong-type']);
});

test('[pipeline 19] an alias cannot reach into another document', () => {
  assert.deepEqual(read(`a: &x 1\n${aStep()}---\nkind: pipeline\nname: b\nsteps: *x\n`).errors, [
    '9 unknown-anchor',
  ]);
});

test('[pipeline 20] a repeated key is a warning', () => {
  const { pipelines, warnings } = read(aStep('user: a', 'user: b'));
  assert.deepEqual(warnings, ['6 duplicate-key']);
  assert.equal(pipelines[0]?.steps[0]?.user, 'b');
});

test('[pipeline 21] booleans need no quotes and take yes', () => {
  assert.deepEqual(read(aStep("privileged: 'true'")).errors, ['5 wrong-type']);
  assert.equal(read(aStep('privileged: yes')).pipelines[0]?.steps[0]?.privileged, true);
});

test('[pipeline 22] a temp volume without a value counts', () => {
  const text = `volumes: [{name: v, temp: }]\n${aStep()}`;
  assert.equal(read(text).pipelines[0]?.volumes[0]?.kind, 'temp');
});

for (const [written, bytes] of [
  ['1g', 1_073_741_824],
  ['1.5g', 1_610_612_736],
  ['100', 100],
  ['1 KiB', 1024],
  ['2mb', 2_097_152],
  ['-1', -1],
] as const) {
  test(`[pipeline 23] the size ${written} is ${bytes} bytes`, () => {
    assert.equal(read(aStep(`mem_limit: ${written}`)).pipelines[0]?.steps[0]?.memoryLimitBytes, bytes);
  });
}

test('[pipeline 23] a size that cannot be read is an error', () => {
  assert.deepEqual(read(aStep('mem_limit: lots')).errors, ['5 bad-size']);
});

test('[pipeline 26] two pipelines without a name are duplicates', () => {
  assert.deepEqual(read(`${aStep()}---\n${aStep()}`).errors, ['6 duplicate-pipeline']);
});

test('[pipeline 27] a dependency that stands later is an error', () => {
  const text = `name: a\ndepends_on: [b]\n${aStep()}---\nname: b\n${aStep()}`;
  assert.deepEqual(read(text).errors, ['2 later-dependency']);
});

test('[pipeline 28] a pipeline that depends on itself is an error', () => {
  assert.deepEqual(read(`name: a\ndepends_on: a\n${aStep()}`).errors, ['2 self-dependency']);
});

test('pipelines that depend on each other are named as a cycle', () => {
  const text = `name: a\ndepends_on: [b]\n${aStep()}---\nname: b\ndepends_on: [a]\n${aStep()}`;
  assert.equal(read(text).findings[0]?.message, 'The pipelines depend on each other: a → b → a.');
});

test('an unknown pipeline as dependency is an error', () => {
  assert.deepEqual(read(`depends_on: [b]\n${aStep()}`).errors, ['1 unknown-dependency']);
});

test('[pipeline 29] darwin is no platform for docker, but one for exec', () => {
  const platform = 'platform: {os: darwin, arch: arm64}\n';
  assert.deepEqual(read(platform + aStep()).errors, ['1 unknown-platform']);
  const exec = `${platform}kind: pipeline\ntype: exec\nsteps: []\n`;
  assert.deepEqual(read(exec).errors, []);
});

test('[pipeline 36] a single pattern under exclude counts, in compatibility mode it does not', () => {
  const text = `trigger: {ref: {exclude: x}}\n${aStep()}`;
  assert.deepEqual(read(text).pipelines[0]?.trigger.ref, { include: [], exclude: ['x'] });
  assert.equal(read(text, { compatibility: true }).pipelines[0]?.trigger.ref, undefined);
});

test('an unknown key inside a condition is an error', () => {
  assert.deepEqual(read(`trigger: {ref: {exlude: [x]}}\n${aStep()}`).errors, ['1 unknown-key']);
});

test('a list inside the list of a condition is an error', () => {
  assert.deepEqual(read(`trigger: {branch: [[main]]}\n${aStep()}`).errors, ['1 wrong-type']);
});

test('an event that does not exist is a warning that guesses', () => {
  const { findings } = read(`trigger:\n  event:\n  - push\n  - pull-request\n${aStep()}`);
  assert.deepEqual(
    findings.map(({ line, code, hint }) => [line, code, hint]),
    [[4, 'unknown-event', 'Did you mean "pull_request"?']],
  );
});

test('[pipeline 53] a status condition without dependencies is a warning', () => {
  assert.deepEqual(read(`trigger: {status: [failure]}\n${aStep()}`).warnings, [
    '1 status-without-dependency',
  ]);
});

test('keys that Drone ignores are warnings', () => {
  assert.deepEqual(read(aStep('ports: [80]', 'resources: {}')).warnings, ['5 no-effect', '6 no-effect']);
});

test('keys of containers have no effect in an exec pipeline', () => {
  const text = 'kind: pipeline\ntype: exec\nsteps:\n- name: a\n  commands: [ls]\n  pull: always\n';
  assert.deepEqual(read(text).warnings, ['6 no-effect']);
});

test('a version number that loses a digit is a hint', () => {
  const { hints, findings } = read(aStep('settings: {version: 1.10}'));
  assert.deepEqual(hints, ['5 float-loses-digit']);
  assert.match(findings[0]?.message ?? '', /reaches the plugin as 1\.1\./);
});

test('a variable name with an equals sign is an error', () => {
  assert.deepEqual(read(aStep('environment: {"A=b": c}')).errors, ['5 bad-variable-name']);
});

test('findings name line and column of the whole file, the document and the place in it', () => {
  const { findings } = read(
    `${aStep()}--- # next\nkind: pipeline\nname: b\nsteps:\n- name: b\n  image: x\n  user: [x]\n`,
  );
  assert.deepEqual(findings[0], {
    severity: 'error',
    code: 'wrong-type',
    message: '"steps[0].user" must be text, not a list.',
    file: '.drone.yml',
    line: 11,
    column: 9,
    document: 1,
    pointer: '/steps/0/user',
  });
});

test('a file over 1 MiB is refused unread', () => {
  assert.deepEqual(read(`${PIPELINE}# ${'ä'.repeat(600_000)}\n`).errors, ['1 file-too-large']);
});

test('a file of nothing but mistakes makes a bounded number of findings', () => {
  const { findings } = read(`${PIPELINE}${Array.from({ length: 5000 }, (_, at) => `k${at}: 1\n`).join('')}`);
  assert.equal(findings.length, 101);
  assert.equal(findings.at(-1)?.code, 'too-many-findings');
});

test('patterns that would keep the server busy are refused', () => {
  const pattern = '*?'.repeat(500);
  const text = `trigger: {ref: [${Array(300).fill(`"${pattern}"`).join(', ')}]}\n${aStep()}`;
  assert.deepEqual(read(text).errors, ['1 too-many-patterns']);
});

// The goal is one second on an idle machine; the limit leaves room for a busy one and still shows squared growth.
test('a file with 2,000 steps is read quickly', () => {
  const steps = Array.from(
    { length: 2000 },
    (_, at) => `- name: s${at}\n  image: alpine\n  commands: [make, make test]\n`,
  );
  const text = `${PIPELINE}steps:\n${steps.join('')}`;
  assertQuick(() => assert.equal(read(text).pipelines[0]?.steps.length, 2000), 4000);
});
