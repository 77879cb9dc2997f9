import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { createHttpWorld } from '@sortie/testing/http-world';
import { ensureConnection } from '../store/connections.ts';
import { insertIdentity, listIdentitiesOfUser } from '../store/identities.ts';
import { openPostgres } from '../store/postgres.fixture.ts';
import { unlinkIdentity } from './link-identity.ts';

test('of two requests that take the last two accounts away at the same time one is refused', async (t) => {
  const world = await createHttpWorld({ database: await openPostgres() });
  t.after(() => world.close());
  const url = 'https://git.example.test/';
  const connection = await ensureConnection(world.db, { kind: 'gogs', name: 'gogs', url });
  for (let round = 0; round < 10; round += 1) {
    const user = await world.addUser({ login: `u${round}`, connectionId: connection.id, uid: `${round}a` });
    const about = { userId: user.id, connectionId: connection.id, login: '', created: 1 };
    const ids = await Promise.all(
      ['a', 'b'].map(
        async (name) => (await insertIdentity(world.db, { ...about, uid: `${round}${name}` })).id,
      ),
    );
    const outcomes = await Promise.all(
      ids.map((id) =>
        unlinkIdentity(world, user.id, id).catch((error) => (error instanceof AppError ? error.code : error)),
      ),
    );
    assert.deepEqual(outcomes.map(String).toSorted(), ['last-identity', 'true']);
    assert.equal((await listIdentitiesOfUser(world.db, user.id)).length, 1);
  }
});
