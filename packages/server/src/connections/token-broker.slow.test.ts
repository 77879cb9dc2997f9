import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ScmError } from '@sortie/scm/errors';
import { ALIVE, NOW, openDriver } from '@sortie/scm/rest/test-drivers';
import { aUser, TEST_KEY } from '@sortie/testing/domain-builders';
import { createSealer } from '../seal/sealer.ts';
import { openToken, sealToken } from '../services/identity-tokens.ts';
import { ensureConnection } from '../store/connections.ts';
import { openDatabase } from '../store/db.ts';
import { findIdentityByUid, insertIdentity, updateIdentity } from '../store/identities.ts';
import { insertUser } from '../store/users.ts';
import { gitServices } from './open-services.ts';
import { createTokenBroker } from './token-broker.ts';

/** GitLab, whose refresh tokens work once, and an account whose token has expired. */
async function open(t: TestContext, refresh: string) {
  const { driver, fake, close } = await openDriver('gitlab');
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(async () => {
    await database.close();
    await close();
  });
  const { db } = database;
  const sealer = createSealer([TEST_KEY]);
  const connection = await ensureConnection(db, { kind: 'gitlab', name: 'gitlab', url: fake.url });
  const services = gitServices([{ connection, driver, title: 'GitLab', skipsVerify: false }]);
  const user = await insertUser(db, aUser());
  const account = { userId: user.id, connectionId: connection.id };
  const { id } = await insertIdentity(db, { ...account, uid: '7', login: 'ada', created: 1 });
  const expired = { access: 'old', refresh, expires: NOW / 1000 - 1 };
  await updateIdentity(db, id, { ...sealToken(sealer, id, expired), updated: 1 });
  const broker = () =>
    createTokenBroker({ db, sealer, services, nowMs: () => NOW, sleep: () => setImmediate() });
  const refreshes = () => fake.calls.filter(({ path }) => path === '/oauth/token').length;
  const stored = async () => {
    const identity = await findIdentityByUid(db, connection.id, '7');
    return identity && { isInvalid: identity.isInvalid, ...openToken(sealer, identity) };
  };
  const signIn = async (access: string, patch: { readonly uid?: string; readonly updated?: number } = {}) => {
    const { uid = '7', updated = 2 } = patch;
    const known = await findIdentityByUid(db, connection.id, uid);
    const identity = known ?? (await insertIdentity(db, { ...account, uid, login: 'ada', created: 1 }));
    const token = sealToken(sealer, identity.id, { access, refresh: '', expires: 0 });
    await updateIdentity(db, identity.id, { ...token, updated });
  };
  const isInvalid = async (uid: string) => (await findIdentityByUid(db, connection.id, uid))?.isInvalid;
  return { broker, account, refreshes, stored, signIn, isInvalid };
}

test('[scm L15] [scm X37] an expired token that works once is renewed once, whoever needs it, on every server', async (t) => {
  const world = await open(t, 'refresh-1');
  const servers = [world.broker(), world.broker()];
  const used = await Promise.all(
    [0, 1, 0, 1, 0].map((at) => servers[at]?.use(world.account, async ({ access }) => access)),
  );
  assert.deepEqual(used, Array(5).fill(ALIVE.access));
  assert.equal(world.refreshes(), 1);
  const stored = await world.stored();
  assert.deepEqual([stored?.access, stored?.refresh, stored?.isInvalid], [ALIVE.access, 'refresh-2', false]);
});

test('[scm X37] a refresh token that the service refuses is not tried for ever', async (t) => {
  const world = await open(t, 'used-before');
  const broker = world.broker();
  for (const _ of [1, 2]) {
    await assert.rejects(
      broker.use(world.account, async () => undefined),
      { code: 'service-token' },
    );
  }
  assert.equal(world.refreshes(), 1);
  assert.equal((await world.stored())?.isInvalid, true);
});

test('[scm X37] a token that was replaced during a call makes way for the new one, which nobody marks', async (t) => {
  const world = await open(t, '');
  await world.signIn('first');
  const used: string[] = [];
  const answer = await world.broker().use(world.account, async ({ access }) => {
    used.push(access);
    if (access === 'second') return 'done';
    await world.signIn('second', { updated: 3 });
    throw new ScmError('unauthorized', 'the token was replaced');
  });
  assert.deepEqual([answer, used], ['done', ['first', 'second']]);
  assert.equal((await world.stored())?.isInvalid, false);
});

test('[scm X37] a refused token marks its own account and not another one of the same person', async (t) => {
  const world = await open(t, '');
  await world.signIn('first');
  const use = world.broker().use(world.account, async () => {
    await world.signIn('other', { uid: '8', updated: 9 });
    throw new ScmError('unauthorized', 'the token was revoked');
  });
  await assert.rejects(use, { code: 'service-token' });
  assert.deepEqual([await world.isInvalid('7'), await world.isInvalid('8')], [true, false]);
});
