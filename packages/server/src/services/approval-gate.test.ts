import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { signConfig } from '@sortie/pipeline/signature';
import { aRepo, aUser, TEST_KEY } from '@sortie/testing/domain-builders';
import { createFakeSource } from '@sortie/testing/fake-source';
import { openQueueWorld } from '@sortie/testing/queue-views';
import type { QueueWorld } from '@sortie/testing/queue-world';
import { createSealer } from '../seal/sealer.ts';
import { insertRepo } from '../store/repos.ts';
import { listStages } from '../store/stages.ts';
import { insertTemplate } from '../store/templates.ts';
import { insertUser } from '../store/users.ts';
import { requireRepoSecret } from './repo-keys.ts';
import { triggerBuild } from './trigger.ts';
import type { TriggerRequest } from './trigger-request.ts';

const hmac = {
  hmacSha256: (key: string, data: string) => createHmac('sha256', key).update(data).digest('hex'),
};
const text = ['one', 'two', 'three']
  .map((name) => `kind: pipeline\nname: ${name}\nsteps: [{name: a, image: busybox, commands: ["true"]}]\n`)
  .join('depends_on: []\n---\n')
  .concat('depends_on: [one]\n');

describe('the gate of a protected repository', () => {
  let world: QueueWorld;
  let repo: Repo;

  beforeEach(async () => {
    world = await openQueueWorld();
    const owner = await insertUser(world.db, aUser());
    repo = await insertRepo(world.db, aRepo({ userId: owner.id, isProtected: true }));
  });
  afterEach(() => world.close());

  async function built(config: string, patch: Partial<TriggerRequest> = {}) {
    const { db, events, now, queue } = world;
    const source = createFakeSource();
    const sha = source.commit('refs/heads/main', { files: { '.drone.yml': config } });
    const rules = {
      jsonnet: { isEnabled: false, importLimit: 0 },
      starlark: { isEnabled: false, steps: 0, outputBytes: 0 },
    };
    const deps = {
      db,
      events,
      now,
      source,
      wake: queue.wake,
      stop: queue.stop,
      convert: rules,
      instance: 'ci',
    };
    const sealer = createSealer([TEST_KEY]);
    const outcome = await triggerBuild(
      { ...deps, sealer, reportFailure: () => assert.fail('a failure was reported') },
      {
        ...{
          repo,
          origin: '@hook',
          event: 'push',
          action: '',
          ref: 'refs/heads/main',
          before: '',
          after: sha,
        },
        ...{ source: 'main', target: 'main', sender: 'octocat', title: '', message: '', link: '' },
        ...{ params: {}, cron: '', deployTo: '' },
        ...patch,
      },
    );
    if (outcome.kind !== 'built') throw new Error(`the trigger ended as ${outcome.kind}`);
    const { isSigned, isVerified, id, status } = outcome.build;
    const stages = (await listStages(db, id)).map((stage) => stage.status);
    return { isSigned, isVerified, status, stages, approval: outcome.approval };
  }

  async function signed(): Promise<string> {
    const keys = { db: world.db, sealer: createSealer([TEST_KEY]) };
    return signConfig(hmac, text, await requireRepoSecret(keys, repo.id));
  }

  const origins: readonly [string, Partial<TriggerRequest>][] = [
    ['a push', {}],
    ['the clock', { origin: '@cron', event: 'cron', cron: 'nightly' }],
    ['a person', { origin: { login: 'grace' }, event: 'custom' }],
    ['a promotion', { origin: { login: 'grace' }, event: 'promote', deployTo: 'production' }],
  ];
  for (const [name, patch] of origins) {
    it(`[pipeline 110] ${name} without a signature waits for an approval`, async () => {
      const stages = ['blocked', 'blocked', 'blocked'];
      const seen = await built(text, patch);
      assert.deepEqual(seen, {
        ...{ isSigned: false, isVerified: false, status: 'pending', stages },
        approval: 'not-signed',
      });
    });
  }

  it('[pipeline 110] a template of the namespace needs an approval too: nobody has signed what it makes', async () => {
    const template = {
      name: 't.yaml',
      data: 'kind: pipeline\nname: made\nsteps: []\n',
      created: 1,
      updated: 1,
    };
    await insertTemplate(world.db, { ...template, namespace: repo.namespace });
    const { isSigned, stages, approval } = await built('kind: template\nload: t.yaml\n');
    assert.deepEqual([isSigned, stages, approval], [false, ['blocked'], 'not-signed']);
  });

  it('[pipeline 109] a signature of the repository lets the stages run', async () => {
    const stages = ['pending', 'pending', 'waiting_on_dependencies'];
    const seen = await built(await signed());
    assert.deepEqual(seen, {
      ...{ isSigned: true, isVerified: true, status: 'pending', stages },
      approval: undefined,
    });
  });

  it('[pipeline 109] a changed file, or a signature with another key, waits for an approval', async () => {
    const changed = (await signed()).replace('busybox', 'alpine');
    for (const config of [changed, signConfig(hmac, text, 'x'.repeat(32))]) {
      const seen = await built(config);
      assert.deepEqual(seen.stages, ['blocked', 'blocked', 'blocked']);
      assert.deepEqual([seen.isSigned, seen.isVerified, seen.approval], [true, false, 'not-verified']);
    }
  });

  it('an unprotected repository does not ask for a signature, but knows of one', async () => {
    const seen = await built(await signed(), { repo: { ...repo, isProtected: false } });
    assert.deepEqual([seen.isSigned, seen.isVerified, seen.stages[0]], [true, true, 'pending']);
  });
});
