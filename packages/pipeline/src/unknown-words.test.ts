import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStep } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';

function remarks(text: string): readonly (readonly [string, string, string | undefined])[] {
  return readConfig(text, { file: 'f' }).findings.map(({ severity, code, hint }) => [severity, code, hint]);
}

const pipelineOf = (type: string, rest = '') => `kind: pipeline\ntype: ${type}\n${rest}steps: []\n`;

test('a type that is nearly a known one is a warning with a guess', () => {
  assert.deepEqual(remarks(pipelineOf('dokcer')), [['warning', 'unknown-type', 'Did you mean "docker"?']]);
  assert.deepEqual(remarks(pipelineOf('kubernets')), [
    ['warning', 'unknown-type', 'Did you mean "kubernetes"?'],
  ]);
  for (const type of ['exec', 'digitalocean', 'aws', 'vm', 'macstadium'])
    assert.deepEqual(remarks(pipelineOf(type)), [], type);
});

test('a platform that no machine has is a warning in an exec pipeline', () => {
  const platform = (os: string, arch: string) => pipelineOf('exec', `platform: {os: ${os}, arch: ${arch}}\n`);
  assert.deepEqual(remarks(platform('darwni', 'amd46')), [
    ['warning', 'unknown-platform', 'Did you mean "darwin"?'],
    ['warning', 'unknown-platform', 'Did you mean "amd64"?'],
  ]);
  const [other] = remarks(platform('templeos', 'arm'));
  assert.match(other?.[2] ?? '', /^Write one of linux, windows, darwin, /);
  for (const arch of ['386', 'riscv64', 's390x', 'ppc64le'])
    assert.deepEqual(remarks(platform('freebsd', arch)), [], arch);
  assert.deepEqual(remarks(pipelineOf('other', 'platform: {os: templeos}\n')), []);
});

test('a status other than success and failure is a warning', () => {
  const status = (text: string) => remarks(aStep(`when: {status: ${text}}`));
  assert.deepEqual(status('[changed, failure]'), [
    ['warning', 'unknown-status', 'Statuses are success, failure.'],
  ]);
  assert.deepEqual(status('{include: [sucess]}'), [['warning', 'unknown-status', 'Did you mean "success"?']]);
  for (const text of ['[success, failure]', '["*"]', '{exclude: ["fail*"]}'])
    assert.deepEqual(status(text), [], text);
});

test('an action that is nearly a known one is a warning, since custom builds may have any', () => {
  const action = (text: string) => remarks(`trigger: {action: ${text}}\n${aStep()}`);
  assert.deepEqual(action('[opened, synchronize]'), [
    ['warning', 'unknown-action', 'Did you mean "synchronized"?'],
  ]);
  for (const text of ['[opened, closed]', 'review_ready', 'nightly', '"open*"', '{exclude: [labeled]}'])
    assert.deepEqual(action(text), [], text);
});
