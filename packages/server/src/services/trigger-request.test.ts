import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { aRepo } from '@sortie/testing/domain-builders';
import { type TriggerRequest, whyIgnored } from './trigger-request.ts';

function why(settings: Partial<Repo>, patch: Partial<TriggerRequest> = {}): string | undefined {
  return whyIgnored({
    repo: { ...aRepo(), ...settings, id: 1, counter: 0, version: 1 },
    ...{ origin: '@hook', event: 'push', action: '', ref: 'refs/heads/main', before: '', after: '' },
    ...{ source: 'main', target: 'main', sender: '', title: '', message: '', link: '' },
    ...{ params: {}, cron: '', deployTo: '' },
    ...patch,
  });
}

test('[scm M29] pull requests, or only those from forks, are left out where the repository says so', () => {
  const pull = { event: 'pull_request', ref: 'refs/pull/1/head' } as const;
  assert.match(why({ ignorePullRequests: true }, pull) ?? '', /pull requests$/);
  assert.match(why({ ignoreForks: true }, { ...pull, sourceRepo: 'fork/hello' }) ?? '', /from forks$/);
  assert.equal(why({ ignoreForks: true }, { ...pull, sourceRepo: 'Octocat/Hello' }), undefined);
  assert.match(why({ ignoreForks: true }, pull) ?? '', /from forks$/, 'a fork that is gone');
  assert.equal(why({ ignorePullRequests: true, ignoreForks: true }), undefined);
});

test('events that a 0.5 client has switched off are left out when a Git service reports them', () => {
  assert.match(why({ allowPush: false }) ?? '', /pushes/);
  assert.match(why({ allowTags: false }, { event: 'tag' }) ?? '', /tags/);
  assert.match(why({ allowDeploys: false }, { event: 'promote' }) ?? '', /deployments/);
  assert.match(why({ allowDeploys: false }, { event: 'rollback' }) ?? '', /deployments/);
  const all = { allowPush: false, allowTags: false, allowDeploys: false };
  assert.equal(why(all, { event: 'cron', origin: '@cron' }), undefined);
  assert.equal(why(all, { origin: { login: 'grace' } }), undefined);
});
