import assert from 'node:assert/strict';
import { ensureConnection } from '@sortie/server/store/connections';
import type { Db } from '@sortie/server/store/db';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import {
  findIdentityByLogin,
  findIdentityByUid,
  handLoginOver,
  insertIdentity,
  listIdentitiesOfUser,
  removeIdentity,
} from '@sortie/server/store/identities';
import { findMembership, upsertMembership } from '@sortie/server/store/memberships';
import { isNamespaceElsewhere } from '@sortie/server/store/namespaces';
import { findPermission, upsertPermission } from '@sortie/server/store/permissions';
import { insertRepo } from '@sortie/server/store/repos';
import { removeRightsAt } from '@sortie/server/store/rights-at-service';
import {
  insertSignInState,
  removeExpiredSignInStates,
  type SignInState,
  takeSignInState,
} from '@sortie/server/store/sign-in-states';
import { insertUser, removeUser } from '@sortie/server/store/users';
import { aRepo, aUser, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

/** Sign-ins with services, and whose accounts there are whose. */
export function keepingSignIns(it: StoreCase): void {
  keepingStates(it);
  keepingIdentities(it);
}

function keepingStates(it: StoreCase): void {
  it('of many who come back with one state exactly one is believed', async ({ db }) => {
    await insertSignInState(db, aState());
    const key = { hash: 'state', browserHash: 'browser' };
    const taken = await Promise.all([1, 2, 3, 4].map(() => takeSignInState(db, key, TEST_NOW)));
    assert.deepEqual(
      taken.filter((state) => state !== undefined),
      [aState()],
    );
  });

  it('a state belongs to one browser and ends with its time', async ({ db }) => {
    await insertSignInState(db, aState());
    const take = (browserHash: string, now: number) =>
      takeSignInState(db, { hash: 'state', browserHash }, now);
    assert.equal(await take('other', TEST_NOW), undefined);
    assert.equal(await take('browser', TEST_NOW + 600), undefined);
    await removeExpiredSignInStates(db, TEST_NOW + 599);
    await insertSignInState(db, aState({ next: '/later' }));
    assert.equal((await take('browser', TEST_NOW + 599))?.next, '/later');
    await insertSignInState(db, aState());
    await removeExpiredSignInStates(db, TEST_NOW + 600);
    assert.equal(await take('browser', TEST_NOW), undefined);
  });
}

function keepingIdentities(it: StoreCase): void {
  it('an account of a service is found by login or e-mail address, whatever their case, at its connection', async ({
    db,
  }) => {
    const gogs = await aConnection(db, 'gogs');
    const user = await insertUser(db, aUser({ email: 'Ada@Example.com' }));
    const named = await insertUser(db, aUser({ login: 'other' }));
    const who = { connectionId: gogs, created: TEST_NOW };
    const own = await insertIdentity(db, { ...who, userId: user.id, uid: '7', login: 'Ada' });
    const odd = { ...who, userId: named.id, uid: '8', login: 'ada@example.com' };
    assert.deepEqual(await findIdentityByLogin(db, gogs, 'ADA'), own);
    assert.deepEqual(await findIdentityByLogin(db, gogs, 'ada@example.COM'), own);
    assert.equal(await findIdentityByLogin(db, 1, 'ada'), undefined);
    assert.equal(await findIdentityByLogin(db, gogs, ''), undefined);
    const second = await insertIdentity(db, odd);
    assert.equal((await findIdentityByLogin(db, gogs, 'ada@example.com'))?.id, second.id);
    await assert.rejects(insertIdentity(db, { ...odd, userId: user.id }), isDuplicateKey);
  });

  it('a login that the service has given to another account is no longer that of the first', async ({
    db,
  }) => {
    const gogs = await aConnection(db, 'gogs');
    const user = await insertUser(db, aUser());
    const who = { userId: user.id, created: TEST_NOW };
    const seen = [
      { connectionId: gogs, uid: '1', login: 'Ada' },
      { connectionId: gogs, uid: '2', login: 'ada' },
      { connectionId: gogs, uid: '3', login: 'bob' },
      { connectionId: 1, uid: '1', login: 'ada' },
    ];
    for (const each of seen) await insertIdentity(db, { ...who, ...each });
    await handLoginOver(db, { connectionId: gogs, uid: '2', login: 'ADA' });
    const left = (await listIdentitiesOfUser(db, user.id)).map(({ login }) => login);
    assert.deepEqual(left, ['', 'ada', 'bob', 'ada']);
  });

  it('accounts of services go with the person, and one by one', async ({ db }) => {
    const gogs = await aConnection(db, 'gogs');
    const user = await insertUser(db, aUser());
    const ids: number[] = [];
    for (const uid of ['1', '2']) {
      const who = { userId: user.id, connectionId: gogs, uid, login: uid, created: TEST_NOW };
      ids.push((await insertIdentity(db, who)).id);
    }
    assert.equal(await removeIdentity(db, user.id + 1, ids[0] ?? 0), false);
    assert.equal(await removeIdentity(db, user.id, ids[0] ?? 0), true);
    assert.deepEqual(
      (await listIdentitiesOfUser(db, user.id)).map(({ uid }) => uid),
      ['2'],
    );
    await removeUser(db, user.id);
    assert.equal(await findIdentityByUid(db, gogs, '2'), undefined);
  });

  it('what was allowed at a service is taken away, and nothing else', async ({ db }) => {
    const gogs = await aConnection(db, 'gogs');
    const user = await insertUser(db, aUser());
    const there = await insertRepo(db, aRepo({ connectionId: gogs, namespace: 'Acme' }));
    const here = await insertRepo(db, aRepo({ namespace: 'own' }));
    for (const repo of [there, here]) {
      const row = { read: true, write: false, admin: false, synced: TEST_NOW };
      await upsertPermission(db, { userId: user.id, repoId: repo.id }, row);
      const membership = { userId: user.id, namespace: repo.namespace, synced: TEST_NOW };
      await upsertMembership(db, { ...membership, role: 'member' });
    }
    assert.equal(await isNamespaceElsewhere(db, 1, 'acme'), true);
    assert.equal(await isNamespaceElsewhere(db, gogs, 'acme'), false);
    await removeRightsAt(db, user.id, gogs);
    assert.equal(await findPermission(db, user.id, there.id), undefined);
    assert.ok(await findPermission(db, user.id, here.id));
    assert.equal(await findMembership(db, user.id, 'Acme'), undefined);
    assert.equal(await findMembership(db, user.id, 'own'), 'member');
  });
}

async function aConnection(db: Db, kind: 'gogs'): Promise<number> {
  return (await ensureConnection(db, { kind, name: kind, url: 'https://git.example.com' })).id;
}

function aState(patch: Partial<SignInState> = {}): SignInState {
  return {
    hash: 'state',
    browserHash: 'browser',
    connectionId: 1,
    secretsSealed: 'sealed',
    next: '/',
    userId: 0,
    created: TEST_NOW,
    expires: TEST_NOW + 600,
    ...patch,
  };
}
