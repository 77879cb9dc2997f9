import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { aRepo, aUser, TEST_KEY } from '@sortie/testing/domain-builders';
import { openQueueWorld } from '@sortie/testing/queue-views';
import type { QueueWorld } from '@sortie/testing/queue-world';
import { createSealer } from '../seal/sealer.ts';
import { findBuildById, listBuilds } from '../store/builds.ts';
import { insertRepo } from '../store/repos.ts';
import { listStages } from '../store/stages.ts';
import { insertUser, updateUser } from '../store/users.ts';
import type { RepoSource, SourceCommit } from './source.ts';
import { triggerBuild } from './trigger.ts';
import type { TriggerRequest } from './trigger-request.ts';

const COMMIT: SourceCommit = {
  sha: 'a'.repeat(40),
  message: 'Add a feature\n\nbecause',
  authorLogin: '',
  authorName: 'Ada',
  authorEmail: 'ada@example.com',
};

/** A repository with one commit, in memory. */
function sourceOf(text: string | undefined | AppError, commit: SourceCommit = COMMIT): RepoSource {
  const find = (ref: string) => (ref === commit.sha ? commit : undefined);
  return {
    findCommit: async (_repo, ref) => find(ref),
    commitWithFile: async (_repo, ref) => {
      if (text instanceof AppError) throw text;
      const found = find(ref);
      return found && { commit: found, text };
    },
  };
}

function pipeline(name: string, more = ''): string {
  return `kind: pipeline\ntype: docker\nname: ${name}\n${more}steps:\n  - name: a\n    image: busybox\n    commands: ["true"]\n`;
}

describe('a trigger', () => {
  let world: QueueWorld;
  let repo: Repo;

  beforeEach(async () => {
    world = await openQueueWorld();
    const owner = await insertUser(world.db, aUser());
    repo = await insertRepo(world.db, aRepo({ userId: owner.id }));
  });
  afterEach(() => world.close());

  function trigger(source: RepoSource, patch: Partial<TriggerRequest> = {}) {
    const deps = {
      db: world.db,
      events: world.events,
      wake: world.queue.wake,
      stop: world.queue.stop,
      sealer: createSealer([TEST_KEY]),
      reportFailure: (_message: string, error: unknown) => {
        throw error;
      },
      now: world.now,
      source,
      instance: 'ci',
      convert: {
        jsonnet: { isEnabled: false, importLimit: 0 },
        starlark: { isEnabled: false, steps: 0, outputBytes: 0 },
      },
    };
    return triggerBuild(deps, {
      repo,
      origin: '@hook',
      event: 'push',
      action: '',
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      after: COMMIT.sha,
      source: 'main',
      target: 'main',
      sender: 'octocat',
      title: '',
      message: '',
      link: '',
      params: {},
      cron: '',
      deployTo: '',
      ...patch,
    });
  }

  const skips: readonly [string, RepoSource, Partial<TriggerRequest>, string, RegExp][] = [
    [
      'an event that the repository ignores',
      sourceOf(pipeline('a')),
      { event: 'tag', repo: { ...aRepo(), id: 1, userId: 1, counter: 0, version: 1, allowTags: false } },
      'event-ignored',
      /does not build tags/,
    ],
    [
      'a skip word in the commit message',
      sourceOf(pipeline('a'), { ...COMMIT, message: 'docs [CI SKIP]' }),
      {},
      'skip-directive',
      /asks for none/,
    ],
    [
      'a skip word in the title',
      sourceOf(pipeline('a')),
      { event: 'pull_request', title: 'x ***NO_CI***' },
      'skip-directive',
      /asks for none/,
    ],
    ['no pipeline file', sourceOf(undefined), {}, 'config-missing', /no \.drone\.yml in commit aaaaaaaa/],
    [
      'a commit that is gone',
      sourceOf('x'),
      { after: 'b'.repeat(40) },
      'commit-missing',
      /bbbbbbbb is not there any more/,
    ],
    ['an empty pipeline file', sourceOf('# nothing\n'), {}, 'conditions-not-met', /holds no pipeline/],
    [
      'conditions that do not hold',
      sourceOf(pipeline('a', 'trigger:\n  event: tag\n')),
      {},
      'conditions-not-met',
      /a: .*event/,
    ],
    [
      'paths that have not changed',
      {
        ...sourceOf(pipeline('a', 'trigger:\n  paths: docs/**\n')),
        changedFiles: async () => ['src/main.ts'],
      },
      {},
      'conditions-not-met',
      /a: no changed file matches paths/,
    ],
  ];
  for (const [name, source, patch, code, reason] of skips) {
    it(`with ${name} makes no build, takes no number, and says why`, async () => {
      const outcome = await trigger(source, patch);
      assert.equal(outcome.kind, 'skipped');
      if (outcome.kind !== 'skipped') return;
      assert.equal(outcome.code, code);
      assert.match(outcome.message, reason);
      const next = await trigger(sourceOf(pipeline('a')));
      assert.equal(next.kind === 'built' && next.build.number, 1);
    });
  }

  it('on an inactive repository makes no build and says why', async () => {
    const outcome = await trigger(sourceOf(pipeline('a')), { repo: { ...repo, isActive: false } });
    assert.deepEqual(outcome, {
      kind: 'skipped',
      code: 'repo-inactive',
      message: 'the repository is not active',
    });
  });

  it('ignores skip words for tags', async () => {
    const outcome = await trigger(sourceOf(pipeline('a'), { ...COMMIT, message: '[ci skip]' }), {
      event: 'tag',
      ref: 'refs/tags/v1',
    });
    assert.equal(outcome.kind, 'built');
  });

  it('makes the stages that match, numbered in file order, with those that need others waiting', async () => {
    const text = [
      pipeline('one'),
      pipeline('two', 'trigger:\n  branch: release\n'),
      pipeline('three', 'depends_on: [one, two]\n'),
    ].join('---\n');
    const outcome = await trigger(sourceOf(text));
    assert.equal(outcome.kind, 'built');
    if (outcome.kind !== 'built') return;
    const stages = await listStages(world.db, outcome.build.id);
    assert.deepEqual(
      stages.map(({ number, name, status, dependsOn }) => [number, name, status, dependsOn]),
      [
        [1, 'one', 'pending', []],
        [2, 'three', 'waiting_on_dependencies', ['one']],
      ],
    );
    const { build } = outcome;
    assert.deepEqual(
      [build.trigger, build.sender, build.authorLogin, build.authorName, build.message],
      ['@hook', 'octocat', 'octocat', 'Ada', 'Add a feature\n\nbecause'],
    );
  });

  it('names the person when a person asked', async () => {
    const outcome = await trigger(sourceOf(pipeline('a')), { origin: { login: 'grace' } });
    assert.equal(outcome.kind === 'built' && outcome.build.trigger, 'grace');
  });

  it('with a file that has errors makes a build in error without stages and without parameters', async () => {
    const outcome = await trigger(sourceOf('kind: pipeline\nname: a\nsteps: 3\n'), { params: { A: 'b' } });
    assert.equal(outcome.kind, 'error-build');
    if (outcome.kind !== 'error-build') return;
    const { build } = outcome;
    assert.match(build.error, /^\.drone\.yml:3:\d+: error: /);
    assert.deepEqual(
      [build.status, build.trigger, build.params, build.started === build.finished],
      ['error', '', {}, true],
    );
    assert.deepEqual(await listStages(world.db, build.id), []);
  });

  it('with a file over the limit makes a build in error that says so', async () => {
    const tooLarge = new AppError('config-too-large', 'The file .drone.yml is larger than 1 MiB.', {
      hint: 'Split it.',
    });
    const outcome = await trigger(sourceOf(tooLarge));
    assert.equal(
      outcome.kind === 'error-build' && outcome.build.error,
      '.drone.yml:1:1: error: The file .drone.yml is larger than 1 MiB. (Split it.)',
    );
  });

  it('[api createBuild] without an owner, or without its row, nobody gets a build by asking', async () => {
    for (const userId of [0, 77]) {
      const asked = { repo: { ...repo, userId }, origin: { login: 'grace' } };
      const outcome = await trigger(sourceOf(pipeline('a')), asked);
      assert.equal(outcome.kind === 'skipped' && outcome.code, 'owner-missing');
    }
  });

  it('[scm S14] a webhook for a repository without an owner makes a build in error that names the remedy', async () => {
    const unowned = { repo: { ...repo, userId: 0 }, message: 'Add a feature', sender: 'ada' };
    const causes: unknown[] = [];
    const within = async (_tx: unknown, _build: unknown, cause: unknown) => void causes.push(cause);
    const outcome = await trigger(sourceOf(pipeline('a')), { ...unowned, within });
    assert.equal(outcome.kind, 'error-build');
    if (outcome.kind !== 'error-build') return;
    assert.match(outcome.build.error, /has no owner.*activate it again/);
    assert.deepEqual([outcome.build.message, outcome.build.status], ['Add a feature', 'error']);
    assert.deepEqual(causes, ['owner-missing']);
    const skipped = await trigger(sourceOf(pipeline('a')), { ...unowned, message: 'x [skip ci]' });
    assert.equal(skipped.kind === 'skipped' && skipped.code, 'skip-directive');
    const inactive = { repo: { ...repo, userId: 0, isActive: false } };
    const quiet = await trigger(sourceOf(pipeline('a')), inactive);
    assert.equal(quiet.kind === 'skipped' && quiet.code, 'repo-inactive');
  });

  it('[pipeline 45] [scm M24] [scm M25] a skip word in the middle of a message counts for pushes and pull requests only', async () => {
    const source = sourceOf(pipeline('a'), {
      ...COMMIT,
      message: 'fix a typo [CI SKIP] in the docs\n\nmore',
    });
    const codes = [];
    for (const patch of [
      {},
      { event: 'pull_request', message: 'body ***no_ci***', sourceRepo: repo.slug } as const,
      { event: 'tag', ref: 'refs/tags/v1' } as const,
      { event: 'cron', cron: 'nightly' } as const,
      { event: 'custom' } as const,
      { event: 'promote', deployTo: 'eu' } as const,
      { event: 'rollback', deployTo: 'eu' } as const,
    ]) {
      const outcome = await trigger(source, patch);
      codes.push(outcome.kind === 'skipped' ? outcome.code : outcome.kind);
    }
    const skip = 'skip-directive';
    assert.deepEqual(codes, [skip, skip, 'built', 'built', 'built', 'built', 'built']);
    const branch = { ref: 'refs/heads/[skip ci]', source: '[skip ci]', target: '[skip ci]' };
    assert.equal((await trigger(sourceOf(pipeline('a')), branch)).kind, 'built');
  });

  it('[pipeline 46] [scm M24] a skip word in the title of a pull request makes no build', async () => {
    const pull = { event: 'pull_request', sourceRepo: repo.slug, ref: 'refs/pull/1/head' } as const;
    const outcome = await trigger(sourceOf(pipeline('a')), { ...pull, title: 'Docs [skip ci]' });
    assert.equal(outcome.kind === 'skipped' && outcome.code, 'skip-directive');
    assert.equal((await trigger(sourceOf(pipeline('a')), { ...pull, title: 'Docs' })).kind, 'built');
  });

  it('[pipeline 44] [scm M18] a reopened pull request is built, unless the repository says that it is not', async () => {
    const pull = { event: 'pull_request', action: 'reopened', sourceRepo: repo.slug } as const;
    const source = sourceOf(pipeline('a'));
    assert.equal((await trigger(source, pull)).kind, 'built');
    const off = { ...repo, ignoreReopened: true };
    const outcome = await trigger(source, { ...pull, repo: off });
    assert.equal(outcome.kind === 'skipped' && outcome.code, 'event-ignored');
    assert.equal((await trigger(source, { ...pull, repo: off, action: 'opened' })).kind, 'built');
  });

  it('[scm X35] [scm X36] keeps no control characters of what an event says, and lines in the message only', async () => {
    const outcome = await trigger(sourceOf(pipeline('a')), {
      message: 'fix\nX=1\u0000\u001b[31mred\r',
      title: 'a\nTITLE=1',
      source: 'main\nX=1',
      target: 'main\nX=1',
      sender: 'eve\u0000\nX=1',
      author: {
        authorLogin: 'eve\n',
        authorName: 'Eve\nX=1',
        authorEmail: 'eve@example.com\u2028X=1',
        authorAvatar: '',
      },
      params: { 'A\nB': 'one\u0000\u0007two\nthree' },
    });
    assert.equal(outcome.kind, 'built');
    if (outcome.kind !== 'built') return;
    const { message, title, target, sender, authorLogin, authorName, authorEmail, params } = outcome.build;
    assert.deepEqual(
      [message, title, target, sender, authorLogin, authorName, authorEmail],
      ['fix\nX=1[31mred', 'a TITLE=1', 'main X=1', 'eve X=1', 'eve', 'Eve X=1', 'eve@example.com X=1'],
    );
    assert.deepEqual(params, { 'A B': 'onetwo\nthree' });
  });

  it('with a deactivated owner makes a build in error that names the remedy', async () => {
    await updateUser(world.db, repo.userId, { isActive: false });
    const outcome = await trigger(sourceOf(pipeline('a')));
    assert.equal(outcome.kind, 'error-build');
    if (outcome.kind !== 'error-build') return;
    assert.match(outcome.build.error, /octocat.*deactivated.*POST \/api\/repos\/octocat\/hello\/chown/);
  });

  it('a newer push lets older builds of its branch make way where the repository says so', async () => {
    const source = sourceOf(pipeline('a'));
    const start = async (patch: Partial<TriggerRequest> = {}) => {
      const outcome = await trigger(source, { repo: { ...repo, autoCancelPushes: true }, ...patch });
      if (outcome.kind !== 'built') throw new Error(`the trigger ended as ${outcome.kind}`);
      return outcome.build.id;
    };
    const first = await start();
    const other = await start({ ref: 'refs/heads/other', target: 'other' });
    const third = await start();
    const statuses = [];
    for (const id of [first, other, third]) statuses.push((await findBuildById(world.db, id))?.status);
    assert.deepEqual(statuses, ['skipped', 'pending', 'pending']);
  });

  it('fails as a whole when the source cannot be asked', async () => {
    const source = sourceOf(new AppError('git-missing', 'The git program was not found.'));
    await assert.rejects(trigger(source), { code: 'git-missing' });
    assert.deepEqual(await listBuilds(world.db, repo.id, { limit: 5 }), []);
  });
});
