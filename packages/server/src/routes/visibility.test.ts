import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';
import { ANONYMOUS, type Caller, FULL_GRANT } from '../auth/identify.ts';
import { createVisibility } from './visibility.ts';

test('a stream shows the repositories of a restricted token only, public ones too, and follows a change', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser({ isAdmin: true });
  const open = { repo: { visibility: 'public' } } as const;
  const [{ repo: mine }, { repo: other }] = [await world.start(), await world.start(undefined, open)];
  const callerFor = (repoIds: readonly number[]): Caller => ({
    via: 'token',
    user,
    token: { ...FULL_GRANT, repoIds },
  });
  let current = callerFor([mine.id]);
  const deps = { db: world.db, now: world.now, isPrivate: false, identify: async () => current };
  const mayShow = createVisibility(deps, current);
  assert.deepEqual([await mayShow(mine), await mayShow(other)], [true, false]);
  current = callerFor([other.id]);
  world.advance(10_000);
  assert.deepEqual([await mayShow(mine), await mayShow(other)], [false, true]);
});

test('in private mode a stream shows nothing more to whom has lost the account', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  const { repo } = await world.start(undefined, { repo: { visibility: 'public' } });
  for (const lost of [ANONYMOUS, { via: 'session', user: { ...user, isActive: false } }] as const) {
    const deps = { db: world.db, now: world.now, isPrivate: true, identify: async () => lost };
    const mayShow = createVisibility(deps, { via: 'session', user });
    assert.equal(await mayShow(repo), true);
    world.advance(10_000);
    assert.equal(await mayShow(repo), false);
  }
});
