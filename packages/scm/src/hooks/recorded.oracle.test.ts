import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { oracleMissing } from '@sortie/testing/go-oracle';
import { deliver, SERVICES } from './test-deliveries.ts';

/** A library for webhooks whose tests hold deliveries that real services have sent. */
const LIBRARY = 'github.com/go-playground/webhooks/v6@v6.4.0';

/** Service, event, file, and what must come of it: of a build its event, ref, commit and pull request. */
const RECORDED: readonly (readonly [string, string, string, string])[] = [
  ['gitea', 'push', 'gitea/push-event', 'push refs/heads/master 67b56589a45103f891bdee7c0546e5d40bc02001 0'],
  [
    'gitea',
    'pull_request',
    'gitea/pull-request-event',
    'pull_request refs/pull/2/head 48e773f892a831faa47c0a160d1b7f0cd369ae2a 2',
  ],
  ['gitea', 'create', 'gitea/create-event', 'ignored'],
  ['gitea', 'delete', 'gitea/delete-event', 'branchDeleted'],
  ['gitea', 'release', 'gitea/release-event', 'ignored'],
  ['gitea', 'fork', 'gitea/fork-event', 'ignored'],
  ['github', 'push', 'github/push', 'push refs/heads/master fd489864e7642b48eaad6e3f155c10e46810ec72 0'],
  [
    'github',
    'pull_request',
    'github/pull-request',
    'pull_request refs/pull/1/head 0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c 1',
  ],
  [
    'github',
    'deployment',
    'github/deployment',
    'promote refs/heads/master 9049f1265b7d61be4a8904a9a27120d2064dab3b 0',
  ],
  ['github', 'create', 'github/create', 'ignored'],
  ['github', 'delete', 'github/delete', 'ignored'],
  [
    'gitlab',
    'Push Hook',
    'gitlab/push-event',
    'push refs/heads/master da1560886d4f094c3e6c9ef40349f7d38b5d27d7 0',
  ],
  [
    'gitlab',
    'Tag Push Hook',
    'gitlab/tag-event',
    'tag refs/tags/v1.0.0 82b3d5ae55f7080f1e6022629cdb57bfae7cccc7 0',
  ],
  [
    'gitlab',
    'Merge Request Hook',
    'gitlab/merge-request-event',
    'pull_request refs/merge-requests/1/head da1560886d4f094c3e6c9ef40349f7d38b5d27d7 1',
  ],
  ['gitlab', 'Release Hook', 'gitlab/release-event', 'ignored'],
  [
    'bitbucket',
    'repo:push',
    'bitbucket/repo-push',
    'push refs/heads/name-of-branch 709d658dc5b6d6afcd46049c2f332ee3f515a67d 0',
  ],
  // Bitbucket Cloud shortens the commits of pull requests; the whole id is asked for afterwards.
  [
    'bitbucket',
    'pullrequest:created',
    'bitbucket/pull-request-created',
    'pull_request refs/heads/branch2 d3022fc0ca3d 1',
  ],
  ['bitbucket', 'pullrequest:fulfilled', 'bitbucket/pull-request-merged', 'pullClosed'],
  ['stash', 'repo:refs_changed', 'bitbucket-server/repo-refs-changed', 'branchDeleted'],
  ['stash', 'pr:modified', 'bitbucket-server/pr-modified', 'ignored'],
  ['stash', 'pr:declined', 'bitbucket-server/pr-declined', 'pullClosed'],
];

function folderOf(library: string): string {
  const run = spawnSync('go', ['mod', 'download', '-json', library], { cwd: tmpdir(), encoding: 'utf8' });
  const { Dir = '', Error: reason = run.stderr } = JSON.parse(run.stdout || '{}') as {
    Dir?: string;
    Error?: string;
  };
  assert.notEqual(Dir, '', reason);
  return join(Dir, 'testdata');
}

test('deliveries that real services have sent become what they mean', { skip: oracleMissing() }, () => {
  const folder = folderOf(LIBRARY);
  for (const [name, event, file, expected] of RECORDED) {
    const service = SERVICES.find((known) => known.name === name);
    if (service === undefined) throw new TypeError(`there is no service ${name}`);
    const outcome = deliver(service, event, readFileSync(join(folder, `${file}.json`), 'utf8'));
    assert.equal(outcome.kind, 'mapped', `${file}: ${JSON.stringify(outcome)}`);
    const [first] = outcome.kind === 'mapped' ? outcome.events : [];
    const told =
      first?.kind === 'build'
        ? `${first.event} ${first.ref} ${first.after} ${first.pull}`
        : String(first?.kind);
    assert.equal(told, expected, file);
  }
});
