import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { ZERO_ID } from './refs.ts';
import { commit, createWork, git, mustGit, startTestHost } from './test-host.ts';

const ME = 'me:secret';

test('[scm B1] a push to a new name creates the repository and shows the build on the terminal', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const pushed = await git(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  assert.equal(pushed.code, 0, pushed.stderr);
  const shown = pushed.stderr.split('\n').filter((line) => line.startsWith('remote: '));
  assert.deepEqual(
    shown.map((line) => line.trim()),
    ['remote: build #1 started'],
  );
  const after = await mustGit(work, 'rev-parse', 'HEAD');
  const { changes, account, defaultBranch } = fixture.pushes[0] ?? assert.fail('no push');
  assert.deepEqual(changes, [
    { kind: 'branch', name: 'main', ref: 'refs/heads/main', before: ZERO_ID, after, isForced: false },
  ]);
  assert.equal(account.login, 'me');
  assert.equal(defaultBranch, 'main');
});

test('[scm B1] a second push tells where the branch was before, and a forced one that it was forced', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main');
  const first = await mustGit(work, 'rev-parse', 'HEAD');
  const second = await commit(work, 'second');
  await mustGit(work, 'push', url, 'main');
  await mustGit(work, 'reset', '--quiet', '--hard', first);
  const third = await commit(work, 'third');
  await mustGit(work, 'push', '--force', url, 'main');
  const seen = fixture.pushes.map(({ changes }) => changes[0]);
  assert.deepEqual(
    seen.map((change) => [change?.before, change?.after, change?.isForced]),
    [
      [ZERO_ID, first, false],
      [first, second, false],
      [second, third, true],
    ],
  );
});

test('a push whose branch does not exist locally creates nothing', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const pushed = await git(work, 'push', fixture.remote(ME, 'me/demo'), 'absent');
  assert.notEqual(pushed.code, 0);
  assert.equal(fixture.repos.size, 0);
});

test('[scm B4] clone, shallow clone, fetch by sha and both protocol versions work', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  const first = await mustGit(work, 'rev-parse', 'HEAD');
  await commit(work, 'second');
  await mustGit(work, 'push', url, 'main');
  for (const version of ['0', '2']) {
    const protocol = ['-c', `protocol.version=${version}`];
    const clone = join(fixture.folder, `clone${version}`);
    await mustGit(fixture.folder, ...protocol, 'clone', '--quiet', url, clone);
    assert.equal(await mustGit(clone, 'rev-list', '--count', 'HEAD'), '2');
    await mustGit(fixture.folder, ...protocol, 'clone', '--quiet', '--depth=1', url, `${clone}-shallow`);
    assert.equal(await mustGit(`${clone}-shallow`, 'rev-list', '--count', 'HEAD'), '1');
    const empty = `${clone}-sha`;
    await mustGit(fixture.folder, 'init', '--quiet', empty);
    await mustGit(empty, ...protocol, 'fetch', '--quiet', '--depth=1', url, first);
    assert.equal(await mustGit(empty, 'rev-parse', 'FETCH_HEAD'), first);
  }
});

test('[scm B4] a repository that exists but has never been pushed to clones as empty', async (t) => {
  const fixture = await startTestHost(t);
  fixture.repos.set('me/new', { id: 7, uid: 'abcdef0123456789' });
  const cloned = await git(fixture.folder, 'clone', fixture.remote(ME, 'me/new'), 'out');
  assert.equal(cloned.code, 0, cloned.stderr);
  assert.match(cloned.stderr, /empty repository/);
});

test('[scm B6] a push to a reserved ref is refused and makes no event', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  const hidden = await git(work, 'push', url, 'main:refs/ci/1');
  assert.match(hidden.stderr, /deny updating a hidden ref/);
  assert.notEqual(hidden.code, 0);
  assert.equal(fixture.pushes.length, 0);
});

test('[scm B6] a push that is not a fast-forward is refused and makes no event', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await commit(work, 'second');
  await mustGit(work, 'push', url, 'main');
  await mustGit(work, 'reset', '--quiet', '--hard', 'HEAD~1');
  const late = await git(work, 'push', url, 'main');
  assert.match(late.stderr, /rejected/);
  assert.equal(fixture.pushes.length, 1);
});

test('[scm B7] a first push of another branch makes it the default, and a clone is not empty', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main:refs/heads/master');
  assert.equal(fixture.pushes[0]?.defaultBranch, 'master');
  await mustGit(fixture.folder, 'clone', '--quiet', url, 'out');
  assert.deepEqual((await readdir(join(fixture.folder, 'out'))).sort(), ['.drone.yml', '.git']);
  await commit(work, 'second');
  await mustGit(work, 'push', url, 'main:refs/heads/other');
  assert.equal(fixture.pushes[1]?.defaultBranch, 'master');
});

test('[scm B8] branches, an annotated tag and a deletion in one push give one event each', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  await mustGit(work, 'push', url, 'main', 'main:refs/heads/gone');
  await mustGit(work, 'tag', '-a', 'v1', '-m', 'one');
  await mustGit(
    work,
    'push',
    url,
    'main:refs/heads/a',
    'main:refs/heads/b/c',
    'main:refs/heads/d',
    'v1',
    ':refs/heads/gone',
  );
  const seen = fixture.pushes[1]?.changes.map(({ kind, name, before, after }) => [kind, name, before, after]);
  assert.deepEqual(seen, [
    ['branch', 'a', ZERO_ID, head],
    ['branch', 'b/c', ZERO_ID, head],
    ['branch', 'd', ZERO_ID, head],
    ['branch-deleted', 'gone', head, ZERO_ID],
    ['tag', 'v1', ZERO_ID, head],
  ]);
});

test('[scm B8] a tag that moves, one that goes, and one of a file', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  const first = await mustGit(work, 'rev-parse', 'HEAD');
  await mustGit(work, 'tag', 'v1');
  await mustGit(work, 'push', url, 'main', 'v1');
  const second = await commit(work, 'second');
  await mustGit(work, 'tag', '--force', '-a', 'v1', '-m', 'moved');
  await mustGit(work, 'push', '--force', url, 'v1');
  await mustGit(work, 'push', url, ':refs/tags/v1');
  await mustGit(work, 'tag', 'file', 'HEAD:.drone.yml');
  const ofFile = await git(work, 'push', url, 'file');
  assert.match(ofFile.stderr, /refs\/tags\/file does not point to a commit/);
  const seen = fixture.pushes
    .slice(1)
    .map(({ changes }) => changes.map(({ kind, before, after }) => [kind, before, after]));
  assert.deepEqual(seen, [[['tag', first, second]], [['tag-deleted', second, ZERO_ID]]]);
});

test('[scm B8] of more than twenty refs only the default branch is built, with a warning', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const refs = Array.from({ length: 21 }, (_, at) => `main:refs/heads/b${at}`);
  const pushed = await git(work, 'push', fixture.remote(ME, 'me/demo'), 'main', ...refs);
  assert.match(pushed.stderr, /remote: warning: 22 branches and tags moved at once/);
  assert.deepEqual(
    fixture.pushes[0]?.changes.map(({ name }) => name),
    ['main'],
  );
  assert.equal(fixture.pushes[0]?.moved.length, 22);
});

test('[scm B9] push options arrive; unknown ones are named on the terminal', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const options = ['-o', 'ci.skip', '-o', 'ci.param.TARGET=a=b', '-o', 'ci.skp'];
  const pushed = await git(work, 'push', ...options, fixture.remote(ME, 'me/demo'), 'main');
  assert.equal(pushed.code, 0, pushed.stderr);
  assert.match(pushed.stderr, /remote: warning: the push option "ci\.skp" is not known/);
  assert.deepEqual(fixture.pushes[0]?.options.isSkip, true);
  assert.deepEqual(fixture.pushes[0]?.options.params, { TARGET: 'a=b' });
});

test('[scm B14] a hook that was planted in the repository is not executed', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main');
  const trace = join(fixture.folder, 'ran');
  const hooks = join(fixture.dirOf('me/demo'), 'hooks');

  await mkdir(hooks);
  for (const name of ['pre-receive', 'update', 'post-receive', 'post-update', 'reference-transaction']) {
    await writeFile(join(hooks, name), `#!/bin/sh\necho ${name} >> ${trace}\n`, { mode: 0o755 });
  }
  await commit(work, 'second');
  await mustGit(work, 'push', url, 'main');
  assert.equal(fixture.pushes.length, 2);
  assert.ok(!(await readdir(fixture.folder)).includes('ran'), 'a hook ran');
});

test('the terminal shows what onPush says without control characters, line by line', async (t) => {
  const lines = ['one\u001b[31m red\r\ntwo', 'three'];
  const fixture = await startTestHost(t, { onPush: async () => lines });
  const work = await createWork(fixture.folder);
  const pushed = await git(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  assert.match(pushed.stderr, /^remote: one\[31m red\s*\nremote: two\s*\nremote: three\s*$/m);
});

test('a push whose announcement fails stands, and the terminal says why nothing was built', async (t) => {
  const failures: Error[] = [
    new AppError('repo-inactive', 'The repository is not active.', { hint: 'Switch it on.' }),
    new Error('database password is hunter2'),
  ];
  const fixture = await startTestHost(t, { onPush: async () => Promise.reject(failures.shift()) });
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  const known = await git(work, 'push', url, 'main');
  assert.match(
    known.stderr,
    /remote: error: The repository is not active\.\s*\nremote: hint: Switch it on\./,
  );
  const unknown = await git(work, 'push', url, 'main:refs/heads/b');
  assert.match(unknown.stderr, /no build could be started/);
  assert.doesNotMatch(unknown.stderr, /hunter2/);
  assert.equal(known.code + unknown.code, 0);
});
