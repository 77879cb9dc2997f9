import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { findGit } from './git.ts';
import { createGitPool, type GitPool } from './git-pool.ts';
import { type Comparison, createMirrors, type Mirrors } from './mirror.ts';
import { type MirrorRemote, REMOTE } from './mirror-settings.ts';

const SLUG = 'ada/secret';
const NO_PROXY = { HTTP_PROXY: undefined, HTTPS_PROXY: undefined, NO_PROXY: undefined };
const MAIN = 'refs/heads/main';

describe('comparing commits of a Git service', () => {
  let gogs: FakeGogs;
  let folder: string;
  let pool: GitPool;
  let mirrors: Mirrors;
  let warnings: string[];
  let token: string;

  beforeEach(async () => {
    gogs = await startFakeGogs();
    gogs.addUser('ada');
    token = gogs.addToken('ada');
    gogs.addRepo(SLUG, { isPrivate: true });
    folder = await mkdtemp(join(tmpdir(), 'mirrors-'));
    warnings = [];
    await open();
  });
  afterEach(async () => {
    await pool.close();
    await gogs.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** With a git that writes down how it was started. */
  async function open(maxBytes = 1024 * 1024): Promise<void> {
    const git = await findGit({ searchPath: process.env.PATH ?? '' });
    const path = join(folder, 'noting-git');
    await writeFile(path, `#!/bin/sh\necho "$@" >> '${folder}/started'\nexec '${git.path}' "$@"\n`);
    await chmod(path, 0o755);
    const limits = { children: 2, waiting: 0, childMs: 60_000 };
    pool = createGitPool({ git: { ...git, path }, root: folder, limits });
    mirrors = createMirrors({
      root: folder,
      pool,
      maxBytes,
      warn: (_, message) => void warnings.push(message),
    });
  }

  const remote = (slug = SLUG): MirrorRemote => ({
    url: `${gogs.url}${slug}.git`,
    credentials: { login: token, password: 'x-oauth-basic' },
    skipsVerify: false,
    proxy: NO_PROXY,
  });
  const started = () => readFile(join(folder, 'started'), 'utf8');
  const fetches = async () => (await started()).split('\n').filter((line) => line.includes(' fetch ')).length;

  function compare(before: string, after: string, patch: Partial<Comparison> = {}) {
    const refs = [{ remote: remote(), ref: MAIN }];
    return mirrors.changedFiles({ id: 7, before, after, refs, sinceFork: false, ...patch });
  }

  it('[scm M41] renamed files, changed types, names with spaces and merges are seen', async () => {
    const before = gogs.push(SLUG, {
      files: { 'old.txt': 'moves', 'now a link': 'text', 'docs/a b "c".md': 'x', 'other.txt': 'stays' },
    });
    gogs.push(SLUG, { branch: 'side', onto: before, files: { 'docs/a b "c".md': 'y' } });
    const pull = gogs.openPull(SLUG, { head: 'side' });
    const merged = gogs.mergePull(SLUG, pull, 'ada');
    assert.deepEqual(await compare(before, merged), ['docs/a b "c".md']);
    gogs.push(SLUG, { files: { 'old.txt': undefined, 'new.txt': 'moves' } });
    const after = gogs.push(SLUG, { files: { 'now a link': { kind: 'symlink', target: 'other.txt' } } });
    const files = await compare(before, after);
    assert.deepEqual([...(files ?? [])].sort(), ['docs/a b "c".md', 'new.txt', 'now a link', 'old.txt']);
    assert.deepEqual(warnings, []);
  });

  it('commits that are there are compared without another fetch', async () => {
    const one = gogs.push(SLUG, { files: { a: '1' } });
    const two = gogs.push(SLUG, { files: { b: '2' } });
    assert.deepEqual(await compare(one, two), ['b']);
    assert.deepEqual(await compare(one, two), ['b']);
    assert.equal(await fetches(), 1);
    const three = gogs.push(SLUG, { files: { a: '3' } });
    assert.deepEqual(await compare(two, three), ['a']);
    assert.equal(await fetches(), 2);
  });

  it('a pull request shows what it changes since it has left its target', async () => {
    const base = gogs.push(SLUG, { files: { a: '1' } });
    const head = gogs.push(SLUG, { branch: 'topic', files: { mine: 'x' } });
    const target = gogs.push(SLUG, { onto: base, files: { theirs: 'y' } });
    const number = gogs.openPull(SLUG, { head: 'topic' });
    const refs = [`refs/pull/${number}/head`, MAIN].map((ref) => ({ remote: remote(), ref }));
    assert.deepEqual(await compare(target, head, { refs, sinceFork: true }), ['mine']);
  });

  it('a commit of a fork whose ref is late is found in the fork', async () => {
    gogs.addUser('eve');
    const base = gogs.push(SLUG, { files: { a: '1' } });
    gogs.fork(SLUG, 'eve');
    gogs.setMode('eve/secret', 'ada', 'read');
    const head = gogs.push('eve/secret', { branch: 'topic', files: { mine: 'x' } });
    const refs = [
      { remote: remote('eve/secret'), ref: 'refs/heads/topic' },
      { remote: remote(), ref: 'refs/pull/1/head' },
      { remote: remote(), ref: MAIN },
    ];
    assert.deepEqual(await compare(base, head, { refs, sinceFork: true }), ['mine']);
  });

  it('what cannot be known is unknown: new branches, dropped commits, refused tokens', async () => {
    const one = gogs.push(SLUG, { files: { a: '1' } });
    const dropped = gogs.push(SLUG, { files: { b: '2' } });
    const two = gogs.push(SLUG, { onto: one, files: { c: '3' } });
    assert.equal(await compare('0'.repeat(40), two), undefined);
    assert.equal(await compare(dropped, two), undefined);
    assert.equal(await compare('--output=x', two), undefined);
    gogs.revokeTokens('ada');
    const three = gogs.push(SLUG, { files: { d: '4' } });
    assert.equal(await compare(two, three), undefined);
    assert.match(warnings.join('\n'), /could not be fetched/);
  });

  it('[scm X21] hostile refs and addresses never reach git, and credentials are in no argument and no file', async () => {
    const one = gogs.push(SLUG, { files: { a: '1' } });
    const two = gogs.push(SLUG, { files: { b: '2' } });
    const hostile = ['--upload-pack=touch x', 'refs/heads/a:refs/heads/b', 'refs/heads/../../x', MAIN];
    const refs = hostile.map((ref) => ({ remote: remote(), ref }));
    const places = ['file:///etc', 'ext::sh -c id', 'ssh://git@host/x', '--exec=x', 'http://u:p@host/x'];
    const odd = places.map((url) => ({ remote: { ...remote(), url }, ref: MAIN }));
    assert.deepEqual(await compare(one, two, { refs: [...odd, ...refs] }), ['b']);
    const log = await started();
    assert.equal(await fetches(), 1);
    assert.doesNotMatch(log, /upload-pack=|\/etc|exec=|sh -c/);
    assert.match(log, new RegExp(`--end-of-options ${REMOTE} \\+${MAIN}:refs/mirror/heads/main`));
    assert.deepEqual(await compare(one, two, { sinceFork: true }), ['b']);
    const commands = (await started()).split('\n');
    for (const command of ['merge-base', 'diff-tree']) {
      const lines = commands.filter((line) => line.includes(command));
      assert.ok(lines.length > 0 && lines.every((line) => line.includes(`--end-of-options ${one}`)), command);
    }
    const basic = Buffer.from(`${token}:x-oauth-basic`).toString('base64');
    const { stdout } = await promisify(execFile)('grep', ['-rlF', '-e', token, '-e', basic, folder]).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout, '');
  });

  it('a repository that is too large is given up, with a warning, and its mirror removed', async () => {
    await open(10_000);
    const one = gogs.push(SLUG, { files: { a: '1' } });
    const noise = Array.from({ length: 2_000 }, (_, at) => (at * 2654435761).toString(36)).join();
    const two = gogs.push(SLUG, { files: { b: noise } });
    assert.equal(await compare(one, two), undefined);
    assert.match(warnings.join('\n'), /too large/);
    assert.equal((await readdir(folder)).includes('7.git'), false);
    assert.equal(await compare(one, two), undefined);
    assert.equal(await fetches(), 1);
  });

  it('what a name or a process left behind does not keep later comparisons from their answer', async () => {
    const one = gogs.push(SLUG, { files: { a: '1' } });
    const two = gogs.push(SLUG, { branch: 'topic', onto: one, files: { b: '2' } });
    const at = (ref: string) => ({ refs: [{ remote: remote(), ref }] });
    assert.deepEqual(await compare(one, two, at('refs/heads/topic')), ['b']);
    gogs.deleteBranch(SLUG, 'topic');
    const three = gogs.push(SLUG, { branch: 'topic/more', onto: one, files: { c: '3' } });
    assert.deepEqual(await compare(one, three, at('refs/heads/topic/more')), ['c']);
    await writeFile(join(folder, '7.git', 'shallow.lock'), '');
    const four = gogs.push(SLUG, { branch: 'topic/more', onto: three, files: { d: '4' } });
    assert.deepEqual(await compare(three, four, at('refs/heads/topic/more')), ['d']);
  });

  it('mirrors are listed, those used last first, and removed', async () => {
    const one = gogs.push(SLUG, { files: { a: '1' } });
    const two = gogs.push(SLUG, { files: { b: '2' } });
    await compare(one, two, { id: 1 });
    await compare(one, two, { id: 2 });
    const listed = await mirrors.list();
    assert.deepEqual(listed.map(({ id }) => id).sort(), [1, 2]);
    assert.ok(listed.every(({ sizeBytes }) => sizeBytes > 0));
    await mirrors.remove(1);
    await mirrors.remove(3);
    assert.deepEqual(
      (await mirrors.list()).map(({ id }) => id),
      [2],
    );
  });
});
