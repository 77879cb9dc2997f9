import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';
import { ensureConnection } from '../store/connections.ts';
import { insertIdentity } from '../store/identities.ts';
import { updateRepo } from '../store/repos.ts';
import { ownsNamespace } from './org-role.ts';

test('[scm X30] a nickname of Bitbucket Cloud, which anybody may choose, gives no namespace; a login of Gogs does', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  for (const [kind, owns] of [
    ['bitbucket', false],
    ['gogs', true],
  ] as const) {
    const login = `acme-${kind}`;
    const url = `https://${kind}.example.test/`;
    const connection = await ensureConnection(world.db, { kind, name: kind, url });
    const user = await world.addUser({ login, connectionId: connection.id, uid: '7' });
    await insertIdentity(world.db, {
      ...{ userId: user.id, connectionId: connection.id },
      uid: '7',
      login,
      created: 1,
    });
    const { repo } = await world.start(undefined, { repo: { namespace: login, name: 'demo' } });
    await updateRepo(world.db, repo.id, { connectionId: connection.id });
    assert.equal(await ownsNamespace(world, user, login), owns);
  }
});

test('[scm X30] taking the settings of a service away gives its namespaces to nobody of another service', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  // Nothing here is connected: there are only the rows that earlier settings have left.
  const old = await ensureConnection(world.db, {
    kind: 'gogs',
    name: 'gogs',
    url: 'https://gogs.example.test/',
  });
  const { repo } = await world.start(undefined, { repo: { namespace: 'acme', name: 'demo' } });
  await updateRepo(world.db, repo.id, { connectionId: old.id });
  const stranger = await world.addUser({ login: 'acme' });
  assert.equal(await ownsNamespace(world, stranger, 'acme'), false);
});
