import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isScmError } from '../errors.ts';
import { createGiteaDriver } from '../gitea/driver.ts';
import type { ScmRepo } from '../objects.ts';
import { openWire } from '../wire.ts';
import { ALIVE, DEAD, KINDS, type OpenDriver, openDriver } from './test-drivers.ts';

const code = (name: string) => (error: unknown) => isScmError(error) && error.code === name;

async function listAll({ driver }: OpenDriver): Promise<readonly ScmRepo[]> {
  const found: ScmRepo[] = [];
  for await (const repo of driver.listRepos(ALIVE)) found.push(repo);
  return found;
}

for (const kind of KINDS) {
  describe(`accounts and repositories of ${kind}`, () => {
    let open: OpenDriver;
    before(async () => {
      open = await openDriver(kind);
    });
    after(() => open.close());

    it('knows who the token belongs to', async () => {
      const user = await open.driver.currentUser(ALIVE);
      assert.partialDeepStrictEqual(user, {
        uid: kind === 'bitbucket' ? '{u-7}' : '7',
        login: 'ada',
        name: 'Ada L',
      });
      if (kind !== 'bitbucket') assert.equal(user.email, 'ada@example.test');
    });

    it('[scm A7] a private repository without access is not found', async () => {
      await assert.rejects(open.driver.findRepo(ALIVE, { slug: 'acme/hidden' }), code('not-found'));
      const perm = open.driver.findPerm(ALIVE, 'acme/hidden');
      // Bitbucket Cloud lists permissions and has none for it.
      if (kind === 'bitbucket') assert.deepEqual(await perm, { read: false, write: false, admin: false });
      else await assert.rejects(perm, code('not-found'));
    });

    it('[scm A6] a page instead of JSON is an error that says so', async () => {
      open.fake.interpose({ text: '<html>sign in</html>', headers: { 'content-type': 'text/html' } });
      await assert.rejects(open.driver.findRepo(ALIVE, { slug: 'acme/rocket' }), code('malformed'));
    });

    it('reads rights as they are, each with the ones below it', async () => {
      const rights = async (slug: string) => open.driver.findPerm(ALIVE, slug);
      assert.deepEqual(await rights('acme/rocket'), { read: true, write: true, admin: true });
      assert.deepEqual(await rights('acme/shared'), { read: true, write: true, admin: false });
      assert.deepEqual(await rights('acme/seen'), { read: true, write: false, admin: false });
    });

    it('[scm A24] [scm A8] lists every repository with its rights', async () => {
      const found = new Map((await listAll(open)).map((repo) => [repo.slug, repo.perm]));
      assert.deepEqual(found.get('acme/rocket'), { read: true, write: true, admin: true });
      assert.deepEqual(found.get('acme/shared'), { read: true, write: true, admin: false });
      assert.deepEqual(found.get('acme/seen'), { read: true, write: false, admin: false });
      assert.equal(found.size, kind === 'gitlab' ? 6 : 5);
    });

    it('finds a repository with its addresses', async () => {
      const { host } = new URL(open.fake.url);
      const repo = await open.driver.findRepo(ALIVE, { slug: 'acme/rocket' });
      const path = kind === 'stash' ? 'scm/acme/rocket.git' : 'acme/rocket.git';
      assert.partialDeepStrictEqual(repo, {
        namespace: 'acme',
        name: 'rocket',
        branch: 'main',
        visibility: 'private',
        httpUrl: `http://${host}/${path}`,
        perm: { read: true, write: true, admin: true },
      });
    });

    it('[scm A25] a dead token is unauthorized everywhere', async () => {
      await assert.rejects(open.driver.currentUser(DEAD), code('unauthorized'));
      await assert.rejects(open.driver.findRepo(DEAD, { slug: 'acme/rocket' }), code('unauthorized'));
    });

    it('[scm A26] cookies are not kept', async () => {
      await open.driver.currentUser(ALIVE);
      await open.driver.currentUser(ALIVE);
      assert.equal(
        open.fake.calls.every(({ headers }) => headers.cookie === undefined),
        true,
      );
    });

    it('[scm A19] waits as long as a full service asks, for calls that read only', async () => {
      const before = open.pauses.length;
      open.fake.interpose({ status: 429, headers: { 'retry-after': '2' } });
      await open.driver.currentUser(ALIVE);
      assert.deepEqual(open.pauses.slice(before), [2_000]);
      open.fake.interpose({ status: 429, headers: { 'retry-after': '2' } });
      await assert.rejects(open.driver.commentOnPull(ALIVE, 'acme/rocket', 7, 'x'), code('rate-limited'));
      assert.equal(open.pauses.length, before + 1);
    });

    it('[scm A20] a redirect to another host is not followed', async () => {
      open.fake.interpose({ status: 302, headers: { location: 'http://evil.example.test/' } });
      await assert.rejects(open.driver.currentUser(ALIVE), code('malformed'));
    });
  });
}

describe('lists of several pages', () => {
  const countCalls = (open: OpenDriver, path: string) =>
    open.fake.calls.filter((call) => call.path.endsWith(path)).length;

  it('[scm A2] Gitea gives fewer rows than asked, and all are read', async (t) => {
    const open = await openDriver('gitea', { moreRepos: 115 });
    t.after(() => open.close());
    assert.equal((await listAll(open)).length, 120);
    assert.equal(countCalls(open, '/user/repos'), 3);
  });

  it('goes on at the internal address when the service names its public one', async (t) => {
    const { fake, close } = await openDriver('gitea');
    const { wire, close: closeWire } = openWire();
    t.after(async () => {
      closeWire();
      await close();
    });
    const server = 'https://git.example.test/';
    const oauth = { clientId: '', clientSecret: '', scope: '' };
    const driver = createGiteaDriver({ server, internalUrl: fake.url, wire, oauth });
    fake.interpose({ json: [], headers: { link: `<${server}api/v1/user/repos?page=1>; rel="next"` } });
    const found: string[] = [];
    for await (const { slug } of driver.listRepos(ALIVE)) found.push(slug);
    assert.equal(found.includes('acme/rocket'), true);
  });

  it('[scm A3] Bitbucket Server goes on where the server says', async (t) => {
    const open = await openDriver('stash');
    t.after(() => open.close());
    assert.equal((await listAll(open)).length, 5);
    const starts = open.fake.calls
      .filter(({ path, query }) => path.endsWith('/repos') && query.get('permission') === 'REPO_READ')
      .map(({ query }) => query.get('start'));
    assert.deepEqual(starts, ['0', '3', '6']);
  });

  for (const kind of ['github', 'bitbucket', 'gitea'] as const) {
    it(`[scm A4] ${kind} names a next page on another host, which is never asked`, async (t) => {
      const open = await openDriver(kind);
      t.after(() => open.close());
      const next = 'http://evil.example.test/next';
      open.fake.interpose({
        json: kind === 'bitbucket' ? { values: [], next } : [],
        headers: { link: `<${next}>; rel="next"` },
      });
      await assert.rejects(listAll(open), code('malformed'));
      assert.equal(open.fake.calls.length, 1);
    });

    it(`[scm A5] ${kind} names the same page as next for ever, and reading stops`, async (t) => {
      const open = await openDriver(kind);
      t.after(() => open.close());
      const path =
        kind === 'bitbucket'
          ? '2.0/user/workspaces'
          : kind === 'gitea'
            ? 'api/v1/user/repos'
            : 'api/v3/user/repos';
      const next = `${open.fake.url}${path}?page=1`;
      const reply = {
        json: kind === 'bitbucket' ? { values: [], next } : [],
        headers: { link: `<${next}>; rel="next"` },
      };
      open.fake.interpose(reply, reply, reply, reply);
      await assert.rejects(listAll(open), code('malformed'));
      assert.equal(open.fake.calls.length, 2);
    });
  }

  it('[scm A23] GitLab lists projects in nested groups, whose namespace has slashes', async (t) => {
    const open = await openDriver('gitlab');
    t.after(() => open.close());
    const nested = (await listAll(open)).find(
      ({ name, namespace }) => name === 'rocket' && namespace.includes('/'),
    );
    assert.equal(nested?.namespace, 'acme/space/engines');
    assert.equal((await open.driver.findRepo(ALIVE, { slug: 'acme/space/engines/rocket' })).uid, '60');
  });
});

describe('repositories that move', () => {
  it('[scm S2] are found by their old name where GitHub redirects, and by id', async (t) => {
    const open = await openDriver('github');
    t.after(() => open.close());
    open.fake.interpose({ status: 301, headers: { location: '/api/v3/repositories/41' } });
    assert.equal((await open.driver.findRepo(ALIVE, { slug: 'acme/old-name' })).slug, 'acme/rocket');
    assert.equal((await open.driver.findRepo(ALIVE, { uid: '41' })).slug, 'acme/rocket');
  });

  it('[scm S2] are found by id at Gitea, GitLab and Bitbucket Cloud', async (t) => {
    for (const [kind, uid] of [
      ['gitea', '41'],
      ['gitlab', '41'],
      ['bitbucket', '{a1-41}'],
    ] as const) {
      const open = await openDriver(kind);
      t.after(() => open.close());
      assert.equal((await open.driver.findRepo(ALIVE, { uid })).slug, 'acme/rocket', kind);
    }
  });
});

describe('organisations', () => {
  it('are listed, and membership is told with its role', async (t) => {
    for (const kind of ['gitea', 'github', 'gitlab', 'bitbucket'] as const) {
      const open = await openDriver(kind);
      t.after(() => open.close());
      assert.deepEqual(
        (await open.driver.listOrgs(ALIVE)).map(({ name }) => name),
        ['acme'],
        kind,
      );
      if (kind === 'bitbucket') continue;
      assert.deepEqual(
        await open.driver.findMembership(ALIVE, 'acme', 'ada'),
        { active: true, role: 'admin' },
        kind,
      );
    }
  });

  it('who is no member of an organisation is not active in it', async (t) => {
    for (const kind of ['gitea', 'github'] as const) {
      const open = await openDriver(kind);
      t.after(() => open.close());
      assert.equal((await open.driver.findMembership(ALIVE, 'acme', 'bob')).active, false, kind);
    }
  });
});
