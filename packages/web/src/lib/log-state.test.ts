import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuild, aStage, aStep } from '../testing/sample.ts';
import { noticeFor } from './log-state.ts';

const clone = aStep({ name: 'clone', status: 'running' });
const waiting = aStep({ number: 2, name: 'test', status: 'pending', started: 0 });
const running = aStage({ status: 'running', steps: [clone, waiting] });
const lint = aStage({ number: 2, name: 'lint', status: 'running' });
const deploy = aStage({
  number: 3,
  name: 'deploy',
  status: 'waiting_on_dependencies',
  depends_on: ['default', 'lint'],
});
const build = aBuild({ stages: [running, lint, deploy] });

const CASES: [string, ReturnType<typeof noticeFor>, string][] = [
  ['a step behind others', noticeFor(build, running, waiting), 'It begins after clone.'],
  ['a stage behind others', noticeFor(build, deploy, undefined), 'default and lint must end first.'],
  [
    'a stage without a runner',
    noticeFor(build, aStage({ status: 'pending', type: 'docker', labels: { gpu: 'yes' } }), undefined),
    'It needs a free runner for docker, linux/amd64, gpu=yes.',
  ],
  [
    'a step after a failed one',
    noticeFor(
      build,
      aStage({ status: 'failure', steps: [aStep({ name: 'lint', status: 'failure' })] }),
      aStep({ number: 2, status: 'skipped' }),
    ),
    'It runs only while everything before it passes, and lint failed.',
  ],
  [
    'a stage in error',
    noticeFor(build, aStage({ status: 'error', error: 'no such image' }), undefined),
    'no such image',
  ],
];

for (const [name, notice, detail] of CASES) {
  test(`[ui U76] ${name} says why there is no log`, () => assert.equal(notice?.detail, detail));
}

test('[ui U76] a step that ran has a log, whatever its result', () => {
  for (const status of ['running', 'success', 'failure', 'killed', 'error'] as const) {
    assert.equal(noticeFor(build, running, aStep({ status })), undefined, status);
  }
});
