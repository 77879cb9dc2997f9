import assert from 'node:assert/strict';
import { findApprovalReason, insertApproval, isApprovedChange } from '@sortie/server/store/approvals';
import { findBuildById, insertBuild, listBuilds } from '@sortie/server/store/builds';
import { inTransaction } from '@sortie/server/store/db';
import {
  claimIntents,
  insertIntent,
  insertIntentOnce,
  listDueIntents,
  postponeIntents,
  removeIntents,
} from '@sortie/server/store/outbox';
import { insertRepo, removeRepo, updateRepo } from '@sortie/server/store/repos';
import {
  claimSentStatus,
  listSentStatuses,
  noteSentStatus,
  releaseSentStatus,
  removeSentStatusesBefore,
} from '@sortie/server/store/sent-statuses';
import { aBuildDraft, aRepo, NEW_BUILD, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const KINDS = ['status', 'pipelines'] as const;
/** What Git services are told of builds, and what people have approved of pull requests. */
export function keepingReports(it: StoreCase): void {
  it('all intents of a subject are taken up together, by one of several servers', async ({ db }) => {
    const add = (kind: 'status' | 'pipelines' | 'webhook', subject = 'build:1') =>
      inTransaction(db, (tx) => insertIntent(tx, { kind, subject, payload: {}, now: TEST_NOW }));
    for (const kind of ['status', 'pipelines', 'webhook', 'status'] as const) await add(kind);
    await add('status', 'build:2');
    const claim = { kinds: KINDS, subject: 'build:1', now: TEST_NOW, until: TEST_NOW + 60 };
    const claims = await Promise.all([claimIntents(db, claim), claimIntents(db, claim)]);
    assert.deepEqual(claims.map(({ length }) => length).sort(), [0, 3]);
    const taken = claims.find(({ length }) => length > 0) ?? [];
    assert.deepEqual(
      taken.map(({ attempts, due }) => [attempts, due]),
      [1, 2, 3].map(() => [1, TEST_NOW + 60]),
    );
    const due = await listDueIntents(db, TEST_NOW, 9);
    assert.deepEqual(due.map(({ kind, subject }) => `${kind} ${subject}`).sort(), [
      'status build:2',
      'webhook build:1',
    ]);
    assert.deepEqual(await claimIntents(db, { ...claim, subject: 'build:3' }), []);
  });

  it('an intent that comes while others of its subject have to wait waits with them', async ({ db }) => {
    const add = () =>
      inTransaction(db, (tx) =>
        insertIntent(tx, { kind: 'status', subject: 'build:1', payload: {}, now: TEST_NOW }),
      );
    await add();
    const claim = { kinds: KINDS, subject: 'build:1', now: TEST_NOW, until: TEST_NOW + 60 };
    const [first] = await claimIntents(db, claim);
    await postponeIntents(db, [first?.id ?? 0], TEST_NOW + 30);
    await add();
    assert.deepEqual(await claimIntents(db, claim), []);
    assert.deepEqual(await listDueIntents(db, TEST_NOW + 29, 9), []);
    const both = await claimIntents(db, { ...claim, now: TEST_NOW + 30, until: TEST_NOW + 90 });
    assert.deepEqual(both.map(({ attempts }) => attempts).sort(), [1, 2]);
    await removeIntents(
      db,
      both.map(({ id }) => id),
    );
    await removeIntents(db, []);
    assert.deepEqual(await listDueIntents(db, TEST_NOW + 999, 9), []);
  });

  it('one intent that nobody has taken up is enough', async ({ db }) => {
    const add = (subject = 'build:1') =>
      inTransaction(db, (tx) =>
        insertIntentOnce(tx, { kind: 'pipelines', subject, payload: {}, now: TEST_NOW }),
      );
    for (const subject of ['build:1', 'build:1', 'build:2']) await add(subject);
    assert.equal((await listDueIntents(db, TEST_NOW, 9)).length, 2);
    await claimIntents(db, { kinds: KINDS, subject: 'build:1', now: TEST_NOW, until: TEST_NOW + 60 });
    await add();
    assert.equal((await listDueIntents(db, TEST_NOW, 9, ['pipelines'])).length, 2);
    assert.deepEqual(await listDueIntents(db, TEST_NOW, 9, ['webhook']), []);
  });

  it('of each label of a commit the last status that was taken is known', async ({ db }) => {
    const { id: repoId } = await insertRepo(db, aRepo());
    const status = {
      repoId,
      sha: 'a'.repeat(40),
      label: 'ci/push',
      state: 'pending',
      buildId: 1,
      updated: 5,
    };
    await noteSentStatus(db, status);
    await noteSentStatus(db, { ...status, state: 'success', buildId: 2, updated: 6 });
    await noteSentStatus(db, { ...status, sha: 'b'.repeat(40) });
    assert.deepEqual(await listSentStatuses(db, status), [
      { ...status, state: 'success', buildId: 2, updated: 6 },
    ]);
    await removeSentStatusesBefore(db, 6);
    assert.deepEqual(await listSentStatuses(db, { repoId, sha: 'b'.repeat(40) }), []);
    assert.equal((await listSentStatuses(db, status)).length, 1);
    await removeRepo(db, repoId);
    assert.deepEqual(await listSentStatuses(db, status), []);
  });

  it('what must be sent once is given to one who asks, until it is given back', async ({ db }) => {
    const { id: repoId } = await insertRepo(db, aRepo());
    const once = { repoId, sha: 'a'.repeat(40), label: 'comment/1', state: 'x', buildId: 1, updated: 5 };
    const given = await Promise.all([claimSentStatus(db, once), claimSentStatus(db, once)]);
    assert.deepEqual(given.sort(), [false, true]);
    await releaseSentStatus(db, once);
    assert.equal(await claimSentStatus(db, once), true);
  });

  it('an approval is of one commit and one configuration of one pull request', async ({ db }) => {
    const { id: repoId } = await insertRepo(db, aRepo());
    const other = await insertRepo(db, aRepo({ name: 'other' }));
    const change = { repoId, pull: 7, headSha: 'a'.repeat(40), configHash: 'c' };
    for (const userId of [1, 2]) {
      await inTransaction(db, (tx) => insertApproval(tx, change, { userId, now: TEST_NOW }));
    }
    assert.equal(await isApprovedChange(db, change), true);
    for (const patch of [{ repoId: other.id }, { pull: 8 }, { headSha: 'b' }, { configHash: 'd' }]) {
      assert.equal(await isApprovedChange(db, { ...change, ...patch }), false, JSON.stringify(patch));
    }
    await removeRepo(db, repoId);
    assert.equal(await isApprovedChange(db, change), false);
  });

  it('a build keeps why it had to wait for a person, and lists leave it out', async ({ db }) => {
    const { id: repoId } = await insertRepo(db, aRepo());
    const add = (approval: 'fork' | undefined) =>
      inTransaction(db, (tx) =>
        insertBuild(tx, {
          ...aBuildDraft(),
          ...NEW_BUILD,
          repoId,
          ...(approval === undefined ? {} : { approval }),
        }),
      );
    const blocked = await add('fork');
    const free = await add(undefined);
    assert.equal((await findBuildById(db, blocked.id))?.approval, 'fork');
    assert.equal(await findApprovalReason(db, blocked.id), 'fork');
    assert.equal(await findApprovalReason(db, free.id), undefined);
    assert.equal(await findApprovalReason(db, 0), undefined);
    assert.ok((await listBuilds(db, repoId, { limit: 9 })).every((build) => !('approval' in build)));
  });

  it('a repository keeps how it treats forks, and an unknown word is the strictest', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    assert.deepEqual(
      [repo.forkApproval, repo.forkConfig, repo.ignoreReopened, repo.autoCancelClosed],
      ['default', 'head', false, false],
    );
    const flags = { ignoreReopened: true, autoCancelClosed: true };
    const patch = { forkApproval: 'never', forkConfig: 'base', ...flags } as const;
    const changed = await updateRepo(db, repo.id, patch);
    assert.deepEqual({ ...changed, ...patch }, changed);
    const back = await updateRepo(db, repo.id, { forkApproval: 'default', forkConfig: 'head' });
    assert.deepEqual([back?.forkApproval, back?.forkConfig], ['default', 'head']);
    await db.updateTable('repos').set({ fork_approval: 'future', fork_config: 'future' }).execute();
    const odd = await updateRepo(db, repo.id, {});
    assert.deepEqual([odd?.forkApproval, odd?.forkConfig], ['always', 'base']);
  });
}
