import assert from 'node:assert/strict';
import type { BuildSearch } from '@sortie/server/store/build-search';
import { searchBuilds } from '@sortie/server/store/build-search';
import { insertBuild, type NewBuild } from '@sortie/server/store/builds';
import { type Db, inTransaction } from '@sortie/server/store/db';
import { claimStage } from '@sortie/server/store/leases';
import {
  countLeases,
  countOpenStages,
  listLeasedStages,
  listOpenStages,
} from '@sortie/server/store/open-stages';
import { findSecretPlaces, listRepoPlaces } from '@sortie/server/store/places';
import { insertRepo } from '@sortie/server/store/repos';
import {
  findRunner,
  insertRunner,
  listRunners,
  type RunnerDraft,
  removeRunner,
  updateRunner,
  upsertRunner,
} from '@sortie/server/store/runners';
import { insertSecret, type SecretHome } from '@sortie/server/store/secrets';
import { insertStages, type StageDraft, updateStage } from '@sortie/server/store/stages';
import { aBuildDraft, aRepo, aRunner, aStageDraft, NEW_BUILD, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const NOTHING = { uid: '', provider: '', state: '', image: '', region: '', size: '', address: '' };
const DETAILS = {
  ...NOTHING,
  filters: ['octocat/*'],
  error: '',
  caCert: '',
  tlsCert: '',
  tlsName: '',
  caKeySealed: '',
  tlsKeySealed: '',
};

function aNode(patch: Partial<RunnerDraft> = {}): RunnerDraft {
  const rest = { isPaused: false, isProtected: false, details: DETAILS, created: TEST_NOW };
  return { ...aRunner({ name: 'node-1', types: [] }), ...rest, ...patch };
}

async function addBuild(
  db: Db,
  repoId: number,
  stages: readonly StageDraft[],
  patch: Partial<NewBuild> = {},
) {
  return inTransaction(db, async (tx) => {
    const build = await insertBuild(tx, {
      ...aBuildDraft(),
      repoId,
      ...NEW_BUILD,
      ...patch,
    });
    return { build, stages: await insertStages(tx, build, stages) };
  });
}

/** Runners and nodes, the open stages, and what calls over many repositories look at. */
export function keepingQueue(it: StoreCase): void {
  it('runners and nodes are numbered as they come, also when they come at once', async ({ db }) => {
    const names = Array.from({ length: 5 }, (_, index) => `runner-${index}`);
    await Promise.all(names.map((name) => upsertRunner(db, aRunner({ name }), TEST_NOW)));
    await upsertRunner(db, aRunner({ name: 'runner-0' }), TEST_NOW + 1);
    const ids = (await listRunners(db)).map(({ nodeId }) => nodeId);
    assert.deepEqual(ids.toSorted(), [1, 2, 3, 4, 5]);
    assert.equal((await insertRunner(db, aNode()))?.nodeId, 6);
    assert.equal(await insertRunner(db, aNode()), undefined);
  });

  it('a node is changed by parts, kept when a runner takes its name, and removed unless protected', async ({
    db,
  }) => {
    const made = await insertRunner(db, aNode());
    assert.deepEqual(made, { ...aNode(), nodeId: 1, lastContact: 0, lastPoll: 0 });
    const details = { ...DETAILS, provider: 'amazon', filters: [] };
    const changed = await updateRunner(db, 'node-1', { details, isProtected: true, isPaused: true });
    assert.deepEqual(changed, {
      ...aNode(),
      nodeId: 1,
      lastContact: 0,
      lastPoll: 0,
      details,
      isProtected: true,
      isPaused: true,
    });
    assert.deepEqual(await updateRunner(db, 'node-1', {}), changed);
    assert.equal(await updateRunner(db, 'nobody', {}), undefined);
    await upsertRunner(db, aRunner({ name: 'node-1' }), TEST_NOW + 5);
    const taken = await findRunner(db, 'node-1');
    assert.deepEqual(
      [taken?.details.provider, taken?.isPaused, taken?.lastContact, taken?.types],
      ['amazon', true, TEST_NOW + 5, ['docker']],
    );
    assert.equal(await removeRunner(db, 'node-1'), false);
    await updateRunner(db, 'node-1', { isProtected: false });
    assert.equal(await removeRunner(db, 'node-1'), true);
    assert.equal(await removeRunner(db, 'node-1'), false);
  });

  it('open and leased stages are listed with their places and counted', async ({ db }) => {
    const repo = await insertRepo(db, aRepo({ visibility: 'internal' }));
    const other = await insertRepo(db, aRepo({ name: 'other' }));
    const first = await addBuild(db, repo.id, [aStageDraft(), aStageDraft({ number: 2, status: 'blocked' })]);
    const second = await addBuild(db, other.id, [aStageDraft()]);
    const lease = { nowMs: TEST_NOW * 1000, expiresMs: TEST_NOW * 1000 + 1 };
    assert.ok(await inTransaction(db, (tx) => claimStage(tx, aRunner(), lease)));
    const open = await listOpenStages(db);
    assert.deepEqual(
      open.map((stage) => [stage.id, stage.repo, stage.buildNumber, stage.leaseRunner]),
      [
        [first.stages[0]?.id, { id: repo.id, slug: repo.slug, visibility: 'internal' }, 1, 'runner-1'],
        [second.stages[0]?.id, { id: other.id, slug: other.slug, visibility: 'private' }, 1, ''],
      ],
    );
    assert.deepEqual(await listOpenStages(db, { repoId: other.id }), open.slice(1));
    await inTransaction(db, (tx) =>
      updateStage(tx, first.stages[0]?.id ?? 0, { status: 'killed' }, TEST_NOW),
    );
    assert.deepEqual(
      (await listLeasedStages(db)).map(({ id, status }) => [id, status]),
      [[first.stages[0]?.id, 'killed']],
    );
    assert.deepEqual(await countLeases(db), new Map([['runner-1', 1]]));
    assert.deepEqual(await countOpenStages(db), { pending: 1, running: 0 });
  });

  it('builds are searched over all repositories, newest first', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const other = await insertRepo(db, aRepo({ name: 'other' }));
    const blocked = await addBuild(db, repo.id, [aStageDraft({ status: 'blocked' })]);
    const running = await addBuild(db, other.id, [aStageDraft()], { status: 'running', event: 'tag' });
    const ended = await addBuild(db, repo.id, [], { status: 'success', created: TEST_NOW + 9 });
    const all: BuildSearch = {
      limit: 10,
      before: undefined,
      statuses: [],
      isBlockedWanted: false,
      events: [],
      createdBefore: undefined,
      repoIds: undefined,
    };
    const ids = async (patch: Partial<BuildSearch>) =>
      (await searchBuilds(db, { ...all, ...patch })).map(({ id }) => id);
    const [a, b, c] = [blocked.build.id, running.build.id, ended.build.id];
    assert.deepEqual(await ids({}), [c, b, a]);
    assert.deepEqual(await ids({ limit: 1 }), [c]);
    assert.deepEqual(await ids({ before: c }), [b, a]);
    assert.deepEqual(await ids({ statuses: ['pending', 'running'] }), [b, a]);
    assert.deepEqual(await ids({ statuses: ['success', 'running'] }), [c, b]);
    assert.deepEqual(await ids({ isBlockedWanted: true }), [a]);
    assert.deepEqual(await ids({ isBlockedWanted: true, statuses: ['running'] }), [b, a]);
    assert.deepEqual(await ids({ events: ['tag', 'cron'] }), [b]);
    assert.deepEqual(await ids({ createdBefore: TEST_NOW + 9 }), [b, a]);
    assert.deepEqual(await ids({ repoIds: [repo.id], statuses: ['pending'] }), [a]);
  });

  it('the places of repositories and of secrets of one name are found', async ({ db }) => {
    const repo = await insertRepo(db, aRepo({ name: 'b' }));
    const other = await insertRepo(db, aRepo({ name: 'a' }));
    assert.deepEqual(
      await listRepoPlaces(db),
      [other, repo].map(({ id, slug, namespace, visibility }) => ({ id, slug, namespace, visibility })),
    );
    const draft = {
      sealed: 'x',
      allowsPullRequests: false,
      allowsPullRequestPushes: false,
      legacy: undefined,
    };
    const add = (home: SecretHome, name: string) =>
      insertSecret(db, home, { ...draft, name, created: TEST_NOW });
    await add({ repoId: repo.id }, 'token');
    await add({ repoId: other.id }, 'TOKEN');
    await add({ namespace: 'octocat' }, 'token');
    await add({ namespace: 'acme' }, 'token');
    assert.deepEqual(await findSecretPlaces(db, 'token'), {
      repoIds: new Set([repo.id]),
      namespaces: ['acme', 'octocat'],
    });
  });
}
