import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PlanClone } from '@sortie/core/plan';
import { parseCloneMode } from './clone-mode.ts';

const COMMIT = 'a'.repeat(40);

function clone(members: Partial<PlanClone>): PlanClone {
  return {
    url: 'https://git.example.com/octo/hello.git',
    ref: 'refs/heads/main',
    commit: COMMIT,
    branch: 'main',
    depth: 0,
    retries: 0,
    skipVerify: false,
    trace: false,
    ...members,
  };
}

describe('clone mode', () => {
  const cases: readonly { ref: string; branch: string; commit: string; kind: string }[] = [
    { ref: 'refs/heads/main', branch: 'main', commit: COMMIT, kind: 'branch' },
    { ref: 'refs/heads/main', branch: 'main', commit: '', kind: 'branch' },
    { ref: '', branch: 'feature/ünïcode', commit: COMMIT, kind: 'branch' },
    { ref: 'refs/tags/v1.0', branch: 'main', commit: COMMIT, kind: 'tag' },
    { ref: 'refs/pull/7/head', branch: 'main', commit: COMMIT, kind: 'pull-request' },
    { ref: 'refs/pull-request/7/head', branch: 'main', commit: COMMIT, kind: 'pull-request' },
    { ref: 'refs/pull-requests/7/from', branch: 'main', commit: COMMIT, kind: 'pull-request' },
    { ref: 'refs/merge-requests/7/head', branch: 'main', commit: COMMIT, kind: 'pull-request' },
    { ref: 'refs/heads/main', branch: '', commit: COMMIT, kind: 'everything' },
  ];
  for (const { kind, ...members } of cases) {
    test(`${members.ref} on branch ${JSON.stringify(members.branch)} is cloned as ${kind}`, () => {
      assert.equal(parseCloneMode(clone(members)).kind, kind);
    });
  }

  const hostile: readonly Partial<PlanClone>[] = [
    { branch: '--upload-pack=touch x' },
    { branch: '-b' },
    { branch: 'main:refs/heads/other' },
    { branch: 'a b' },
    { branch: '../../config' },
    { branch: 'x.lock' },
    { branch: 'main\nother' },
    { branch: 'a@{1}' },
    { ref: '--exec=x', branch: 'main' },
    { ref: 'refs/tags/*' },
    { ref: 'refs/tags/a..b' },
    { commit: '--force' },
    { commit: 'HEAD' },
    { commit: 'a'.repeat(39) },
    { ref: '', branch: '', commit: '' },
  ];
  for (const members of hostile) {
    test(`[scm X21] ${JSON.stringify(members)} does not reach git`, () => {
      assert.throws(() => parseCloneMode(clone(members)), { name: 'AppError', code: 'clone-failed' });
    });
  }
});
