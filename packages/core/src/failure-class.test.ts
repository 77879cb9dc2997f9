import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyFailure, type Failed, type FailureClass } from './failure-class.ts';

const CASES: readonly [FailureClass, Partial<Failed>][] = [
  ['exit', { exitCode: 1 }],
  ['exit', { exitCode: 128 }],
  ['exit', { exitCode: 255 }],
  ['signal', { exitCode: 143 }],
  ['signal', { exitCode: 139 }],
  ['signal', { exitCode: 137 }],
  ['cancelled', { status: 'killed', exitCode: 137 }],
  ['cancelled', { status: 'killed', exitCode: 130, stageError: 'The build was cancelled.' }],
  [
    'timeout',
    { status: 'killed', exitCode: 137, stageError: 'The stage took longer than its limit of 60 minutes.' },
  ],
  ['timeout', { status: 'killed', error: 'The stage took longer than its limit of 1 minutes.' }],
  ['pull', { status: 'error', exitCode: 255, error: 'The image x/y:1 cannot be pulled: not found.' }],
  ['pull', { status: 'error', exitCode: 255, error: 'Error response from daemon: pull access denied for x' }],
  ['pull', { status: 'error', error: 'The image x is not on this machine and must not be pulled.' }],
  ['runner-lost', { status: 'error', exitCode: 255, error: 'runner lost' }],
  ['config', { status: 'error', exitCode: 255, error: '.drone.yml:3:1: unknown', isWithoutSteps: true }],
  ['engine', { status: 'error', exitCode: 255, error: 'The Docker daemon does not answer.' }],
  ['skipped', { status: 'skipped', exitCode: 130 }],
  ['signal', { exitCode: 137, reason: 'signal' }],
  ['oom', { exitCode: 1, reason: 'oom' }],
  ['timeout', { status: 'killed', exitCode: 137, reason: 'timeout' }],
  ['runner-lost', { status: 'error', exitCode: 255, error: 'anything', reason: 'runner-lost' }],
  ['engine', { status: 'error', exitCode: 255, error: 'no such command', reason: 'start' }],
  ['exit', { exitCode: 3, reason: '' }],
];
for (const [wanted, failed] of CASES) {
  test(`${JSON.stringify(failed)} is ${wanted}`, () => {
    assert.equal(classifyFailure({ status: 'failure', exitCode: 0, error: '', ...failed }), wanted);
  });
}
