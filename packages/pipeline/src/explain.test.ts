// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainConfig } from './explain.ts';
import type { TriggerContext } from './match.ts';

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

const FILE = `
kind: pipeline
name: test
trigger:
  branch: [main, release/*]
services:
- name: database
  image: postgres
steps:
- name: build
  image: golang
- name: publish
  image: plugins/docker
  when:
    event: tag
- name: notify
  image: alpine
  when:
    status: [success, failure]
---
kind: pipeline
name: nightly
depends_on: [test]
trigger:
  cron: nightly
steps: []
---
kind: pipeline
name: after
depends_on: [nightly]
trigger:
- event: tag
- branch: main
  event:
    exclude: [pull_request]
steps: []
`;

function explain(
  text: string,
  trigger: Partial<TriggerContext> = {},
  variables?: ReadonlyMap<string, string>,
) {
  return explainConfig(text, { file: '.drone.yml' }, { trigger: { ...PUSH, ...trigger }, variables });
}

test('a file is explained stage by stage and step by step, with the values that were compared', () => {
  const { stages, findings } = explain(FILE);
  assert.deepEqual(findings, []);
  assert.deepEqual(
    stages.map(({ name, runs, reason, dependsOn, line }) => ({ name, runs, reason, dependsOn, line })),
    [
      { name: 'test', runs: true, reason: 'all conditions hold', dependsOn: [], line: 2 },
      { name: 'nightly', runs: false, reason: 'there is no cron, wanted: nightly', dependsOn: [], line: 21 },
      { name: 'after', runs: true, reason: 'all conditions hold', dependsOn: ['test'], line: 28 },
    ],
  );
  assert.deepEqual(stages[0]?.alternatives, [
    [{ key: 'branch', value: 'main', include: ['main', 'release/*'], exclude: [], holds: true }],
  ]);
  assert.deepEqual(
    stages[0]?.steps.map(({ name, kind, runs, reason, policy }) => [name, kind, runs, reason, policy]),
    [
      ['database', 'service', true, 'all conditions hold', 'on-success'],
      ['build', 'step', true, 'all conditions hold', 'on-success'],
      ['publish', 'step', false, 'event is "push", wanted: tag', 'on-success'],
      ['notify', 'step', true, 'all conditions hold', 'always'],
    ],
  );
});

test('every alternative of a list of conditions is explained', () => {
  const after = explain(FILE).stages[2];
  assert.deepEqual(
    after?.alternatives.map((checks) => checks.map(({ key, holds }) => [key, holds])),
    [
      [['event', false]],
      [
        ['branch', true],
        ['event', true],
      ],
    ],
  );
});

test('expressions in the conditions of a step take the values of the build', () => {
  const text = 'kind: pipeline\nsteps:\n- name: a\n  image: b\n  when:\n    branch: ${WANTED}\n';
  const runs = (variables?: ReadonlyMap<string, string>) =>
    explain(text, {}, variables).stages[0]?.steps[0]?.runs;
  assert.equal(runs(new Map([['WANTED', 'main']])), true);
  assert.equal(runs(new Map([['WANTED', 'dev']])), false);
  assert.equal(runs(), false);
});

test('changed files decide about paths', () => {
  const text = 'kind: pipeline\ntrigger:\n  paths: [docs/**]\nsteps: []\n';
  const [stage] = explain(text, { changedFiles: ['src/a.ts', 'b'] }).stages;
  assert.equal(stage?.runs, false);
  assert.deepEqual(stage?.alternatives, [
    [{ key: 'paths', value: 'src/a.ts, b', include: ['docs/**'], exclude: [], holds: false }],
  ]);
});

test('a file with an error is not explained, its findings say why', () => {
  const { stages, findings } = explain('kind: pipeline\nsteps:\n- name: a\n');
  assert.deepEqual(stages, []);
  assert.deepEqual(
    findings.map(({ code, line }) => [code, line]),
    [['missing-image', 3]],
  );
});
