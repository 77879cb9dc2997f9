// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './read.ts';
import type { TriggerContext } from './stages.ts';
import { selectStages } from './stages.ts';

const PUSH: TriggerContext = {
  branch: 'main',
  event: 'push',
  action: '',
  ref: 'refs/heads/main',
  repo: 'octo/hello',
  target: '',
  cron: '',
  instance: 'ci.example.com',
};

function select(text: string, patch: Partial<TriggerContext> = {}) {
  const { pipelines, findings } = readConfig(text, { file: 'f' });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  return selectStages(pipelines, { ...PUSH, ...patch });
}

const runs = (trigger: string, patch: Partial<TriggerContext> = {}) =>
  select(`kind: pipeline\ntrigger: ${trigger}\n`, patch).stages.length === 1;

const chain = (trigger: Readonly<Record<string, string>>) =>
  ['a', 'b', 'c']
    .map((name, at, names) => {
      const needs = at === 0 ? '' : `depends_on: [${names[at - 1]}]\n`;
      return `kind: pipeline\nname: ${name}\n${needs}trigger: ${trigger[name] ?? '{}'}\n`;
    })
    .join('---\n');

const dependencies = (text: string) =>
  select(text).stages.map(({ number, name, dependsOn }) => [number, name, dependsOn]);

test('[pipeline 2] two documents are two stages', () => {
  assert.deepEqual(dependencies('kind: pipeline\nname: a\n--- # x\nkind: pipeline\nname: b\n'), [
    [1, 'a', []],
    [2, 'b', []],
  ]);
});

test('[pipeline 30] the dependent of a skipped pipeline starts at once', () => {
  assert.deepEqual(dependencies(chain({ a: '{branch: dev}' })), [
    [1, 'b', []],
    [2, 'c', ['b']],
  ]);
});

test('[pipeline 31] a skipped pipeline hands its dependencies on', () => {
  assert.deepEqual(dependencies(chain({ b: '{branch: dev}' })), [
    [1, 'a', []],
    [2, 'c', ['a']],
  ]);
});

test('[pipeline 32] no match, no stages, and each decision says why', () => {
  const { stages, decisions } = select(
    'kind: pipeline\nname: a\ntrigger: {branch: {include: [dev, x], exclude: [y]}}\n',
  );
  assert.deepEqual(stages, []);
  assert.deepEqual(decisions, [
    { name: 'a', runs: false, reason: 'branch is "main", wanted: dev, x except y' },
  ]);
});

test('[pipeline 33] one star stays within a segment, two cross it', () => {
  assert.equal(runs('{branch: feature/*}', { branch: 'feature/a/b' }), false);
  assert.equal(runs('{branch: feature/**}', { branch: 'feature/a/b' }), true);
});

test('[pipeline 34] with only an exclude all others run', () => {
  assert.equal(runs('{branch: {exclude: [dev]}}'), true);
  assert.equal(runs('{branch: {exclude: [main]}}'), false);
});

test('[pipeline 35] exclude wins over include', () => {
  assert.equal(runs('{branch: {include: [main], exclude: [ma*]}}'), false);
});

test('[pipeline 36] a single excluded pattern excludes', () => {
  assert.equal(runs('{ref: {exclude: refs/heads/main}}'), false);
});

test('[pipeline 37] braces around slashes never match', () => {
  assert.equal(runs('{branch: "{a/*,b/*}"}', { branch: 'a/x' }), false);
});

test('[pipeline 38] an invalid pattern excludes nothing', () => {
  assert.equal(runs('{branch: {exclude: ["["]}}', { branch: '[' }), true);
});

test('[pipeline 39] without an event condition a cron build runs', () => {
  assert.equal(runs('{branch: main}', { event: 'cron', cron: 'nightly' }), true);
});

test('[pipeline 40] a push is not the cron job', () => {
  assert.equal(runs('{cron: nightly}'), false);
  assert.equal(runs('{cron: nightly}', { event: 'cron', cron: 'nightly' }), true);
});

test('[pipeline 41] only the wanted target runs', () => {
  assert.equal(runs('{target: production}', { event: 'promote', target: 'staging' }), false);
  assert.equal(runs('{target: production}', { event: 'promote', target: 'production' }), true);
});

test('[pipeline 42] the branch of a pull request is the one it goes to', () => {
  assert.equal(
    runs('{branch: main, event: pull_request}', { event: 'pull_request', ref: 'refs/pull/1/head' }),
    true,
  );
});

test('[pipeline 43] new commits are not an opened pull request', () => {
  assert.equal(runs('{action: opened}', { event: 'pull_request', action: 'synchronized' }), false);
});

test('the instance counts on the server too', () => {
  assert.equal(runs('{instance: other.example.com}'), false);
});

test('[pipeline 52] status conditions become the flags of the stage', () => {
  const flags = (trigger: string) => {
    const [stage] = select(`kind: pipeline\ntrigger: ${trigger}\n`).stages;
    return [stage?.onSuccess, stage?.onFailure];
  };
  assert.deepEqual(flags('{}'), [true, false]);
  assert.deepEqual(flags('{status: [failure]}'), [false, true]);
  assert.deepEqual(flags('{status: [success, failure]}'), [true, true]);
  assert.deepEqual(flags('{status: {exclude: [success]}}'), [false, true]);
  assert.deepEqual(flags('{status: [changed]}'), [false, false]);
});

test('[pipeline 53] a status condition without dependencies starts immediately', () => {
  assert.equal(runs('{status: [failure]}'), true);
});

test('[pipeline 64] an expression in the name of a pipeline is literal', () => {
  assert.equal(select('kind: pipeline\nname: b-${DRONE_BRANCH}\n').stages[0]?.name, 'b-${DRONE_BRANCH}');
});

test('platform, labels and limit go with the stage', () => {
  const [stage] = select(
    'kind: pipeline\nplatform: {arch: arm64, variant: v8, version: 5}\nnode: {disk: 1.10, gpu: yes}\nconcurrency: {limit: 2}\n',
  ).stages;
  assert.deepEqual(stage?.platform, { os: 'linux', arch: 'arm64', variant: 'v8', version: '5' });
  assert.deepEqual(stage?.labels, { disk: '1.10', gpu: 'yes' });
  assert.equal(stage?.limit, 2);
});

test('layers of skipped pipelines cannot make endless lists', () => {
  const layers = Array.from({ length: 30 }, (_, at) =>
    ['l', 'r']
      .map((side) => {
        const needs = at === 0 ? '[root]' : `[l${at - 1}, r${at - 1}]`;
        return `kind: pipeline\nname: ${side}${at}\ndepends_on: ${needs}\ntrigger: {branch: dev}\n`;
      })
      .join('---\n'),
  );
  const text = [
    'kind: pipeline\nname: root\n',
    ...layers,
    'kind: pipeline\nname: end\ndepends_on: [l29, r29]\n',
  ].join('---\n');
  assert.deepEqual(select(text).stages.at(-1)?.dependsOn.slice(0, 1), ['root']);
});
