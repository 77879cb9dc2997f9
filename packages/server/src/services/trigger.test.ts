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

  it('[api createBuild] without an owner, or without its row, makes no build', async () => {
    for (const userId of [0, 77]) {
      const outcome = await trigger(sourceOf(pipeline('a')), { repo: { ...repo, userId } });
      assert.equal(outcome.kind === 'skipped' && outcome.code, 'owner-missing');
    }
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
