import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Driver } from '@sortie/scm/driver';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import { TEST_KEY } from '@sortie/testing/domain-builders';
import type { FakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { type ActivationWorld, openActivationWorld } from '../routes/activation.fixture.ts';
import { createSealer } from '../seal/sealer.ts';
import { disableRepo } from '../services/disable-repo.ts';
import { enableRepo } from '../services/enable-repo.ts';
import { inRepoTurn } from '../services/repo-turn.ts';
import { findRepoHealth } from '../store/repo-health.ts';
import { claimRepoTurn } from '../store/repo-turns.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { createScmForge } from './scm-forge.ts';

test('[scm H2] two activations at once leave one webhook', async (t) => {
  const world = await openActivationWorld(t);
  const answers = await Promise.all([world.send('POST'), world.send('POST'), world.send('POST')]);
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200],
  );
  assert.equal(world.fake.hooks.length, 1);
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.equal((await findRepoHealth(world.db, repo?.id ?? 0)).hookId, String(world.fake.hooks[0]?.id));
});

test('[scm H2] two servers that activate at once leave one webhook, which both know', async (t) => {
  const world = await openActivationWorld(t);
  const { db, ada, broker, service } = world;
  const repo = await findRepoBySlug(db, 'ada/demo');
  assert.ok(repo);
  await world.enable();
  const signerOf = () => Promise.resolve('an-equal-secret');
  const anotherServer = () =>
    createScmForge({ service, broker, hookUrl: `${world.url}/hook`, hookEvents: ['push'], signerOf });
  // Both have looked before either has made one.
  world.fake.hooks.splice(0);
  const made = await Promise.all([1, 2, 3].map(() => anotherServer().installHook(ada, repo)));
  assert.equal(world.fake.hooks.length, 1);
  assert.ok(made.some((hook) => hook?.id === String(world.fake.hooks[0]?.id)));
});

/** The first call of one kind is held: `begun` resolves when it has come, and it goes on after `release`. */
function holding(what: 'createHook' | 'deleteHook') {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const driver = (gogs: FakeGogs): Driver => {
    const own = createGogsDriver({ server: gogs.url, serverHost: 'ci.example.test', wire: fetch });
    const hold = async () => {
      begun.resolve();
      await gate.promise;
    };
    return {
      ...own,
      async createHook(...call) {
        const made = await own.createHook(...call);
        if (what === 'createHook') await hold();
        return made;
      },
      async deleteHook(...call) {
        await own.deleteHook(...call);
        if (what === 'deleteHook') await hold();
      },
    };
  };
  return { driver, begun: begun.promise, release: () => gate.resolve() };
}

/** A second server over the same database, as its use cases see it. */
async function secondServer({ db, ada, broker, service, gogs, url, now }: ActivationWorld) {
  const driver = createGogsDriver({ server: gogs.url, serverHost: 'ci.example.test', wire: fetch });
  const repo = await findRepoBySlug(db, 'ada/demo');
  assert.ok(repo);
  const signerOf = () => Promise.resolve('an-equal-secret');
  const forge = createScmForge({
    ...{ service: { ...service, driver }, broker, hookUrl: `${url}/hook`, hookEvents: ['push'], signerOf },
  });
  const deps = {
    ...{ db, now, forgeOf: () => forge, sealer: createSealer([TEST_KEY]) },
    reportFailure: (message: string, error: unknown) => assert.fail(`${message}: ${String(error)}`),
  };
  return { deps, repo, input: { repo, user: ada } };
}

/** Whether the repository is active, and how many webhooks it has at the service. */
async function stateOf(world: ActivationWorld): Promise<readonly [boolean | undefined, number]> {
  return [(await findRepoBySlug(world.db, 'ada/demo'))?.isActive, world.fake.hooks.length];
}

async function someTime(): Promise<void> {
  for (let round = 0; round < 200; round += 1) await turnOfLoop();
}

async function openHeld(t: TestContext, what: 'createHook' | 'deleteHook') {
  const held = holding(what);
  return { held, world: await openActivationWorld(t, { driver: held.driver }) };
}

test('[scm H2] who switches off while another server switches on leaves no active repository without its webhook', async (t) => {
  const { held, world } = await openHeld(t, 'createHook');
  const { deps, input } = await secondServer(world);
  const enabling = world.send('POST');
  await held.begun;
  const disabling = disableRepo(deps, input);
  await someTime();
  held.release();
  assert.equal((await enabling).statusCode, 200);
  assert.equal((await disabling).isHookRemoved, true);
  assert.deepEqual(await stateOf(world), [false, 0]);
});

test('[scm H2] who switches on while another server switches off gets a webhook', async (t) => {
  const { held, world } = await openHeld(t, 'deleteHook');
  await world.enable();
  const { deps, input } = await secondServer(world);
  const disabling = world.send('DELETE');
  await held.begun;
  const enabling = enableRepo(deps, input);
  await someTime();
  held.release();
  assert.equal((await disabling).statusCode, 200);
  assert.equal((await enabling).isActive, true);
  assert.deepEqual(await stateOf(world), [true, 1]);
});

test('[scm H2] however often it is switched on and off at once, an active repository has one webhook and another none', async (t) => {
  const world = await openActivationWorld(t);
  const { deps, input } = await secondServer(world);
  const answers = await Promise.all([
    ...[1, 2].flatMap(() => [world.send('POST'), world.send('DELETE')]),
    ...[1, 2].flatMap(() => [enableRepo(deps, input), disableRepo(deps, input)]),
  ]);
  assert.ok(answers.every((answer) => !('statusCode' in answer) || answer.statusCode === 200));
  const [isActive, hooks] = await stateOf(world);
  assert.equal(hooks, isActive ? 1 : 0);
});

test('the turn of a server that died runs out, and whoever waits too long hears why', async (t) => {
  const world = await openActivationWorld(t);
  const { deps, repo } = await secondServer(world);
  await claimRepoTurn(world.db, { repoId: repo.id, until: world.now() + 60 }, world.now());
  const work = async () => 'done';
  await assert.rejects(inRepoTurn({ ...deps, patienceMs: 1 }, repo, work), { code: 'conflict' });
  const waiting = inRepoTurn(deps, repo, work);
  await someTime();
  world.advance(60_000);
  assert.equal(await waiting, 'done');
  await assert.rejects(
    inRepoTurn(deps, repo, async () => Promise.reject(new TypeError('a failure'))),
    TypeError,
  );
  assert.equal(await inRepoTurn({ ...deps, patienceMs: 1 }, repo, work), 'done', 'a failure ends the turn');
});
