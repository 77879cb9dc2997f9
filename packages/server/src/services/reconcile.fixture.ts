import assert from 'node:assert/strict';
import type { WireReconciliation } from '@sortie/contract/repo-health-routes';
import { openActivationWorld, PIPELINE } from '../routes/activation.fixture.ts';
import { listBuilds } from '../store/builds.ts';
import { findRepoBySlug } from '../store/repos.ts';

/** The repository is active, and no webhook arrives. */
export async function openSilent(t: Parameters<typeof openActivationWorld>[0]) {
  const world = await openActivationWorld(t, { gogs: { traps: { blocksLocalNetwork: true } } });
  const first = world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  await world.enable();
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.ok(repo);
  return {
    ...world,
    repo,
    first,
    async reconcile(isDryRun = false): Promise<WireReconciliation> {
      const answer = await world.send('POST', '/reconcile', { payload: { dry_run: isDryRun } });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json<WireReconciliation>();
    },
    async builds() {
      const builds = await listBuilds(world.db, repo.id, { limit: 50 });
      return builds.map(({ event, ref, before, after }) => [event, ref, before, after]);
    },
  };
}
