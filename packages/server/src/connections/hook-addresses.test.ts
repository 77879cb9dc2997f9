import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openActivationWorld } from '../routes/activation.fixture.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { hookAddressesOf } from './hook-addresses.ts';
import { createScmForge } from './scm-forge.ts';

test('[scm H2] a hook at the shared address gives way to one at the own address of the service, and back', async (t) => {
  const world = await openActivationWorld(t);
  const { ada, broker, service, fake } = world;
  await world.enable();
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.ok(repo);
  const forgeWith = (count: number) => {
    const all = Array.from({ length: count }, () => service);
    const addresses = hookAddressesOf(world.url, all, service);
    const signerOf = () => Promise.resolve('an-equal-secret');
    return createScmForge({ service, broker, ...addresses, hookEvents: ['push'], signerOf });
  };
  const foreign = { url: `${world.url}/hook/other`, contentType: 'json', events: ['push'], active: true };
  fake.hooks.push({ id: 99, secret: 'x', ...foreign });
  const targets = () => fake.hooks.map(({ url }) => url.slice(world.url.length)).sort();
  assert.deepEqual(targets(), ['/hook', '/hook/other']);
  const several = forgeWith(2);
  assert.ok(await several.webhooks?.find(ada, repo), 'the former one counts as ours');
  for (const _again of [1, 2]) {
    const made = await several.installHook(ada, repo);
    assert.deepEqual(targets(), ['/hook/gogs', '/hook/other']);
    assert.equal(fake.hooks.find(({ url }) => url.endsWith('/gogs'))?.id, Number(made?.id));
  }
  const single = forgeWith(1);
  await single.installHook(ada, repo);
  assert.deepEqual(targets(), ['/hook', '/hook/other']);
  await several.removeHook(ada, repo);
  assert.deepEqual(targets(), ['/hook/other']);
});
