import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEST_KEY } from '@sortie/testing/domain-builders';
import { createSealer } from '../seal/sealer.ts';
import { endRotations } from '../services/end-rotations.ts';
import type { ForgeRepo } from '../services/forge.ts';
import { repairRepo } from '../services/repair-repo.ts';
import { openRepoSigner, rotateRepoSigner } from '../services/repo-keys.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { type ActivationWorld, openActivationWorld } from './activation.fixture.ts';

const sealer = createSealer([TEST_KEY]);

async function signerOf({ db }: ActivationWorld): Promise<string> {
  const repo = await findRepoBySlug(db, 'ada/demo');
  return openRepoSigner({ db, sealer }, repo?.id ?? 0);
}

async function rotateAndBreakOff(world: ActivationWorld): Promise<void> {
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  await rotateRepoSigner({ db: world.db, sealer }, repo?.id ?? 0, world.now() + 600);
}

test('[scm H6] after a crash before the service heard of the new secret, the hook has it when the old one ends', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.advance(5_000);
  await rotateAndBreakOff(world);
  world.advance(601_000);
  await endRotations({ ...world, reportFailure: assert.fail });
  assert.deepEqual(
    world.fake.hooks.map(({ secret, active }) => [secret, active]),
    [[await signerOf(world), true]],
  );
});

test('[scm H6] after a crash between the second hook and the note of it, the hook with the new secret stays', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.advance(5_000);
  await rotateAndBreakOff(world);
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.ok(repo);
  await world.forgeOf(repo.connectionId).webhooks?.rotate(world.ada, repo);
  world.advance(601_000);
  await endRotations({ ...world, reportFailure: assert.fail });
  assert.deepEqual(
    world.fake.hooks.map(({ secret, active }) => [secret, active]),
    [[await signerOf(world), true]],
  );
});

test('[scm H6] a rotation without an answer keeps both secrets, for the service may have taken the new one', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const before = await signerOf(world);
  world.advance(5_000);
  world.gogs.traps.htmlStatus = 502;
  const { db } = world;
  const repo = await findRepoBySlug(db, 'ada/demo');
  assert.ok(repo);
  const forge = world.forgeOf(repo.connectionId);
  const found = { ...forge, findRepo: async () => FOUND(repo.uid) };
  const deps = { ...world, db, sealer, forgeOf: () => found, reportFailure: assert.fail };
  await assert.rejects(repairRepo(deps, repo, { rotates: true }), { code: 'service-unavailable' });
  assert.notEqual(await signerOf(world), before);
  world.gogs.traps.htmlStatus = undefined;
  world.advance(601_000);
  await endRotations({ ...world, reportFailure: assert.fail });
  assert.equal(world.fake.hooks[0]?.secret, await signerOf(world));
});

const FOUND = (uid: string): ForgeRepo => ({
  ...{ uid, namespace: 'ada', name: 'demo', httpUrl: '', sshUrl: '', link: '', defaultBranch: '' },
  ...{ isPrivate: false, visibility: 'public', isArchived: false, permission: undefined },
});
