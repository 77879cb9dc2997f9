import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseStages, type Status } from '@sortie/core/status';
import { aStep, compilePlan, stepOf } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';
import { selectStages } from './stages.ts';

const FILE = ['a', 'b', 'c']
  .map((name) => `kind: pipeline\nname: ${name}\n${name === 'c' ? 'depends_on: [a]\n' : ''}`)
  .join('---\n');
const PUSH = { branch: 'main', event: 'push', action: '', ref: '', repo: '', target: '', cron: '' } as const;

/** What becomes of pipeline c, which depends on a, when a and b stand like this. */
function becomes(a: Status, b: Status): readonly string[] {
  const { stages } = selectStages(readConfig(FILE, { file: 'f' }).pipelines, { ...PUSH, instance: '' });
  const statuses: Readonly<Record<string, Status>> = { a, b, c: 'waiting_on_dependencies' };
  const standing = stages.map((stage) => ({ ...stage, status: statuses[stage.name] ?? 'pending' }));
  return releaseStages(standing).map(({ number, status }) => `${number} ${status}`);
}

test('[pipeline 54] a pipeline that failed before the dependencies ended skips their dependent', () => {
  assert.deepEqual(becomes('running', 'failure'), []);
  assert.deepEqual(becomes('success', 'failure'), ['3 skipped']);
});

test('[pipeline 55] one that fails after them comes too late', () => {
  assert.deepEqual(becomes('success', 'running'), ['3 pending']);
});

test('[pipeline 49] a step for failures does not run while nothing has failed', () => {
  assert.equal(stepOf(compilePlan(aStep('when: {status: [failure]}')), 'a').runPolicy, 'on-failure');
});
