import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type CloneWorld, type CloneWorldOptions, createCloneWorld } from '@sortie/testing/clone-world';
import { storedBuild } from '@sortie/testing/queue-views';
import { findLatestBuild } from '../store/builds.ts';
import { isServiceAddress } from './clone-address.ts';

const CONFIG = 'kind: pipeline\ntype: exec\nname: default\nsteps: []\n';

async function open(t: TestContext, options: CloneWorldOptions = {}): Promise<CloneWorld> {
  const world = await createCloneWorld(options);
  t.after(() => world.close());
  return world;
}

async function refusal(world: CloneWorld, repoId: number): Promise<string> {
  const build = await findLatestBuild(world.db, repoId, 'refs/heads/main');
  const { stage } = await storedBuild(world, build?.id ?? 0);
  assert.equal(stage.status, 'error');
  return stage.error;
}

describe('credentials of a clone', () => {
  test('[scm C1] a private repository is cloned with the token of its owner', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const repo = await world.addGogsRepo(ada, 'secret');
    const assignment = await world.lease(repo, { config: CONFIG });
    const { machine, login, password } = assignment?.cloneCredentials ?? {};
    assert.deepEqual([machine, password], ['127.0.0.1', 'x-oauth-basic']);
    assert.match(login ?? '', /^[0-9a-f]{40}$/);
  });

  test('[scm C2] a public repository is cloned without any, unless DRONE_GIT_ALWAYS_AUTH is set', async (t) => {
    for (const alwaysUsesCredentials of [false, true]) {
      const world = await open(t, { alwaysUsesCredentials });
      const ada = await world.addMember('ada');
      const repo = await world.addGogsRepo(ada, 'open', { isPrivate: false });
      const assignment = await world.lease(repo, { config: CONFIG });
      assert.equal(assignment?.cloneCredentials !== undefined, alwaysUsesCredentials);
    }
  });

  test('[scm C15] LFS of a public repository on Gogs needs credentials, and gets them', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const repo = await world.addGogsRepo(ada, 'open', { isPrivate: false });
    const given = async (config: string) => {
      const assignment = await world.lease(repo, { config });
      return assignment?.cloneCredentials !== undefined;
    };
    assert.equal(await given(`${CONFIG}clone: {lfs: true}\n`), true);
    assert.equal(await given(`${CONFIG}clone: {lfs: false}\n`), false);
    assert.equal(await given(`${CONFIG}clone: {tags: true} # lfs\n`), false);
  });

  test('the account of all clones takes the place of tokens', async (t) => {
    const account = { login: 'reader', password: 'hunter2' };
    const world = await open(t, { account });
    const ada = await world.addMember('ada');
    world.gogs.revokeTokens('ada');
    const repo = await world.addGogsRepo(ada, 'secret');
    const assignment = await world.lease(repo, { config: CONFIG });
    assert.deepEqual(assignment?.cloneCredentials, { machine: '127.0.0.1', ...account });
  });

  test('[scm C5] [scm X26] an address on a foreign host gets none, with a warning', async (t) => {
    for (const options of [{}, { account: { login: 'reader', password: 'hunter2' } }]) {
      const world = await open(t, options);
      const ada = await world.addMember('ada');
      const { port } = new URL(world.gogs.url);
      const foreign = [
        'https://evil.example.test/ada/secret.git',
        `http://localhost:${port}/ada/secret.git`,
        `http://127.0.0.1:${Number(port) + 1}/ada/secret.git`,
        `https://127.0.0.1:${port}/ada/secret.git`,
        `http://127.0.0.1:${port}@evil.example.test/ada/secret.git`,
        '',
      ];
      for (const [at, httpUrl] of foreign.entries()) {
        const repo = await world.addGogsRepo(ada, `secret-${at}`, { patch: { httpUrl } });
        const assignment = await world.lease(repo, { config: CONFIG });
        assert.ok(assignment);
        assert.equal(assignment.cloneCredentials, undefined, httpUrl);
        assert.match(world.warnings[at] ?? '', /another host.*SORTIE_CLONE_URL_REWRITE/);
      }
    }
  });

  test('[scm C14] [scm X26] an address that the administrator replaces gets credentials for the new host', async (t) => {
    const rewrites = [{ from: 'http://localhost:3000/', to: 'http://gogs:3000' }];
    const world = await open(t, { rewrites });
    const ada = await world.addMember('ada');
    const httpUrl = 'http://localhost:3000/ada/secret.git';
    const repo = await world.addGogsRepo(ada, 'secret', { patch: { httpUrl } });
    const readFrom = { slug: 'eve/secret', httpUrl: httpUrl.replace('ada', 'eve'), ref: 'refs/heads/topic' };
    const assignment = await world.lease(repo, { config: CONFIG, readFrom });
    assert.equal(assignment?.repo.httpUrl, 'http://gogs:3000/ada/secret.git');
    assert.equal(assignment.build.readFrom?.httpUrl, 'http://gogs:3000/eve/secret.git');
    assert.equal(assignment.cloneCredentials?.machine, 'gogs');
    const other = { httpUrl: 'http://localhost:30001/ada/other.git' };
    const untouched = await world.addGogsRepo(ada, 'other', { patch: other });
    const next = await world.lease(untouched, { config: CONFIG });
    assert.deepEqual([next?.repo.httpUrl, next?.cloneCredentials], [other.httpUrl, undefined]);
  });

  test('an address as this server alone reaches the service is the service’s own', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const internalUrl = 'http://gogs:3000/';
    const repo = await world.addGogsRepo(ada, 'secret', {
      patch: { httpUrl: `${internalUrl}ada/secret.git` },
    });
    assert.equal(isServiceAddress(world.service, repo.httpUrl), false);
    assert.equal(isServiceAddress({ ...world.service, internalUrl }, repo.httpUrl), true);
  });

  test('[scm X19] a head repository on a foreign host is not fetched from', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const repo = await world.addGogsRepo(ada, 'secret');
    const readFrom = { slug: 'eve/x', httpUrl: 'http://169.254.169.254/eve/x.git', ref: 'refs/heads/topic' };
    const assignment = await world.lease(repo, { config: CONFIG, readFrom });
    assert.ok(assignment);
    assert.equal(assignment.build.readFrom, undefined);
  });

  test('a token that the service has revoked ends the stage with whose it was and what to do', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const repo = await world.addGogsRepo(ada, 'secret');
    world.gogs.revokeTokens('ada');
    assert.equal(await world.lease(repo, { config: CONFIG }), undefined);
    assert.equal(
      await refusal(world, repo.id),
      'ada/secret cannot be cloned: Gogs does not accept the token of ada any more. ada must sign in with Gogs again.',
    );
  });

  test('a service that is down keeps no stage from its credentials', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const repo = await world.addGogsRepo(ada, 'secret');
    world.gogs.traps.htmlStatus = 500;
    const assignment = await world.lease(repo, { config: CONFIG });
    assert.ok(assignment?.cloneCredentials);
  });

  test('a service whose settings are gone, and one without credentials, end the stage with the remedy', async (t) => {
    const world = await open(t);
    const ada = await world.addMember('ada');
    const repo = await world.addGogsRepo(ada, 'secret');
    const lost = { ...repo, connectionId: 99 };
    const { build } = await world.start([], { in: repo });
    await assert.rejects(world.parts.cloneCredentials(lost, build), {
      code: 'clone-refused',
      message: /not connected to this server any more. Give the server the settings/,
    });
    world.service.driver.cloneCredentials = async () => ({ machine: '', login: '', password: '' });
    assert.equal(await world.lease(repo, { config: CONFIG }), undefined);
    assert.match(await refusal(world, repo.id), /Set DRONE_GIT_USERNAME and DRONE_GIT_PASSWORD/);
  });

  test('[scm X25] official runners get no token of a person for code of forks', async (t) => {
    const fork = { event: 'pull_request', ref: 'refs/pull/1/head', sourceRepo: 'eve/secret' } as const;
    for (const account of [undefined, { login: 'reader', password: 'hunter2' }]) {
      const world = await open(t, account === undefined ? {} : { account });
      const ada = await world.addMember('ada');
      const repo = await world.addGogsRepo(ada, 'secret');
      const given = async (patch: object) => {
        const { build } = await world.start([], { in: repo, build: patch });
        return (await world.parts.officialCredentials(repo, build))?.login;
      };
      assert.equal(await given(fork), account?.login);
      assert.equal(await given({ ...fork, sourceRepo: '' }), account?.login);
      assert.equal(await given({ ...fork, event: 'promote' }), account?.login);
      assert.ok(await given({ ...fork, sourceRepo: 'Ada/secret' }));
      assert.ok(await given({}));
    }
  });
});
