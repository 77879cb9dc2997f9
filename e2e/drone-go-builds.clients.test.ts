import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { oracleMissing } from '@sortie/testing/go-oracle';
import { type ClientWorld, createClientWorld } from './clients/client-world.ts';
import { type GoAnswer, type GoClient, startGoClient } from './clients/go-client.ts';

/** Results of drone-go, with the fields that the assertions look at. */
interface GoBuild {
  readonly number: number;
  readonly parent: number;
  readonly event: string;
  readonly status: string;
  readonly params: Readonly<Record<string, string>>;
  readonly stages: readonly { readonly number: number; readonly status: string }[] | null;
}

const REPO = ['ada', 'demo'] as const;

describe('[sdk S09] drone-go and builds', { skip: oracleMissing() }, () => {
  let world: ClientWorld;
  let go: GoClient;

  before(async () => {
    world = await createClientWorld();
    go = await startGoClient(world);
  });
  after(async () => {
    await go?.close();
    await world?.close();
  });

  const build = async (answer: Promise<GoAnswer>): Promise<GoBuild> => {
    const { result, error } = await answer;
    assert.equal(error, undefined);
    return result as GoBuild;
  };

  it('[go Build] reads a build with its stages', async () => {
    const found = await build(go.call('Build', ...REPO, 1));
    assert.partialDeepStrictEqual(found, { number: 1, event: 'push', status: 'success' });
    assert.equal(found.stages?.[0]?.status, 'success');
  });

  it('[go BuildLast] reads the newest build of a branch', async () => {
    assert.equal((await build(go.call('BuildLast', ...REPO, 'main'))).number, 1);
    assert.match((await go.call('BuildLast', ...REPO, 'none')).error ?? '', /client error 404/);
  });

  it('[go BuildList] lists builds, newest first', async () => {
    const { result } = await go.call('BuildList', ...REPO, { Page: 1, Size: 25 });
    assert.deepEqual(
      (result as GoBuild[]).map(({ number }) => number),
      [1],
    );
  });

  it('[go BuildCreate] starts a build of a branch with parameters', async () => {
    const made = await build(go.call('BuildCreate', ...REPO, '', 'main', { color: 'red' }));
    assert.partialDeepStrictEqual(made, { number: 2, event: 'custom', params: { color: 'red' } });
    await world.done(2);
  });

  it('[go BuildRestart] restarts with further parameters', async () => {
    const made = await build(go.call('BuildRestart', ...REPO, 2, { color: 'blue', size: 'xl' }));
    assert.partialDeepStrictEqual(made, { number: 3, parent: 2, params: { color: 'red', size: 'xl' } });
    await world.done(3);
  });

  it('[go Promote] deploys a build', async () => {
    const made = await build(go.call('Promote', ...REPO, 2, 'production', { color: 'green' }));
    assert.partialDeepStrictEqual(made, {
      number: 4,
      event: 'promote',
      deploy_to: 'production',
      params: { color: 'green' },
    });
    await world.done(4);
  });

  it('[go Rollback] takes a deployment back', async () => {
    const made = await build(go.call('Rollback', ...REPO, 2, 'production', {}));
    assert.partialDeepStrictEqual(made, { number: 5, event: 'rollback', deploy_to: 'production' });
    await world.done(5);
  });

  it('[go Logs] reads the lines of a step', async () => {
    const { result } = await go.call('Logs', ...REPO, 4, 1, 2);
    const text = (result as { out: string }[]).map(({ out }) => out).join('');
    assert.match(text, /target=production color=green\n$/);
  });

  it('[go LogsPurge] removes the log of a step', async () => {
    assert.equal((await go.call('LogsPurge', ...REPO, 3, 1, 2)).error, undefined);
    assert.match((await go.call('Logs', ...REPO, 3, 1, 2)).error ?? '', /client error 404/);
  });

  it('[go QueuePause] [go Queue] [go QueueResume] hold builds back, show them, and let them go', async () => {
    assert.equal((await go.call('QueuePause')).error, undefined);
    const made = await build(go.call('BuildCreate', ...REPO, world.sha, 'main', {}));
    const { result } = await go.call('Queue');
    assert.partialDeepStrictEqual(result, [{ name: 'default', status: 'pending', type: 'exec' }]);
    assert.equal((await go.call('QueueResume')).error, undefined);
    await world.done(made.number);
    assert.deepEqual((await go.call('Queue')).result, []);
  });

  it('[go Incomplete] [go IncompleteV2] [go BuildCancel] show what is not done, until it is cancelled', async () => {
    await go.call('QueuePause');
    const { number } = await build(go.call('BuildCreate', ...REPO, '', 'main', {}));
    const repos = (await go.call('Incomplete')).result;
    assert.partialDeepStrictEqual(repos, [{ slug: 'ada/demo', build: { number, status: 'pending' } }]);
    const stages = (await go.call('IncompleteV2')).result;
    assert.partialDeepStrictEqual(stages, [
      { repo_slug: 'ada/demo', build_number: number, stage_limit: '0' },
    ]);
    assert.equal((await go.call('BuildCancel', ...REPO, number)).error, undefined);
    assert.equal((await build(go.call('Build', ...REPO, number))).status, 'killed');
    assert.deepEqual((await go.call('Incomplete')).result, []);
    assert.deepEqual((await go.call('IncompleteV2')).result, []);
    await go.call('QueueResume');
  });

  it('[go Approve] lets a blocked stage run', async () => {
    await world.request('PATCH', '/api/repos/ada/demo', { protected: true });
    const { number } = await build(go.call('BuildCreate', ...REPO, '', 'main', {}));
    assert.equal((await build(go.call('Build', ...REPO, number))).stages?.[0]?.status, 'blocked');
    assert.equal((await go.call('Approve', ...REPO, number, 1)).error, undefined);
    await world.done(number);
    assert.match((await go.call('Approve', ...REPO, number, 1)).error ?? '', /client error 400/);
  });

  it('[go Decline] ends a build that waits for an approval', async () => {
    const { number } = await build(go.call('BuildCreate', ...REPO, '', 'main', {}));
    assert.equal((await go.call('Decline', ...REPO, number, 1)).error, undefined);
    assert.equal((await build(go.call('Build', ...REPO, number))).status, 'declined');
    await world.request('PATCH', '/api/repos/ada/demo', { protected: false });
  });

  it('[go BuildPurge] removes the older builds', async () => {
    assert.equal((await go.call('BuildPurge', ...REPO, 3)).error, undefined);
    assert.match((await go.call('Build', ...REPO, 2)).error ?? '', /client error 404/);
    assert.equal((await build(go.call('Build', ...REPO, 3))).number, 3);
  });

  it('refuses nobody with 401, a stranger with 404 and 403, and names what is missing', async () => {
    const rows: readonly [string, readonly unknown[], number, number][] = [
      ['Build', [...REPO, 3], 401, 404],
      ['BuildLast', [...REPO, 'main'], 401, 404],
      ['BuildList', [...REPO, {}], 401, 404],
      ['BuildCreate', [...REPO, '', 'main', {}], 401, 404],
      ['BuildRestart', [...REPO, 3, {}], 401, 404],
      ['BuildCancel', [...REPO, 3], 401, 404],
      ['BuildPurge', [...REPO, 3], 401, 404],
      ['Promote', [...REPO, 3, 'x', {}], 401, 404],
      ['Rollback', [...REPO, 3, 'x', {}], 401, 404],
      ['Approve', [...REPO, 3, 1], 401, 404],
      ['Decline', [...REPO, 3, 1], 401, 404],
      ['Logs', [...REPO, 3, 1, 1], 401, 404],
      ['LogsPurge', [...REPO, 3, 1, 1], 401, 404],
      ['Queue', [], 401, 403],
      ['QueuePause', [], 401, 403],
      ['QueueResume', [], 401, 403],
      ['Incomplete', [], 401, 403],
      ['IncompleteV2', [], 401, 403],
    ];
    const seen: [string, string, string][] = [];
    for (const [method, args] of rows) {
      const nobody = await go.callAs('', method, ...args);
      const stranger = await go.callAs(world.strangerToken, method, ...args);
      seen.push([method, statusIn(nobody), statusIn(stranger)]);
    }
    assert.deepEqual(
      seen,
      rows.map(([method, , nobody, stranger]) => [method, String(nobody), String(stranger)]),
    );
    for (const method of ['Build', 'BuildRestart', 'BuildCancel', 'Promote', 'Rollback', 'Approve', 'Logs']) {
      const rest: Readonly<Record<string, readonly unknown[]>> = {
        BuildRestart: [{}],
        Promote: ['x', {}],
        Rollback: ['x', {}],
        Approve: [1],
        Logs: [1, 1],
      };
      const answer = await go.call(method, ...REPO, 999, ...(rest[method] ?? []));
      assert.equal(statusIn(answer), '404', method);
    }
  });
});

function statusIn({ error }: GoAnswer): string {
  return /^client error (\d+)/.exec(error ?? '')?.[1] ?? error ?? 'no error';
}
