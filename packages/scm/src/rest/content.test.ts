import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OLD, SIDE, TAG_OBJECT, TIP } from '@sortie/testing/fake-forge-state';
import { isScmError } from '../errors.ts';
import { ALIVE, KINDS, type OpenDriver, openDriver } from './test-drivers.ts';

const SLUG = 'acme/rocket';
const UNKNOWN = 'e'.repeat(40);
const code = (name: string) => (error: unknown) => isScmError(error) && error.code === name;

for (const kind of KINDS) {
  describe(`content of ${kind}`, () => {
    let open: OpenDriver;
    before(async () => {
      open = await openDriver(kind);
    });
    after(() => open.close());
    const file = async (ref: string, path = '.drone.yml', maxBytes?: number) => {
      const found = await open.driver.fileAt(ALIVE, SLUG, ref, path, maxBytes);
      return Buffer.from(found.data).toString('utf8');
    };
    const pullRef =
      kind === 'gitlab'
        ? 'refs/merge-requests/7/head'
        : kind === 'stash'
          ? 'refs/pull-requests/7/from'
          : 'refs/pull/7/head';

    it('[scm A9] reads a file at a branch, a tag, a commit and a pull request', async () => {
      assert.equal(await file('refs/heads/main'), 'kind: pipeline\n');
      assert.equal(await file('refs/tags/v1'), 'kind: old\n');
      assert.equal(await file(SIDE), 'kind: side\n');
      if (kind === 'bitbucket') await assert.rejects(file(pullRef), code('not-found'));
      else assert.equal(await file(pullRef), 'kind: side\n');
    });

    it('[scm A10] an unknown commit and a missing file are not found', async () => {
      await assert.rejects(file(UNKNOWN), code('not-found'));
      await assert.rejects(file(TIP, 'nowhere.yml'), code('not-found'));
      await assert.rejects(file('refs/heads/nowhere'), code('not-found'));
    });

    it('[scm A11] [scm X22] refuses folders, links, submodules and large files, and reads an empty one', async () => {
      await assert.rejects(file(TIP, 'dir'), code('validation'));
      await assert.rejects(file(TIP, 'link'), code('validation'));
      await assert.rejects(file(TIP, 'vendor'), code('validation'));
      await assert.rejects(file(TIP, 'big.bin', 1000), code('validation'));
      assert.equal((await file(TIP, 'big.bin', 3000)).length, 3000);
      assert.equal(await file(TIP, 'empty.txt'), '');
    });

    it('[scm A12] [scm X22] finds a file whose name needs encoding, and refuses paths that leave the repository', async () => {
      assert.equal(await file(TIP, 'dir/a b#c%ü+.txt'), 'odd name');
      for (const path of ['../x', '/etc/passwd', 'a//b', 'a/./b'])
        await assert.rejects(file(TIP, path), code('validation'));
    });

    it('lists a folder', async () => {
      assert.deepEqual(await open.driver.listDirAt(ALIVE, SLUG, TIP, 'dir'), [
        { path: 'dir/a b#c%ü+.txt', kind: 'file' },
      ]);
    });

    it('[scm A13] finds a branch whose name has slashes', async () => {
      assert.equal((await open.driver.findBranch(ALIVE, SLUG, 'feature/a/b')).sha, SIDE);
      assert.equal((await open.driver.findCommit(ALIVE, SLUG, 'refs/heads/feature/a/b')).message, 'side\n');
    });

    it('[scm A14] an annotated tag stands for its commit and not for the tag object', async () => {
      const found = await open.driver.resolveRef(ALIVE, SLUG, 'refs/tags/v2');
      assert.equal(found.peeled ?? found.sha, TIP);
      if (kind !== 'bitbucket') assert.equal(found.sha, TAG_OBJECT);
      assert.equal((await open.driver.findCommit(ALIVE, SLUG, 'refs/tags/v2')).sha, TIP);
    });

    it('[scm A15] the full ref decides between a branch and a tag of the same name', async () => {
      assert.equal(await file('refs/heads/same'), 'kind: side\n');
      assert.equal(await file('refs/tags/same'), 'kind: old\n');
    });

    it('[scm A16] [scm A22] a commit without an account has name and mail of the Git data', async () => {
      const { author } = await open.driver.findCommit(ALIVE, SLUG, TIP);
      assert.partialDeepStrictEqual(author, {
        login: '',
        name: 'Ada L',
        email: 'ada@example.test',
        date: 1772597167,
      });
    });

    it('[scm A17] an empty repository has no branches, tags, commits and files', async () => {
      const empty = 'acme/void';
      assert.deepEqual(await open.driver.listBranches(ALIVE, empty), []);
      assert.deepEqual(await open.driver.listTags(ALIVE, empty), []);
      await assert.rejects(open.driver.findCommit(ALIVE, empty, 'refs/heads/main'), code('not-found'));
      await assert.rejects(
        open.driver.fileAt(ALIVE, empty, 'refs/heads/main', '.drone.yml'),
        code('not-found'),
      );
    });

    it('lists all branches and tags', async () => {
      const branches = await open.driver.listBranches(ALIVE, SLUG);
      assert.deepEqual(
        new Map(branches.map(({ name, sha }) => [name, sha])),
        new Map([
          ['refs/heads/main', TIP],
          ['refs/heads/feature/a/b', SIDE],
          ['refs/heads/same', SIDE],
        ]),
      );
      const tags = await open.driver.listTags(ALIVE, SLUG);
      assert.deepEqual(
        tags.map(({ name, sha, peeled }) => [name, peeled ?? sha]),
        [
          ['refs/tags/v1', OLD],
          ['refs/tags/v2', TIP],
          ['refs/tags/same', OLD],
        ],
      );
    });

    it('lists what a commit, a range and a pull request change', async () => {
      const renamed = {
        path: 'new.txt',
        previousPath: 'old.txt',
        added: false,
        renamed: true,
        deleted: false,
      };
      const gone = { path: 'gone.txt', added: false, renamed: false, deleted: true };
      const added = { added: true, renamed: false, deleted: false };
      assert.deepEqual(await open.driver.listChanges(ALIVE, SLUG, { sha: TIP }), [renamed, gone]);
      const range = { before: OLD, after: TIP };
      assert.deepEqual(await open.driver.listChanges(ALIVE, SLUG, range), [{ path: 'a', ...added }]);
      assert.deepEqual(await open.driver.listChanges(ALIVE, SLUG, { pull: 7 }), [{ path: 'p', ...added }]);
    });
  });
}

describe('a commit that GitHub does not know yet', () => {
  it('is asked for again with growing pauses, and a known commit without the file is not', async (t) => {
    const open = await openDriver('github');
    t.after(() => open.close());
    await assert.rejects(open.driver.fileAt(ALIVE, SLUG, UNKNOWN, '.drone.yml'), code('not-found'));
    assert.deepEqual(open.pauses, [1_000, 2_000, 4_000, 8_000, 15_000]);
    await assert.rejects(open.driver.fileAt(ALIVE, SLUG, TIP, 'nowhere.yml'), code('not-found'));
    assert.equal(open.pauses.length, 5);
  });
});
