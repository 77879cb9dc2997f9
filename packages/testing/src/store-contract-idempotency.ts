import assert from 'node:assert/strict';
import { createBuild } from '@sortie/server/services/create-build';
import { inTransaction } from '@sortie/server/store/db';
import {
  claimKey,
  findKey,
  forgetOldKeys,
  freeKey,
  KEEP_KEYS_SECONDS,
  noteBuildOfKey,
  releaseKeys,
  renewKey,
  storeAnswer,
  takeOverKey,
} from '@sortie/server/store/idempotency';
import { insertRepo } from '@sortie/server/store/repos';
import { aBuildDraft, aRepo, TEST_NOW } from './domain-builders.ts';
import { rejectsWith } from './rejects-with.ts';
import type { StoreCase } from './store-case.ts';

const REQUEST = {
  owner: 'user:1',
  key: 'k',
  fingerprint: 'f',
  holder: 'a',
  heldUntil: TEST_NOW + 15,
  created: TEST_NOW,
};

/** Idempotency keys: claims, take-overs and stored answers. */
export function keepingKeys(it: StoreCase): void {
  it('of many who claim a key at once one gets it', async ({ db }) => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, index) => claimKey(db, { ...REQUEST, holder: `h${index}` })),
    );
    assert.equal(claims.filter((claim) => claim !== undefined).length, 1);
    assert.ok((await claimKey(db, { ...REQUEST, owner: 'user:2' })) !== undefined);
  });

  it('a key is taken over once, and its old holder can neither store nor make a build', async ({ db }) => {
    const seen = await claimKey(db, REQUEST);
    assert.ok(seen !== undefined);
    assert.equal(await takeOverKey(db, seen, { holder: 'b', heldUntil: TEST_NOW + 30 }), true);
    assert.equal(await takeOverKey(db, seen, { holder: 'c', heldUntil: TEST_NOW + 30 }), false);
    const answer = { status: 200, headers: '[]', bodySealed: 'x' };
    assert.equal(await storeAnswer(db, seen, answer), false);
    await rejectsWith(
      'conflict',
      inTransaction(db, (tx) => noteBuildOfKey(tx, seen, 5)),
    );
    assert.equal(await storeAnswer(db, { ...seen, holder: 'b' }, answer), true);
    const stored = await findKey(db, 'user:1', 'k');
    assert.deepEqual([stored?.holder, stored?.heldUntil, stored?.answer], ['', 0, answer]);
  });

  it('a freed key is gone, unless its request has made a build', async ({ db }) => {
    const first = await claimKey(db, REQUEST);
    assert.ok(first !== undefined);
    await renewKey(db, first, TEST_NOW + 60);
    assert.equal((await findKey(db, 'user:1', 'k'))?.heldUntil, TEST_NOW + 60);
    await freeKey(db, first);
    assert.equal(await findKey(db, 'user:1', 'k'), undefined);
    const second = await claimKey(db, REQUEST);
    assert.ok(second !== undefined);
    const repo = await insertRepo(db, aRepo());
    const events = { publish: () => undefined };
    const deps = { db, events, wake: () => undefined, now: () => TEST_NOW };
    const build = await createBuild(deps, {
      repo,
      draft: aBuildDraft(),
      stages: [],
      within: (tx, made) => noteBuildOfKey(tx, second, made.id),
    });
    await freeKey(db, second);
    const kept = await findKey(db, 'user:1', 'k');
    assert.deepEqual([kept?.buildId, kept?.heldUntil], [build.id, 0]);
  });

  it('old keys are forgotten once nobody works on them', async ({ db }) => {
    const held = await claimKey(db, { ...REQUEST, heldUntil: TEST_NOW + 2 * KEEP_KEYS_SECONDS });
    const late = () => TEST_NOW + KEEP_KEYS_SECONDS + 1;
    await forgetOldKeys({ db, now: late });
    assert.deepEqual(await findKey(db, 'user:1', 'k'), held);
    await releaseKeys(db);
    await forgetOldKeys({ db, now: () => TEST_NOW + KEEP_KEYS_SECONDS });
    assert.ok((await findKey(db, 'user:1', 'k')) !== undefined);
    await forgetOldKeys({ db, now: late });
    assert.equal(await findKey(db, 'user:1', 'k'), undefined);
  });
}
