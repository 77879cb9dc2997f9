import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { changedFiles } from './changed-files.ts';
import type { GitRepo } from './objects.ts';
import {
  commitWithFile,
  fileAt,
  findCommit,
  listBranches,
  listDir,
  listTags,
  resolveRef,
  snapshotRefs,
} from './read.ts';
import { ZERO_ID } from './refs.ts';
import { commit, createWork, git, mustGit, startTestHost, type TestHost } from './test-host.ts';

interface Pushed {
  readonly fixture: TestHost;
  readonly work: string;
  readonly url: string;
  readonly repo: GitRepo;
}

async function pushWork(
  t: TestContext,
  prepare: (work: string) => Promise<void> = async () => undefined,
): Promise<Pushed> {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  await prepare(work);
  const url = fixture.remote('me:secret', 'me/demo');
  await mustGit(work, 'push', url, 'main', '--tags');
  const repo = await fixture.host.openRepo(fixture.repos.get('me/demo') ?? assert.fail());
  return { fixture, work, url, repo };
}

test('a commit is found by sha and by ref, with author and message', async (t) => {
  const { work, repo } = await pushWork(t, async (folder) => {
    await mustGit(folder, 'tag', '-a', 'v1', '-m', 'one');
  });
  const sha = await mustGit(work, 'rev-parse', 'HEAD');
  const person = { name: 'Ada', email: 'ada@example.com', date: 1_700_000_000 };
  const expected = { sha, parents: [], message: 'first\n', author: person, committer: person };
  for (const name of [sha, 'refs/heads/main', 'refs/tags/v1'])
    assert.deepEqual(await findCommit(repo, name), expected);
  for (const name of [
    '1'.repeat(40),
    'refs/heads/absent',
    'main',
    'HEAD',
    '--all',
    'refs/heads/main\nrefs/heads/main',
  ]) {
    assert.equal(await findCommit(repo, name), undefined, name);
  }
});

test('a file is read from a commit, in folders too; what is absent is undefined', async (t) => {
  const { work, repo } = await pushWork(t, async (folder) => {
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await writeFile(join(folder, 'a', 'b', 'c d.yml'), 'deep');
    await mustGit(folder, 'add', '.');
    await mustGit(folder, 'commit', '--quiet', '-m', 'deep');
  });
  const sha = await mustGit(work, 'rev-parse', 'HEAD');
  assert.equal((await fileAt(repo, sha, 'a/b/c d.yml'))?.bytes.toString(), 'deep');
  const both = await commitWithFile(repo, 'refs/heads/main', '.drone.yml');
  assert.equal(both?.commit.sha, sha);
  assert.equal(both?.file?.bytes.toString(), 'kind: pipeline\nname: default\n');
  assert.equal((await commitWithFile(repo, sha, 'absent'))?.file, undefined);
  assert.equal(await commitWithFile(repo, '1'.repeat(40), '.drone.yml'), undefined);
  for (const path of ['absent', 'a/absent', '.drone.yml/x', 'a/b/c'])
    assert.equal(await fileAt(repo, sha, path), undefined, path);
  assert.deepEqual(
    (await listDir(repo, sha, ''))?.map(({ name, kind }) => [name, kind]),
    [
      ['.drone.yml', 'file'],
      ['a', 'directory'],
    ],
  );
  assert.deepEqual(
    (await listDir(repo, sha, 'a/b'))?.map(({ name }) => name),
    ['c d.yml'],
  );
  assert.equal(await listDir(repo, sha, 'b'), undefined);
});

test('[scm X22] paths that lead out, links, folders and large files are refused', async (t) => {
  const { work, repo } = await pushWork(t, async (folder) => {
    await mkdir(join(folder, 'dir'));
    await writeFile(join(folder, 'dir', 'file'), '');
    await symlink('/etc/passwd', join(folder, 'link'));
    await symlink('dir', join(folder, 'dirlink'));
    await writeFile(join(folder, 'limit'), Buffer.alloc(1024 * 1024));
    await writeFile(join(folder, 'large'), Buffer.alloc(1024 * 1024 + 1));
    await mustGit(folder, 'add', '.');
    await mustGit(folder, 'commit', '--quiet', '-m', 'traps');
  });
  const sha = await mustGit(work, 'rev-parse', 'HEAD');
  for (const path of [
    '../x',
    '/etc/passwd',
    'a/../b',
    './a',
    'a//b',
    '',
    'a\nb',
    'a\0b',
    'a\\b',
    'x'.repeat(256),
  ]) {
    assert.throws(() => fileAt(repo, sha, path), { code: 'invalid-request' }, path);
  }
  await assert.rejects(fileAt(repo, sha, 'link'), {
    code: 'config-missing',
    message: 'link is a symlink, not a file.',
  });
  await assert.rejects(fileAt(repo, sha, 'dir'), { code: 'config-missing' });
  assert.equal(await fileAt(repo, sha, 'dirlink/file'), undefined);
  await assert.rejects(fileAt(repo, sha, 'large'), { code: 'config-too-large' });
  assert.equal((await fileAt(repo, sha, 'limit'))?.bytes.length, 1024 * 1024);
});

test('branches and tags are listed with their commits, refs are resolved with the tag object', async (t) => {
  const { work, repo, url } = await pushWork(t, async (folder) => {
    await mustGit(folder, 'tag', 'light');
    await mustGit(folder, 'tag', '-a', 'v1', '-m', 'one');
    await mustGit(folder, 'tag', '-a', 'v1-again', '-m', 'nested', 'v1');
    await mustGit(folder, 'tag', 'file', 'HEAD:.drone.yml');
  });
  const sha = await mustGit(work, 'rev-parse', 'HEAD');
  await mustGit(work, 'push', url, 'main:refs/heads/a/b');
  assert.deepEqual(await listBranches(repo), [
    { name: 'a/b', commit: sha },
    { name: 'main', commit: sha },
  ]);
  assert.deepEqual(
    (await listTags(repo)).map(({ name, commit: id }) => [name, id]),
    [
      ['light', sha],
      ['v1', sha],
      ['v1-again', sha],
    ],
  );
  const objectId = await mustGit(work, 'rev-parse', 'v1');
  assert.deepEqual(await resolveRef(repo, 'refs/tags/v1'), { ref: 'refs/tags/v1', objectId, commit: sha });
  assert.equal(await resolveRef(repo, 'refs/tags/file'), undefined);
  assert.equal(await resolveRef(repo, 'refs/heads/absent'), undefined);
});

test('changed files tell added, modified, renamed and deleted; unknown commits give undefined', async (t) => {
  const { work, repo } = await pushWork(t, async (folder) => {
    for (const [name, text] of [
      ['old', 'a long enough text\n'.repeat(9)],
      ['gone', 'x'],
      ['kept', 'y'],
    ] as const) {
      await writeFile(join(folder, name), text);
    }
    await mustGit(folder, 'add', '.');
    await mustGit(folder, 'commit', '--quiet', '-m', 'before');
    await mustGit(folder, 'mv', 'old', 'new \u00fc');
    await rm(join(folder, 'gone'));
    await writeFile(join(folder, 'kept'), 'z');
    await writeFile(join(folder, 'added\tfile'), 'q');
    await mustGit(folder, 'add', '-A');
    await mustGit(folder, 'commit', '--quiet', '-m', 'after');
  });
  const [after, before] = (await mustGit(work, 'rev-list', '-2', 'HEAD')).split('\n');
  assert.deepEqual(await changedFiles(repo, before ?? '', after ?? ''), [
    { path: 'added\tfile', change: 'added' },
    { path: 'gone', change: 'deleted' },
    { path: 'kept', change: 'modified' },
    { path: 'new \u00fc', previousPath: 'old', change: 'renamed' },
  ]);
  assert.equal((await changedFiles(repo, ZERO_ID, after ?? ''))?.length, 4);
  assert.equal(await changedFiles(repo, '1'.repeat(40), after ?? ''), undefined);
  assert.equal(await changedFiles(repo, '--help', after ?? ''), undefined);
});

test('[scm B12] what was pushed but not announced is found again, once', async (t) => {
  const { fixture, work, url, repo } = await pushWork(t);
  const hosted = fixture.repos.get('me/demo') ?? assert.fail();
  const lastSeen = await snapshotRefs(repo);
  assert.deepEqual(await fixture.host.reconcile(hosted, lastSeen), []);
  const before = await mustGit(work, 'rev-parse', 'HEAD');
  const after = await commit(work, 'second');
  await mustGit(work, 'tag', '-a', 'v2', '-m', 'two');
  await mustGit(work, 'push', url, 'main', 'v2');
  const missed = await fixture.host.reconcile(hosted, lastSeen);
  assert.deepEqual(missed, fixture.pushes[1]?.changes);
  assert.deepEqual(
    missed.map((change) => [change.name, change.before, change.after]),
    [
      ['main', before, after],
      ['v2', ZERO_ID, after],
    ],
  );
  assert.deepEqual(await fixture.host.reconcile(hosted, await snapshotRefs(repo)), []);
  assert.deepEqual(await fixture.host.reconcile({ id: 9, uid: 'ffffffff' }, new Map()), []);
});

test('repacking keeps refs and the events of later pushes', async (t) => {
  const { fixture, work, url } = await pushWork(t);
  const hosted = fixture.repos.get('me/demo') ?? assert.fail();
  const before = await mustGit(work, 'rev-parse', 'HEAD');
  await fixture.host.maintain(hosted);
  const after = await commit(work, 'second');
  await mustGit(work, 'push', url, 'main', `${before}:refs/heads/main2`);
  const seen = fixture.pushes[1]?.changes.map((change) => [change.name, change.before, change.after]);
  assert.deepEqual(seen, [
    ['main', before, after],
    ['main2', ZERO_ID, before],
  ]);
  await fixture.host.maintain({ id: 9, uid: 'ffffffff' });
});

test('a removed repository reads as empty, and leaves the disk when its time in the trash is over', async (t) => {
  let now = 1_000;
  const fixture = await startTestHost(t, { now: () => now });
  const work = await createWork(fixture.folder);
  const url = fixture.remote('me:secret', 'me/demo');
  await mustGit(work, 'push', url, 'main');
  const hosted = fixture.repos.get('me/demo') ?? assert.fail();
  await fixture.host.remove(hosted);
  await fixture.host.remove(hosted);
  assert.deepEqual(await listBranches(await fixture.host.openRepo(hosted)), []);
  assert.match((await git(fixture.folder, 'clone', url, 'out')).stderr, /empty repository/);
  now += 99;
  assert.equal(await fixture.host.purgeTrash(100), 0);
  now += 1;
  assert.equal(await fixture.host.purgeTrash(100), 1);
});

test('who asks beside somebody that meets a file over the limit still gets an answer', async (t) => {
  const { work, repo } = await pushWork(t, async (folder) => {
    await writeFile(join(folder, 'huge'), Buffer.alloc(2 * 1024 * 1024));
    await mustGit(folder, 'add', '.');
    await commit(folder, 'huge');
  });
  const sha = await mustGit(work, 'rev-parse', 'HEAD');
  const asked = Array.from({ length: 10 }, () => commitWithFile(repo, 'refs/heads/main', 'README.md'));
  const [huge, ...others] = await Promise.allSettled([fileAt(repo, sha, 'huge'), ...asked]);
  assert.equal(huge?.status, 'rejected');
  assert.equal(huge.reason.code, 'config-too-large');
  for (const other of others) {
    assert.equal(other.status, 'fulfilled');
    assert.equal(other.value?.commit.sha, sha);
  }
});
