import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Driver } from '@sortie/scm/driver';
import { isScmError, type ScmErrorCode } from '@sortie/scm/errors';
import type { ScmToken } from '@sortie/scm/objects';

/** A service with a private repository, as every driver must be able to read it. */
export interface ScmWorld {
  readonly driver: Driver;
  /** Login and token of the owner. */
  readonly login: string;
  readonly owner: ScmToken;
  /** May not see the repository. */
  readonly stranger: ScmToken;
  /** A token that is no longer valid. */
  readonly dead: ScmToken;
  /**
   * Private. Its branch `main` holds `README.md` (`hello\n`), `docs/a b#%+ü.txt` (`odd\n`) and `empty.txt`; its
   * branch `feature/a/b` another `README.md` (`feature\n`); its annotated tag `v1` stands for the tip of `main`.
   */
  readonly slug: string;
  readonly mainSha: string;
  readonly featureSha: string;
  /** Id of the tag object. */
  readonly tagSha: string;
  close(): Promise<void>;
}

const TARGET = 'https://ci.example.test/hook';
const UNKNOWN_SHA = '0123456789012345678901234567890123456789';

/** What all drivers have in common. */
export function scmContract(name: string, open: () => Promise<ScmWorld>): void {
  describe(`${name}: contract of drivers`, () => {
    let world: ScmWorld;
    before(async () => {
      world = await open();
    });
    after(() => world.close());
    readsAccounts(() => world);
    readsFiles(() => world);
    readsCommits(() => world);
    keepsHooks(() => world);
    answersWithoutCalls(() => world);
  });
}

/** Fails unless the call fails with this code. */
export async function failsWith(call: Promise<unknown>, ...codes: readonly ScmErrorCode[]): Promise<void> {
  await assert.rejects(call, (error) => isScmError(error, ...codes) || assert.fail(String(error)));
}

function readsAccounts(world: () => ScmWorld): void {
  it('tells who a token belongs to, and refuses a dead one', async () => {
    const { driver, owner, dead, login } = world();
    const user = await driver.currentUser(owner);
    assert.equal(user.login, login);
    assert.notEqual(user.uid, '');
    await failsWith(driver.currentUser(dead), 'unauthorized');
  });

  it('[scm A7] finds a repository with its rights, and hides it from strangers', async () => {
    const { driver, owner, stranger, dead, slug } = world();
    const repo = await driver.findRepo(owner, { slug });
    assert.equal(repo.slug, slug);
    assert.equal(repo.private, true);
    assert.deepEqual(await driver.findPerm(owner, slug), { read: true, write: true, admin: true });
    await failsWith(driver.findRepo(stranger, { slug }), 'not-found', 'forbidden');
    await failsWith(driver.findRepo(dead, { slug }), 'unauthorized');
  });

  it('lists the repositories of the account', async () => {
    const { driver, owner, stranger, slug } = world();
    const slugs = async (token: ScmToken) => {
      const found: string[] = [];
      for await (const repo of driver.listRepos(token)) found.push(repo.slug);
      return found;
    };
    assert.ok((await slugs(owner)).includes(slug));
    assert.ok(!(await slugs(stranger)).includes(slug));
  });
}

function readsFiles(world: () => ScmWorld): void {
  const read = async (ref: string, path: string, maxBytes?: number) => {
    const { driver, owner, slug } = world();
    return Buffer.from((await driver.fileAt(owner, slug, ref, path, maxBytes)).data).toString('utf8');
  };

  it('[scm A9] [scm A12] reads files at branches, tags and commits, whatever their names', async () => {
    assert.equal(await read('refs/heads/main', 'README.md'), 'hello\n');
    assert.equal(await read('refs/heads/feature/a/b', 'README.md'), 'feature\n');
    assert.equal(await read('refs/tags/v1', 'README.md'), 'hello\n');
    assert.equal(await read(world().featureSha, 'README.md'), 'feature\n');
    assert.equal(await read('refs/heads/main', 'docs/a b#%+ü.txt'), 'odd\n');
    assert.equal(await read('refs/heads/main', 'empty.txt'), '');
  });

  it('[scm A11] refuses folders and what is too large', async () => {
    await failsWith(read('refs/heads/main', 'docs'), 'validation', 'not-found');
    await failsWith(read('refs/heads/main', 'README.md', 3), 'validation');
  });

  it('[scm A10] says not-found for missing files, refs and commits', async () => {
    await failsWith(read('refs/heads/main', 'nothing.txt'), 'not-found');
    await failsWith(read('refs/heads/nothing', 'README.md'), 'not-found');
    await failsWith(read(UNKNOWN_SHA, 'README.md'), 'not-found');
  });

  it('[scm X22] refuses paths and refs that lead elsewhere', async () => {
    for (const path of ['../x', 'a/../../x', '/etc/passwd', 'a//b', '', '.'])
      await failsWith(read('refs/heads/main', path), 'validation');
    for (const ref of ['main', '--upload-pack=x', 'refs/heads/a..b', 'refs/heads/a\nb'])
      await failsWith(read(ref, 'README.md'), 'validation');
  });
}

function readsCommits(world: () => ScmWorld): void {
  it('[scm A13] finds commits by id and by branch', async () => {
    const { driver, owner, slug, mainSha, featureSha } = world();
    assert.equal((await driver.findCommit(owner, slug, mainSha)).sha, mainSha);
    assert.equal((await driver.findCommit(owner, slug, 'refs/heads/feature/a/b')).sha, featureSha);
    assert.equal((await driver.findBranch(owner, slug, 'feature/a/b')).sha, featureSha);
    const branches = (await driver.listBranches(owner, slug)).map(({ name }) => name);
    assert.deepEqual([...branches].sort(), ['refs/heads/feature/a/b', 'refs/heads/main']);
  });

  it('[scm A14] peels annotated tags', async () => {
    const { driver, owner, slug, mainSha, tagSha } = world();
    assert.equal((await driver.findCommit(owner, slug, 'refs/tags/v1')).sha, mainSha);
    const ref = await driver.resolveRef(owner, slug, 'refs/tags/v1');
    assert.equal(ref.peeled ?? ref.sha, mainSha);
    assert.notEqual(mainSha, tagSha);
    assert.equal(
      (await driver.listTags(owner, slug)).some(({ name }) => name === 'refs/tags/v1'),
      true,
    );
  });

  it('says not-found for what does not exist', async () => {
    const { driver, owner, slug } = world();
    await failsWith(driver.findCommit(owner, slug, UNKNOWN_SHA), 'not-found');
    await failsWith(driver.findBranch(owner, slug, 'nothing'), 'not-found');
    await failsWith(driver.resolveRef(owner, slug, 'refs/heads/nothing'), 'not-found');
  });
}

function keepsHooks(world: () => ScmWorld): void {
  const options = {
    target: TARGET,
    secret: 'a-secret-of-the-repository',
    events: ['push', 'branch', 'tag', 'pull_request'],
    skipVerify: false,
  } as const;

  it('[scm H1] [scm H2] [scm H3] keeps exactly one hook of its own, and leaves others alone', async () => {
    const { driver, owner, slug } = world();
    await driver.createHook(owner, slug, { ...options, target: `${TARGET}/other` });
    await driver.createHook(owner, slug, options);
    const hook = await driver.createHook(owner, slug, { ...options, secret: 'another-secret' });
    const targets = (await driver.listHooks(owner, slug)).map(({ target }) => target);
    assert.deepEqual(targets.sort(), [TARGET, `${TARGET}/other`]);
    assert.equal(hook.active, true);
    await driver.deleteHook(owner, slug, { target: TARGET });
    await driver.deleteHook(owner, slug, { target: TARGET });
    assert.equal((await driver.listHooks(owner, slug)).length, 1);
  });

  it('[scm H5] says that a stranger may not', async () => {
    const { driver, stranger, slug } = world();
    await failsWith(driver.createHook(stranger, slug, options), 'forbidden', 'not-found');
  });
}

function answersWithoutCalls(world: () => ScmWorld): void {
  it('[scm C13] links to pages on its own address', () => {
    const { driver, slug, mainSha } = world();
    for (const ref of ['', 'refs/heads/a/b#c', 'refs/tags/v1']) {
      const link = driver.linkTo(slug, { ref, sha: ref === '' ? mainSha : '' });
      assert.ok(link.startsWith(driver.link), link);
      assert.ok(!link.includes('#'), link);
    }
  });

  it('[scm C5] [scm X26] gives credentials for its own host only', async () => {
    const { driver, owner } = world();
    await failsWith(driver.cloneCredentials(owner, { httpUrl: 'https://evil.test/a/b.git' }), 'validation');
  });

  it('[scm P1] [scm P3] refuses or ignores webhooks of any bytes', () => {
    const { driver } = world();
    const bodies = ['', '[]', 'null', '{', '{}', '{"repository":[]}', '\uFEFF{}', '['.repeat(100_000)];
    for (const body of bodies) {
      const opened = driver.openWebhook({ headers: {}, rawBody: Buffer.from(body) });
      assert.notEqual(opened.kind, 'opened', body.slice(0, 20));
    }
  });
}
