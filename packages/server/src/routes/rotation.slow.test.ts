import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEST_KEY } from '@sortie/testing/domain-builders';
import { createSealer } from '../seal/sealer.ts';
import { endRotations } from '../services/end-rotations.ts';
import { previousSignerPlace } from '../services/repo-keys.ts';
import { rotateSeal } from '../services/rotate-seal.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { type ActivationWorld, openActivationWorld } from './activation.fixture.ts';
import { signedHeaders, toBytes } from './hook-world.fixture.ts';

/** The status of a webhook that is signed with this secret. */
async function deliver(world: ActivationWorld, secret: string): Promise<number> {
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  const owner = { id: 1, login: 'ada', username: 'ada' };
  const repository = { id: Number(repo?.uid), name: 'demo', full_name: 'ada/demo', owner };
  const payload = toBytes({ ref: 'v1', ref_type: 'branch', sha: '', repository, sender: owner });
  const headers = signedHeaders('create', payload, secret);
  return (await world.app.inject({ method: 'POST', url: '/hook', headers, payload })).statusCode;
}

test('[scm H6] a rotation installs a second hook and switches the first off; both secrets work for ten minutes', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const [before] = world.fake.hooks;
  const answer = await world.send('POST', '/repair?rotate=true');
  assert.equal(answer.statusCode, 200, answer.body);
  const [old, fresh, ...others] = world.fake.hooks;
  assert.deepEqual([old?.id, old?.active, fresh?.active, others.length], [before?.id, false, true, 0]);
  assert.ok(old && fresh);
  assert.notEqual(fresh.secret, old.secret);
  assert.deepEqual([await deliver(world, old.secret), await deliver(world, fresh.secret)], [200, 200]);

  world.advance(599_000);
  await endRotations({ ...world, reportFailure: assert.fail });
  assert.equal(world.fake.hooks.length, 2);
  assert.equal(await deliver(world, old.secret), 200);

  world.advance(2_000);
  assert.equal(await deliver(world, old.secret), 400);
  await endRotations({ ...world, reportFailure: assert.fail });
  assert.deepEqual(
    world.fake.hooks.map(({ id }) => id),
    [fresh.id],
  );
  assert.deepEqual([await deliver(world, old.secret), await deliver(world, fresh.secret)], [400, 200]);
});

test('[scm H6] an old hook that cannot be removed is tried again, and its secret is forgotten all the same', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  await world.send('POST', '/repair?rotate=true');
  const [old] = world.fake.hooks;
  world.advance(601_000);
  const failures: string[] = [];
  const reportFailure = (message: string): void => void failures.push(message);
  world.gogs.traps.htmlStatus = 502;
  await endRotations({ ...world, reportFailure });
  assert.deepEqual(failures, ['the webhook before a rotation could not be removed']);
  assert.equal(await deliver(world, old?.secret ?? ''), 400);
  world.gogs.traps.htmlStatus = undefined;
  await endRotations({ ...world, reportFailure });
  assert.equal(world.fake.hooks.length, 1);
});

test('a rotation that the service refuses leaves the secret as it was', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const [hook] = world.fake.hooks;
  world.gogs.revokeTokens('ada');
  const answer = await world.send('POST', '/repair?rotate=true');
  assert.equal(answer.json<{ error_code: string }>().error_code, 'service-token');
  assert.equal(await deliver(world, hook?.secret ?? ''), 200);
});

test('the secret before a rotation is among what rotate-secrets seals anew', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const [old] = world.fake.hooks;
  await world.send('POST', '/repair?rotate=true');
  const next = Buffer.alloc(32, 7);
  const { unreadable } = await rotateSeal({ db: world.db, sealer: createSealer([next, TEST_KEY]) });
  assert.deepEqual(unreadable, []);
  const row = await world.db
    .selectFrom('repos')
    .select(['id', 'previous_signer_sealed'])
    .where('slug', '=', 'ada/demo')
    .executeTakeFirstOrThrow();
  const only = createSealer([next]);
  assert.equal(only.open(row.previous_signer_sealed, previousSignerPlace(row.id)), old?.secret);
});
