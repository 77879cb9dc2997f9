import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runThrough, take } from '@sortie/testing/queue-runs';
import { openPostgres } from '../store/postgres.fixture.ts';
import { openReportingWorld } from './status-world.fixture.ts';

test('[scm C9] several servers over one PostgreSQL tell of each state of a build once', async (t) => {
  const world = await openReportingWorld(t, 'gitea', { database: await openPostgres() });
  const count = 8;
  for (let number = 0; number < count; number += 1) {
    await world.start(undefined, { in: world.repo, build: { after: `${number}`.repeat(40) } });
  }
  const senders = [1, 2, 3, 4].map(() => world.newSender());
  const passes = () => Promise.all(senders.map((sender) => sender.pass()));
  await passes();
  assert.equal(world.seen().length, count);
  for (let number = 0; number < count; number += 1) await runThrough(world, await take(world));
  await passes();
  assert.deepEqual(Map.groupBy(world.states(), (state) => state).get('success')?.length, count);
  assert.equal(world.seen().length, 2 * count);
});
