import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TIP } from '@sortie/testing/fake-forge-state';
import { isScmError } from '../errors.ts';
import { text } from '../fields.ts';
import type { ScmState, ScmStatus } from '../objects.ts';
import { ALIVE, type DriverKind, KINDS, type OpenDriver, openDriver } from './test-drivers.ts';

const SLUG = 'acme/rocket';
const STATUS: ScmStatus = {
  state: 'running',
  label: 'continuous-integration/drone/push',
  title: 'Build #3',
  description: '',
  link: 'https://ci.example.test/acme/rocket/3',
  ref: 'refs/heads/main',
};

/** Columns of the table in scm.md 1.8. */
const STATES: Readonly<
  Record<ScmState, readonly [hub: string, gitlab: string, cloud: string, stash: string]>
> = {
  waiting: ['pending', 'pending', 'INPROGRESS', 'INPROGRESS'],
  blocked: ['pending', 'pending', 'INPROGRESS', 'INPROGRESS'],
  pending: ['pending', 'pending', 'INPROGRESS', 'INPROGRESS'],
  running: ['pending', 'running', 'INPROGRESS', 'INPROGRESS'],
  success: ['success', 'success', 'SUCCESSFUL', 'SUCCESSFUL'],
  failure: ['failure', 'failed', 'FAILED', 'FAILED'],
  error: ['error', 'failed', 'FAILED', 'FAILED'],
  killed: ['error', 'canceled', 'STOPPED', 'FAILED'],
  declined: ['error', 'canceled', 'STOPPED', 'FAILED'],
  skipped: ['success', 'skipped', 'SUCCESSFUL', 'SUCCESSFUL'],
};
const COLUMN: Readonly<Record<DriverKind, 0 | 1 | 2 | 3>> = {
  gitea: 0,
  github: 0,
  gitlab: 1,
  bitbucket: 2,
  stash: 3,
};

const last = (open: OpenDriver) => open.fake.state.statuses.at(-1);

for (const kind of KINDS) {
  describe(`reports to ${kind}`, () => {
    it('[scm C9] every state has the word of the service, and the label goes along', async (t) => {
      const open = await openDriver(kind);
      t.after(() => open.close());
      for (const [state, words] of Object.entries(STATES) as [ScmState, readonly string[]][]) {
        await open.driver.createStatus(ALIVE, SLUG, TIP, { ...STATUS, state });
        const body = last(open)?.body;
        assert.equal(text(body, 'state'), words[COLUMN[kind]], state);
        assert.equal(text(body, 'context') || text(body, 'key') || text(body, 'name'), STATUS.label);
        assert.equal(text(body, 'target_url') || text(body, 'url'), STATUS.link);
        assert.notEqual(text(body, 'description'), '');
      }
      assert.equal(last(open)?.path.includes(TIP), true);
    });

    it('a long description is cut to what the service takes', async (t) => {
      const open = await openDriver(kind);
      t.after(() => open.close());
      await open.driver.createStatus(ALIVE, SLUG, TIP, { ...STATUS, description: '🚀'.repeat(2_000) });
      const limit = { gitea: 1_000, github: 140, gitlab: 255, bitbucket: 255, stash: 255 }[kind];
      const description = text(last(open)?.body, 'description');
      assert.equal(Array.from(description).length, limit);
      assert.equal(description.isWellFormed(), true);
    });

    it('comments on a pull request', async (t) => {
      const open = await openDriver(kind);
      t.after(() => open.close());
      await open.driver.commentOnPull(ALIVE, SLUG, 7, 'Build #3 passed.');
      assert.equal(JSON.stringify(last(open)?.body).includes('Build #3 passed.'), true);
    });

    it('[scm C13] links lead to the pages of repository, commit, branch, tag and pull request', async (t) => {
      const open = await openDriver(kind);
      t.after(() => open.close());
      const link = (ref: string, sha = '') =>
        open.driver.linkTo('acme/rocket', { ref, sha }).slice(open.fake.url.length);
      const pull = { gitlab: 'refs/merge-requests/7/head', stash: 'refs/pull-requests/7/from' }[
        kind as string
      ];
      assert.deepEqual(
        [
          link(''),
          link('', TIP),
          link('refs/heads/a/b#c'),
          link('refs/tags/v1', TIP),
          link(pull ?? 'refs/pull/7/head'),
        ],
        PAGES[kind],
      );
    });
  });
}

const PAGES: Readonly<Record<DriverKind, readonly string[]>> = {
  gitea: [
    'acme/rocket',
    `acme/rocket/commit/${TIP}`,
    'acme/rocket/src/branch/a/b%23c',
    'acme/rocket/src/tag/v1',
    'acme/rocket/pulls/7',
  ],
  github: [
    'acme/rocket',
    `acme/rocket/commit/${TIP}`,
    'acme/rocket/tree/a/b%23c',
    'acme/rocket/tree/v1',
    'acme/rocket/pull/7',
  ],
  gitlab: [
    'acme/rocket',
    `acme/rocket/-/commit/${TIP}`,
    'acme/rocket/-/tree/a/b%23c',
    'acme/rocket/-/tags/v1',
    'acme/rocket/-/merge_requests/7',
  ],
  bitbucket: [
    'acme/rocket',
    `acme/rocket/commits/${TIP}`,
    'acme/rocket/branch/a/b%23c',
    'acme/rocket/commits/tag/v1',
    'acme/rocket/pull-requests/7',
  ],
  stash: [
    'projects/acme/repos/rocket',
    `projects/acme/repos/rocket/commits/${TIP}`,
    'projects/acme/repos/rocket/browse?at=refs%2Fheads%2Fa%2Fb%23c',
    'projects/acme/repos/rocket/browse?at=refs%2Ftags%2Fv1',
    'projects/acme/repos/rocket/pull-requests/7',
  ],
};

describe('traps of reports and credentials', () => {
  it('[scm C10] a state that GitLab has already is as good as success', async (t) => {
    const open = await openDriver('gitlab');
    t.after(() => open.close());
    await open.driver.createStatus(ALIVE, SLUG, TIP, STATUS);
    await open.driver.createStatus(ALIVE, SLUG, TIP, STATUS);
    open.fake.interpose({ status: 400, json: { message: 'name is too long' } });
    await assert.rejects(open.driver.createStatus(ALIVE, SLUG, TIP, STATUS), (error: unknown) =>
      isScmError(error, 'validation'),
    );
  });

  it('[scm C12] a long label is a key of 40 characters at Bitbucket Cloud, the same every time', async (t) => {
    const open = await openDriver('bitbucket');
    t.after(() => open.close());
    const label = `continuous-integration/drone/promote/${'x'.repeat(40)}`;
    await open.driver.createStatus(ALIVE, SLUG, TIP, { ...STATUS, label });
    await open.driver.createStatus(ALIVE, SLUG, TIP, { ...STATUS, label, state: 'success' });
    const keys = open.fake.state.statuses.map(({ body }) => text(body, 'key'));
    assert.equal(keys[0]?.length, 40);
    assert.equal(keys[0], keys[1]);
  });

  it('[scm M33] the status of a deployment goes to its own route at GitHub', async (t) => {
    const open = await openDriver('github');
    t.after(() => open.close());
    const deployment = { deploymentId: '91', environment: 'production', environmentLink: '' };
    await open.driver.createDeployStatus(ALIVE, SLUG, { ...STATUS, ...deployment, state: 'success' });
    assert.equal(last(open)?.path.endsWith('/deployments/91/statuses'), true);
    assert.partialDeepStrictEqual(last(open)?.body, {
      state: 'success',
      environment: 'production',
      log_url: STATUS.link,
    });
  });

  const CREDENTIALS = {
    gitea: ['token-of-ada', 'x-oauth-basic'],
    github: ['token-of-ada', 'x-oauth-basic'],
    gitlab: ['oauth2', 'token-of-ada'],
    bitbucket: ['x-token-auth', 'token-of-ada'],
  } as const;

  for (const [kind, [login, password]] of Object.entries(CREDENTIALS)) {
    it(`[scm C1] [scm C5] [scm X26] ${kind} clones with its own credentials, and no other host gets them`, async (t) => {
      const open = await openDriver(kind as DriverKind);
      t.after(() => open.close());
      const repo = await open.driver.findRepo(ALIVE, { slug: SLUG });
      assert.deepEqual(await open.driver.cloneCredentials(ALIVE, repo), {
        machine: '127.0.0.1',
        login,
        password,
      });
      await assert.rejects(
        open.driver.cloneCredentials(ALIVE, { httpUrl: 'https://evil.example.test/acme/rocket.git' }),
        (error: unknown) => isScmError(error, 'validation'),
      );
    });
  }

  it('[scm C1] Bitbucket Server says that only a fixed account can clone', async (t) => {
    const open = await openDriver('stash');
    t.after(() => open.close());
    assert.equal(open.driver.supports('cloneCredentials'), false);
    await assert.rejects(open.driver.cloneCredentials(ALIVE, { httpUrl: `${open.fake.url}scm/a/b.git` }), {
      hint: /DRONE_GIT_USERNAME/,
    });
  });
});
