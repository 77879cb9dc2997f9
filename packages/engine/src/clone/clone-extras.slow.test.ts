import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { type CloneWorld, openCloneWorld, SLUG } from './clone-world.fixture.ts';

const DEPTHS = [0, 1];

/** What `clone: {submodules, tags, lfs}` adds, with the real git. */
describe('a clone with more than its commit', () => {
  let world: CloneWorld;
  let gogs: FakeGogs;
  let clone: CloneWorld['clone'];
  let urlOf: CloneWorld['urlOf'];

  beforeEach(async () => {
    world = await openCloneWorld();
    ({ gogs, clone, urlOf } = world);
  });
  afterEach(() => world.close());

  test('tags are fetched when the file asks for them', async () => {
    gogs.push(SLUG, { files: { a: '1' } });
    gogs.tag(SLUG, 'v1', { isAnnotated: true });
    const commit = gogs.push(SLUG, { files: { b: '2' } });
    assert.equal(await (await clone({ commit })).git('tag'), '');
    for (const depth of DEPTHS) {
      const { exitCode, log, git } = await clone({ commit, depth, tags: true });
      assert.equal(exitCode, 0, log);
      assert.equal(await git('tag'), 'v1');
    }
    assert.equal(
      await (await clone({ commit, tags: true })).git('describe', '--tags'),
      `v1-1-g${commit.slice(0, 7)}`,
    );
  });

  test('LFS: a machine without git-lfs is told apart, with the remedy', async () => {
    const commit = gogs.push(SLUG, { files: { a: '1' } });
    await world.addProgram('lfs', 'exit 1');
    const { exitCode, log } = await clone({ commit, lfs: true });
    assert.equal(exitCode, 127);
    assert.match(log, /git-lfs is not on the machine of the runner. Install it there/);
  });

  test('LFS: files are pulled from the address of the repository, whatever the commit says', async () => {
    const lfsconfig = '[lfs]\n\turl = https://evil.example.test/\n';
    const commit = gogs.push(SLUG, { files: { a: '1', '.lfsconfig': lfsconfig } });
    await world.addProgram('lfs', 'echo "lfs $*"; test "$1" != pull || git config --list');
    const { exitCode, log } = await clone({ commit, lfs: true });
    assert.equal(exitCode, 0, log);
    assert.match(log, /lfs install --local --skip-repo\n/);
    assert.match(log, /lfs pull origin\n/);
    assert.ok(log.includes(`lfs.url=${urlOf(SLUG)}/info/lfs\n`), log);
    assert.ok(log.includes(`http.${gogs.url}.extraheader=Authorization: Basic `), log);
  });

  const config = (modules: Readonly<Record<string, string>>) =>
    Object.entries(modules)
      .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
      .join('');
  const link = (sha: string) => ({ kind: 'submodule', url: '', sha }) as const;

  test('private ones on the same host are fetched with the same credentials, at all depths, and by relative address', async () => {
    gogs.addRepo('ada/leaf', { isPrivate: true });
    gogs.addRepo('ada/lib', { isPrivate: true });
    const leaf = gogs.push('ada/leaf', { files: { leaf: 'x' } });
    gogs.push('ada/leaf', { files: { later: 'x' } });
    const modules = config({ 'deep/leaf': '../leaf.git' });
    const lib = gogs.push('ada/lib', { files: { '.gitmodules': modules, 'deep/leaf': link(leaf) } });
    const top = config({ 'vendor/my lib': urlOf('ada/lib') });
    const commit = gogs.push(SLUG, { files: { '.gitmodules': top, 'vendor/my lib': link(lib) } });
    const { exitCode, log, directory } = await clone({ commit, depth: 1, submodules: true });
    assert.equal(exitCode, 0, log);
    assert.deepEqual(await readdir(join(directory, 'vendor/my lib/deep/leaf')), ['.git', 'leaf']);
    const texts = await promisify(execFile)('grep', ['-rlF', world.token, directory]).catch(() => ({
      stdout: '',
    }));
    assert.deepEqual([texts.stdout, log.includes(world.token)], ['', false]);
    const without = await clone({ commit });
    assert.deepEqual(await readdir(join(without.directory, 'vendor/my lib')), []);
  });

  test('those on another host, and those that a fork names, get no credentials', async () => {
    const other = await startFakeGogs();
    gogs.addRepo('ada/other', { isPrivate: true });
    const sha = gogs.push('ada/other', { files: { secret: 'x' } });
    const foreign = config({ lib: `${other.url}ada/other.git` });
    const outside = gogs.push(SLUG, { files: { '.gitmodules': foreign, lib: link(sha) } });
    assert.notEqual((await clone({ commit: outside, submodules: true })).exitCode, 0);
    assert.ok(other.requests.length > 0);
    assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
    await other.close();
    const stolen = config({ lib: urlOf('ada/other') });
    const commit = gogs.push(SLUG, { files: { '.gitmodules': stolen, lib: link(sha) } });
    assert.equal((await clone({ commit, submodules: true })).exitCode, 0);
    const fork = await clone({ commit, submodules: true, isForeign: true });
    assert.notEqual(fork.exitCode, 0);
    assert.deepEqual(await readdir(join(fork.directory, 'lib')), []);
  });

  test('[scm X21] hostile addresses, paths and commands are refused', async () => {
    const sha = gogs.push(SLUG, { files: { a: '1' } });
    const owned = join(tmpdir(), `sortie-owned-${process.pid}`);
    const hostile = [
      config({ lib: 'file:///etc' }),
      config({ lib: `ext::touch ${owned}` }),
      config({ lib: `--upload-pack=touch ${owned}` }),
      config({ lib: 'ssh://git@127.0.0.1/x' }),
      config({ '../../lib': urlOf(SLUG) }),
      `${config({ lib: urlOf(SLUG) })}\tupdate = !touch ${owned}\n`,
    ];
    for (const modules of hostile) {
      const commit = gogs.push(SLUG, { files: { '.gitmodules': modules, lib: link(sha) } });
      const { exitCode, log } = await clone({ commit, submodules: true });
      assert.notEqual(exitCode, 0, `${modules}${log}`);
    }
    await assert.rejects(readFile(owned), { code: 'ENOENT' });
    // Nothing that a payload names could be an option, whatever was checked before.
    const { log } = await clone({ commit: sha, tags: true, trace: true });
    const fetches = log.match(/built-in: git fetch .*/g) ?? [];
    assert.equal(fetches.length, 2, log);
    for (const line of fetches) assert.match(line, /--end-of-options/);
  });

  test('a repository that contains itself comes to an end', async () => {
    const first = gogs.push(SLUG, { files: { a: '1' } });
    let sha = first;
    for (let level = 0; level < 10; level += 1) {
      sha = gogs.push(SLUG, { files: { '.gitmodules': config({ me: urlOf(SLUG) }), me: link(sha) } });
    }
    const { exitCode, log } = await clone({ commit: sha, submodules: true });
    assert.equal(exitCode, 128);
    assert.match(log, /deeper than 8 levels/);
  });
});
