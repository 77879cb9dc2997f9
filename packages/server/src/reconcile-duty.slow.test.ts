import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { parseConfig } from './config.ts';
import { startReconcileDuty } from './reconcile-duty.ts';
import { openActivationWorld, PIPELINE } from './routes/activation.fixture.ts';
import { listBuilds } from './store/builds.ts';
import { findRepoBySlug } from './store/repos.ts';

test('a server that polls builds pushes of which no webhook tells', async (t) => {
  const world = await openActivationWorld(t, { gogs: { traps: { blocksLocalNetwork: true } } });
  const env = { DRONE_GOGS_SERVER: world.gogs.url, SORTIE_POLL_INTERVAL: '100ms' };
  world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  await world.enable();
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.ok(repo);
  const pushed = world.gogs.push('ada/demo');
  const notes: string[] = [];
  const note = (_fields: unknown, message: string): void => void notes.push(message);
  const stop = startReconcileDuty({
    ...world,
    config: parseConfig(env, () => ''),
    builtinConnectionId: 1,
    instance: 'ci.example.test',
    log: { info: note, warn: note, error: note },
  });
  t.after(stop);
  await becomes(
    async () => (await listBuilds(world.db, repo.id, { limit: 5 })).map(({ after }) => after),
    [pushed],
    () => notes.join('\n'),
  );
  await stop();
  assert.deepEqual(notes, ['refs had moved without a delivery']);
});
