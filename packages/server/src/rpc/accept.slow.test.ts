import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { addSecret, cancel, storedBuild } from '@sortie/testing/queue-views';
import { sweep } from '../services/sweep.ts';
import { findStageById } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  createRpcWorld,
  DOCKER,
  type RpcWorld,
  statuses,
} from './rpc-world.fixture.ts';

const CONFIG = `kind: pipeline
type: docker
name: default
steps:
- name: build
  image: alpine
  commands: [make]
  environment:
    TOKEN: {from_secret: token}
`;

describe('accepting a stage and its details', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  test('[runner 33] the stage gets its machine and a new version, and stays pending', async () => {
    const { build } = await world.start();
    const stage = await accepted(aScriptedRunner(world));
    assert.deepEqual([stage.version, stage.machine, stage.status], [2, 'my-host', 'pending']);
    const stored = (await storedBuild(world, build.id)).stage;
    assert.deepEqual([stored.version, stored.machine, stored.status], [2, 'my-host', 'pending']);
  });

  test('[runner 34] names of machines come encoded in two ways', async () => {
    for (const text of ['my+host%2F1', 'my%20host%2F1']) {
      const { build } = await world.start();
      const { id } = (await aScriptedRunner(world).poll()).body;
      assert.equal((await world.call('POST', `/stage/${id}?machine=${text}`)).body.machine, 'my host/1');
      assert.equal((await storedBuild(world, build.id)).stage.machine, 'my host/1');
    }
  });

  test('[runner 35] a stage that a machine has is nobody else’s', async () => {
    await world.start();
    const runner = aScriptedRunner(world);
    await accepted(runner);
    assert.equal((await runner.accept(1, 'other')).status, 409);
    assert.equal((await aScriptedRunner(world, { address: '10.0.0.2' }).accept(1)).status, 409);
    assert.equal((await findStageById(world.db, 1))?.version, 2);
  });

  test('[runner 36] [W 1] a runner that missed the answer accepts again, and only the last one can begin', async () => {
    await world.start();
    const runner = aScriptedRunner(world);
    const first = await accepted(runner);
    const second = await runner.accept(1);
    assert.deepEqual([second.status, second.body.version], [200, 3]);
    assert.equal((await runner.putStage(1, { ...first, status: 'running', steps: [] })).status, 409);
    assert.equal((await runner.putStage(1, { ...second.body, status: 'running', steps: [] })).status, 200);
    assert.equal((await runner.accept(1)).status, 409);
  });

  test('[runner 37] [W 3] a cancelled stage cannot be accepted, and its build stays killed', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world);
    await runner.poll();
    await cancel(world, build.id);
    assert.equal((await runner.accept(1)).status, 409);
    assert.deepEqual(await statuses(world, build), ['killed', 'skipped']);
    assert.equal((await storedBuild(world, build.id)).build.isCancelling, false);
  });

  test('[runner 38] a runner without a name is told so', async () => {
    await world.start();
    const runner = aScriptedRunner(world);
    await runner.poll();
    for (const name of ['', 'a\nb', 'x'.repeat(201)])
      assert.equal((await runner.accept(1, name)).status, 400);
    assert.equal((await runner.accept(1)).status, 200);
  });

  test('[runner 39] what does not exist cannot be accepted', async () => {
    const runner = aScriptedRunner(world);
    assert.equal((await runner.accept(77)).status, 404);
    assert.equal((await world.call('POST', '/stage/x?machine=a')).status, 404);
  });

  test('a stage whose reservation ended meanwhile is accepted as long as it is free', async () => {
    await world.start();
    const runner = aScriptedRunner(world);
    await runner.poll();
    world.advance(16_000);
    await sweep(world);
    assert.equal((await runner.accept(1)).status, 200);
    await world.start();
    await aScriptedRunner(world, { address: '10.0.0.2' }).poll();
    assert.equal((await aScriptedRunner(world, { token: 'x' }).accept(2)).status, 401);
  });

  test('[runner 40] [W 33] the details hold the stored file and everything around it', async () => {
    const { repo } = await world.start([aStageDraft()], {
      build: { config: CONFIG, params: { A: '1' } },
      repo: { timeoutMinutes: 0 },
    });
    await addSecret(world, repo.id, { name: 'token', value: 'one' });
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const { body } = await runner.details(1);
    const keys = ['build', 'config', 'netrc', 'repository', 'secrets', 'stage', 'system'];
    assert.deepEqual(Object.keys(body).sort(), keys);
    assert.deepEqual(body.config, { Data: Buffer.from(CONFIG).toString('base64'), Hash: null });
    assert.deepEqual(body.system, {
      ...{ proto: 'http', host: 'localhost:8080', link: 'http://localhost:8080', version: '0.1.0' },
    });
    assert.match(body.repository.secret, /^[A-Za-z0-9]{32}$/);
    assert.deepEqual([body.repository.timeout, 'signer' in body.repository], [60, false]);
    assert.deepEqual([body.stage.version, body.build.params], [2, { A: '1' }]);
  });

  test('[runner 41] what there is none of is null', async () => {
    await world.start([aStageDraft()], { build: { config: CONFIG }, repo: { visibility: 'public' } });
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const { body } = await runner.details(1);
    assert.deepEqual([body.netrc, body.secrets], [null, null]);
  });

  test('[scm X23] the details of a pull request from a fork call nothing trusted, and a deleted fork is one', async () => {
    const fork = { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: '' } as const;
    await world.start([aStageDraft()], { repo: { isTrusted: true }, build: fork });
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const { build, repository } = (await runner.details(1)).body;
    assert.deepEqual([repository.trusted, build.source_repo], [false, '(unknown)']);
  });

  test('[scm X23] a fork that has the name of the repository on this server is called one', async () => {
    const fork = { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: 'octocat/app-2' } as const;
    const repo = { namespace: 'octocat', name: 'app-2', slug: 'octocat/app-2', serviceSlug: 'octocat/app' };
    await world.start([aStageDraft()], { repo, build: fork });
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const { repository, build } = (await runner.details(1)).body;
    assert.deepEqual([repository.slug, build.source_repo], ['octocat/app-2', '(unknown)']);
  });

  test('the details hold the credentials for the clone', async () => {
    const login = { machine: 'localhost', login: 'ci', password: 'pw' };
    const guarded = await createRpcWorld({ rpc: { cloneCredentials: () => login } });
    await guarded.start();
    const runner = aScriptedRunner(guarded);
    await accepted(runner);
    assert.deepEqual((await runner.details(1)).body.netrc, login);
    await guarded.close();
  });

  test('[runner 42] [W 34] a stage gets the secrets that it names, those of pull requests only where allowed', async () => {
    const { repo } = await world.start([aStageDraft()], { build: { config: CONFIG } });
    await addSecret(world, repo.id, { name: 'token', value: 'of the repository' });
    await addSecret(world, repo.id, { name: 'unnamed', value: 'stays here' });
    await world.start([aStageDraft()], {
      in: repo,
      build: { config: CONFIG, event: 'pull_request', ref: 'refs/pull/1/head', sourceRepo: repo.slug },
    });
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const details = await runner.details(1);
    assert.deepEqual(details.body.secrets, [
      { name: 'token', data: 'of the repository', pull_request: false },
    ]);
    assert.ok(!details.text.includes('stays here'));
    await accepted(runner);
    assert.equal((await runner.details(2)).body.secrets, null);
  });

  test('[runner 43] the build comes with all its stages, without their steps', async () => {
    await world.start([aStageDraft(), aStageDraft({ number: 2, name: 'b', dependsOn: ['default'] })]);
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const { stages } = (await runner.details(1)).body.build;
    assert.deepEqual(
      stages.map((stage: { name: string; status: string; steps?: unknown }) => [
        stage.name,
        stage.status,
        stage.steps,
      ]),
      [
        ['default', 'pending', undefined],
        ['b', 'waiting_on_dependencies', undefined],
      ],
    );
  });

  test('[runner 44] [W 20] details are for who has accepted, as long as the stage is not done', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world);
    assert.equal((await runner.details(1)).status, 409);
    await runner.poll();
    assert.equal((await runner.details(1)).status, 409);
    await runner.accept(1);
    assert.equal((await runner.details(1)).status, 200);
    await cancel(world, build.id);
    assert.equal((await runner.details(1)).status, 409);
    assert.equal((await runner.details(99)).status, 404);
  });

  test('[runner 45] [W 35] what can never be had ends the stage, what may come back does not', async () => {
    const { repo, build } = await world.start([aStageDraft()], { build: { config: CONFIG } });
    await addSecret(world, repo.id, { name: 'token', value: 'one' });
    await world.db.updateTable('secrets').set({ sealed: 'v1.damaged' }).execute();
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const answer = await runner.details(1);
    assert.equal(answer.status, 500);
    assert.match(answer.text, /^The secret "token" cannot be decrypted/);
    const { build: after, stage } = await storedBuild(world, build.id);
    assert.deepEqual([after.status, stage.status, stage.error], ['error', 'error', answer.text]);
    const flaky = await createRpcWorld({
      rpc: { cloneCredentials: () => Promise.reject(new Error('refused')) },
    });
    const second = await flaky.start();
    const other = aScriptedRunner(flaky);
    await accepted(other);
    assert.equal((await other.details(1)).status, 503);
    assert.deepEqual(await statuses(flaky, second.build), ['pending', 'pending']);
    await flaky.close();
  });

  test('[W 28] a runner is in the registry by its address until it says its name, and labels that none has are named', async () => {
    const { build } = await world.start([aStageDraft({ labels: { gpu: 'yes' } })]);
    const runner = aScriptedRunner(world, { address: '::ffff:10.0.0.7' });
    await runner.poll();
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const nodes = async () =>
      (await world.app.inject({ url: '/api/nodes', headers }))
        .json()
        .map((node: { name: string }) => node.name);
    assert.deepEqual(await nodes(), ['10.0.0.7 (docker linux/amd64)']);
    const { repo } = await world.start();
    const shown = await world.app.inject({
      url: `/api/repos/octocat/repo-1/builds/${build.number}`,
      headers,
    });
    const [reason] = shown.json().stages[0].waiting_for;
    assert.equal(reason.code, 'no-runner');
    assert.match(reason.message, /labels gpu=yes/);
    assert.ok(repo.id > 0);
    await accepted(runner);
    assert.deepEqual(await nodes(), ['my-host']);
    await runner.poll(DOCKER);
    assert.deepEqual(await nodes(), ['my-host']);
  });

  test('a paused runner is handed nothing', async () => {
    await world.start();
    const runner = aScriptedRunner(world);
    await accepted(runner);
    await world.start();
    const headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const pause = (paused: boolean) =>
      world.app.inject({ method: 'PATCH', url: '/api/nodes/my-host', headers, payload: { paused } });
    await pause(true);
    assert.equal((await runner.poll()).text, '{}');
    await pause(false);
    assert.equal((await runner.poll()).body.id, 2);
    await pause(true);
    assert.equal((await runner.accept(2)).status, 409);
    assert.equal((await findStageById(world.db, 2))?.leaseRunner, '');
    assert.deepEqual(world.delays, [5_000]);
  });
});
