import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { failsWith } from '@sortie/testing/scm-contract';
import { isScmError } from '../errors.ts';
import type { ScmToken } from '../objects.ts';
import { FIXTURE_PLACE, recordedAnswer } from './gogs.fixture.ts';
import { toBranchCommit, toCommit, toRepo, toUser } from './gogs-objects.ts';
import { type GogsWorld, openGogsWorld } from './gogs-world.fixture.ts';

const SLUG = 'ada/rocket';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('Gogs driver', () => {
  let world: GogsWorld;
  let ada: ScmToken;
  beforeEach(async () => {
    world = await openGogsWorld();
    world.fake.addRepo(SLUG);
    ada = world.token('ada');
  });
  afterEach(() => world.close());

  it('[scm A1] lists 120 repositories with one request', async () => {
    for (let count = 1; count < 120; count += 1) world.fake.addRepo(`ada/r${count}`);
    const repos = await collect(world.driver.listRepos(ada));
    assert.equal(repos.length, 120);
    assert.equal(world.fake.requests.length, 1);
    assert.equal(world.fake.requests[0]?.headers.authorization, `token ${ada.access}`);
  });

  it('[scm A6] a page of HTML is an error with a code, and never one of the parser', async () => {
    world.fake.traps.htmlStatus = 404;
    await failsWith(world.driver.currentUser(ada), 'not-supported', 'not-found');
    world.fake.traps.htmlStatus = 200;
    await failsWith(world.driver.currentUser(ada), 'malformed');
    world.fake.traps.htmlStatus = 502;
    await failsWith(world.driver.currentUser(ada), 'unavailable');
  });

  it('[scm A8] [scm X28] no right ever comes from a list of an organisation', async () => {
    world.fake.addOrg('acme', ['ada', 'eve']);
    world.fake.addRepo('acme/engine', { isPrivate: true, modes: { eve: 'read' } });
    const eve = world.token('eve');
    const [repo] = await collect(world.driver.listRepos(eve));
    assert.deepEqual(repo?.perm, { read: true, write: false, admin: false });
    assert.deepEqual(await world.driver.findPerm(eve, 'acme/engine'), repo?.perm);
    assert.deepEqual(
      (await world.driver.listOrgs(eve)).map(({ name }) => name),
      ['acme'],
    );
    assert.deepEqual(await world.driver.findMembership(eve, 'ACME', 'eve'), {
      active: true,
      role: 'unknown',
    });
    await failsWith(world.driver.findMembership(world.token('bob'), 'acme', 'bob'), 'not-found');
    assert.ok(world.fake.requests.every(({ path }) => !path.includes('/orgs/acme')));
  });

  it('[scm A9] reads files at the ref of a pull request', async () => {
    const tip = world.fake.push(SLUG, { branch: 'feature', files: { 'a.txt': 'pull' } });
    world.fake.push(SLUG, { files: { 'a.txt': 'main' } });
    world.fake.openPull(SLUG, { head: 'feature' });
    assert.equal((await world.driver.resolveRef(ada, SLUG, 'refs/pull/1/head')).sha, tip);
    const { data } = await world.driver.fileAt(ada, SLUG, 'refs/pull/1/head', 'a.txt');
    assert.equal(Buffer.from(data).toString(), 'pull');
  });

  it('[scm A10] a 500 is asked once more and then means not-found', async () => {
    world.fake.push(SLUG);
    const sha = '0123456789012345678901234567890123456789';
    await failsWith(world.driver.fileAt(ada, SLUG, sha, 'a.txt'), 'not-found');
    assert.equal(world.fake.requests.length, 2);
    await failsWith(world.driver.findCommit(ada, SLUG, sha), 'not-found');
  });

  it('[scm A11] [scm X22] links, submodules and large files are refused', async () => {
    const files = {
      link: { kind: 'symlink', target: 'a.txt' },
      sub: { kind: 'submodule', url: 'http://evil.test' },
      big: 'x'.repeat(2_000_000),
    } as const;
    world.fake.push(SLUG, { files });
    for (const path of ['link', 'sub'])
      await failsWith(world.driver.fileAt(ada, SLUG, 'refs/heads/main', path), 'validation');
    await failsWith(world.driver.fileAt(ada, SLUG, 'refs/heads/main', 'big', 1_048_576), 'validation');
    // Here the JSON itself is cut by the cap.
    await failsWith(world.driver.fileAt(ada, SLUG, 'refs/heads/main', 'big', 1_000), 'validation');
  });

  it('[scm A15] a tag and a branch of one name are told apart', async () => {
    const onBranch = world.fake.push(SLUG, { branch: 'dup', files: { 'a.txt': 'branch' } });
    const onTag = world.fake.push(SLUG, { files: { 'a.txt': 'tag' } });
    world.fake.tag(SLUG, 'dup', { at: onTag });
    for (const [ref, sha, text] of [
      ['refs/heads/dup', onBranch, 'branch'],
      ['refs/tags/dup', onTag, 'tag'],
    ] as const) {
      assert.equal((await world.driver.findCommit(ada, SLUG, ref)).sha, sha);
      assert.equal(Buffer.from((await world.driver.fileAt(ada, SLUG, ref, 'a.txt')).data).toString(), text);
    }
    assert.equal((await world.driver.findBranch(ada, SLUG, 'dup')).sha, onBranch);
  });

  it('[scm A16] an author without account keeps name and e-mail', async () => {
    const author = { name: 'Guest', email: 'guest@elsewhere.test' };
    const sha = world.fake.push(SLUG, { author, message: 'first line\n\nsecond' });
    const commit = await world.driver.findCommit(ada, SLUG, sha);
    assert.deepEqual(
      [commit.author.login, commit.author.name, commit.author.email],
      ['', 'Guest', author.email],
    );
    assert.equal(commit.message, 'first line');
    assert.equal(
      (await world.driver.findCommit(ada, SLUG, 'refs/heads/main')).message,
      'first line\n\nsecond',
    );
  });

  it('[scm A17] an empty repository and a missing default branch are no accident', async () => {
    const { driver } = world;
    assert.deepEqual(await driver.listBranches(ada, SLUG), []);
    assert.deepEqual(await driver.listTags(ada, SLUG), []);
    assert.equal((await driver.findRepo(ada, { slug: SLUG })).empty, true);
    await failsWith(driver.findCommit(ada, SLUG, 'refs/heads/main'), 'not-found');
    await failsWith(driver.fileAt(ada, SLUG, 'refs/heads/main', 'a'), 'not-found');
    world.fake.push(SLUG, { branch: 'trunk' });
    await failsWith(driver.findBranch(ada, SLUG, 'main'), 'not-found');
  });

  it('[scm A22] missing and unknown members are tolerated', () => {
    const repo = toRepo({ id: 7, full_name: 'a/b', owner: null, surprise: {} }, FIXTURE_PLACE, true);
    assert.deepEqual([repo.uid, repo.perm, repo.link], ['7', undefined, 'http://gogs.example.test:3000/a/b']);
    assert.throws(() => toRepo({ id: 7, full_name: 'x' }, FIXTURE_PLACE, true), isScmError);
    assert.throws(() => toUser({ id: 7 }, FIXTURE_PLACE), isScmError);
  });

  it('[scm A25] a dead token is unauthorized, although Gogs treats it as anonymous', async () => {
    world.fake.addRepo('ada/secret', { isPrivate: true });
    world.fake.revokeTokens('ada');
    for (const slug of [SLUG, 'ada/secret']) {
      await failsWith(world.driver.findRepo(ada, { slug }), 'unauthorized');
      await failsWith(world.driver.findPerm(ada, slug), 'unauthorized');
    }
    world.fake.traps.requiresSignIn = true;
    await failsWith(world.driver.findRepo(ada, { slug: SLUG }), 'unauthorized');
  });

  it('[scm A26] keeps no cookies', async () => {
    for (const _ of [1, 2]) await world.driver.currentUser(ada);
    assert.ok(world.fake.requests.every(({ headers }) => headers.cookie === undefined));
  });

  it('old versions without a contents API are read through raw', async () => {
    world.fake.traps.hasNoContents = true;
    world.fake.push(SLUG, { files: { 'a b.txt': 'old' } });
    world.fake.tag(SLUG, 'v1', { isAnnotated: true });
    const { data } = await world.driver.fileAt(ada, SLUG, 'refs/tags/v1', 'a b.txt');
    assert.equal(Buffer.from(data).toString(), 'old');
    await failsWith(world.driver.fileAt(ada, SLUG, 'refs/heads/main', 'no'), 'not-found');
    await failsWith(world.driver.fileAt(ada, SLUG, '0123456789'.repeat(4), 'a b.txt'), 'not-found');
  });

  it('[scm X29] a site administrator reads refs through the API where Git refuses the token', async () => {
    world.fake.addUser('root', { isSiteAdmin: true });
    world.fake.addRepo('ada/secret', { isPrivate: true });
    const sha = world.fake.push('ada/secret');
    world.fake.tag('ada/secret', 'v1', { isAnnotated: true });
    const root = world.token('root');
    assert.equal((await world.driver.resolveRef(root, 'ada/secret', 'refs/tags/v1')).sha, sha);
    assert.equal((await world.driver.findPerm(root, 'ada/secret')).admin, true);
  });

  it('lists a folder, and comments on a pull request', async () => {
    world.fake.push(SLUG, { files: { 'd/x.txt': '1', 'd/e/y.txt': '2' } });
    const entries = await world.driver.listDirAt(ada, SLUG, 'refs/heads/main', 'd');
    assert.deepEqual(entries, [
      { path: 'd/x.txt', kind: 'file' },
      { path: 'd/e', kind: 'dir' },
    ]);
    await world.driver.commentOnPull(ada, SLUG, 1, 'passing');
    assert.deepEqual(world.fake.state.repos[0]?.comments, [{ issue: 1, body: 'passing' }]);
  });

  it('[scm C8] says what Gogs cannot do', async () => {
    assert.equal(world.driver.supports('createStatus'), false);
    await failsWith(world.driver.listChanges(ada, SLUG, { pull: 1 }), 'not-supported');
    await failsWith(world.driver.refreshToken(ada), 'not-supported');
  });

  it('[scm C1] [scm C13] gives netrc and links', async () => {
    const httpUrl = `${world.fake.url}${SLUG}.git`;
    const netrc = await world.driver.cloneCredentials(ada, { httpUrl });
    assert.deepEqual(netrc, { machine: '127.0.0.1', login: ada.access, password: 'x-oauth-basic' });
    const sha = 'a'.repeat(40);
    const link = (ref: string, commit = '') =>
      world.driver.linkTo(SLUG, { ref, sha: commit }).slice(world.fake.url.length);
    assert.equal(link(''), 'ada/rocket');
    assert.equal(link('refs/heads/a/b#c'), 'ada/rocket/src/a/b%23c');
    assert.equal(link('refs/heads/a', sha), `ada/rocket/commit/${sha}`);
    assert.equal(link('refs/tags/v1', sha), 'ada/rocket/src/v1');
    assert.equal(link('refs/pull/7/head', sha), 'ada/rocket/pulls/7');
    assert.equal(link('refs/heads/7/head', 'javascript:x'), 'ada/rocket/src/7/head');
  });

  it('reads recorded answers of a real Gogs', () => {
    const repos = recordedAnswer('user-repos');
    assert.ok(Array.isArray(repos) && repos.length > 0);
    for (const body of repos) assert.ok(toRepo(body, FIXTURE_PLACE, true).perm?.read);
    const read = toRepo(recordedAnswer('repo-get-private-read'), FIXTURE_PLACE, true);
    assert.deepEqual([read.perm, read.visibility], [{ read: true, write: false, admin: false }, 'private']);
    const peeled = toCommit(recordedAnswer('commit-get-tag-peel'), SLUG, FIXTURE_PLACE);
    assert.match(peeled.sha, /^b6a873/);
    assert.equal(peeled.author.login, 'ada');
    const branch = recordedAnswer('branch-get') as { commit: unknown };
    assert.equal(toBranchCommit(branch.commit, SLUG, FIXTURE_PLACE).message, 'second line only\n');
    assert.doesNotMatch(toUser(recordedAnswer('user-html-in-name'), FIXTURE_PLACE).name, /&amp;|&#34;/);
  });
});
