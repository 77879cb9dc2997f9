import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuild } from '../testing/sample.ts';
import { headline, refLabel, sentenceText } from './sentence.ts';

const CASES: [string, Parameters<typeof aBuild>[0], string, string][] = [
  ['push', { event: 'push' }, 'mona pushed 7fd1a60b to main', 'main'],
  [
    'opened pull request',
    { event: 'pull_request', action: 'opened', ref: 'refs/pull/12/head' },
    'mona opened pull request #12 to main',
    '#12',
  ],
  [
    'synchronised pull request',
    { event: 'pull_request', action: 'synchronized', ref: 'refs/pull/12/head' },
    'mona updated pull request #12 to main',
    '#12',
  ],
  ['tag', { event: 'tag', ref: 'refs/tags/v1.0' }, 'mona created tag v1.0', 'v1.0'],
  [
    'promotion',
    { event: 'promote', trigger: 'hubot', parent: 41, deploy_to: 'production' },
    'hubot promoted #41 to production',
    'production',
  ],
  [
    'rollback',
    { event: 'rollback', trigger: 'hubot', parent: 41, deploy_to: 'production' },
    'hubot rolled production back to #41',
    'production',
  ],
  ['schedule', { event: 'cron', trigger: '@cron', cron: 'nightly' }, 'Schedule nightly ran on main', 'main'],
];

for (const [name, fields, sentence, label] of CASES) {
  test(`[ui U13] a ${name} reads as a sentence`, () => {
    assert.equal(sentenceText(aBuild(fields)), sentence);
    assert.equal(refLabel(aBuild(fields)), label);
  });
}

test('[ui U21] the headline is the first line of title or message and never empty', () => {
  assert.equal(headline(aBuild({ message: 'Fix it\n\nLong story' })), 'Fix it');
  assert.equal(headline(aBuild({ title: 'Better', message: 'Fix it' })), 'Better');
  assert.equal(headline(aBuild({ message: '', number: 9 })), 'Build 9');
});
