import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openActivationWorld, PIPELINE } from '../routes/activation.fixture.ts';
import { findRepoBySlug } from '../store/repos.ts';

test('[scm X31] a repository that was made anew under the old name is not built with the secrets of the one before', async (t) => {
  const world = await openActivationWorld(t);
  const { gogs, db } = world;
  gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  const repo = await findRepoBySlug(db, 'ada/demo');
  assert.ok(repo);
  gogs.rename('ada/demo', 'ada/renamed');
  gogs.addRepo('ada/demo', { isPrivate: false });
  gogs.push('ada/demo', { files: { '.drone.yml': 'kind: pipeline\nname: hostile\nsteps: []\n' } });
  const source = world.sourceOf(repo);
  const refused = { code: 'not-found', message: 'Another repository is called ada/demo at Gogs now.' };
  await assert.rejects(async () => source?.commitWithFile(repo, 'refs/heads/main', '.drone.yml'), refused);
  await assert.rejects(async () => source?.findCommit(repo, 'refs/heads/main'), refused);
});

test('the identity of a repository is asked for once in a burst of builds', async (t) => {
  const world = await openActivationWorld(t);
  const { gogs, db } = world;
  gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  const repo = await findRepoBySlug(db, 'ada/demo');
  assert.ok(repo);
  const asked = () => gogs.requests.filter(({ path }) => path === '/api/v1/repos/ada/demo').length;
  const before = asked();
  for (let round = 0; round < 3; round += 1) {
    await world.sourceOf(repo)?.commitWithFile(repo, 'refs/heads/main', '.drone.yml');
  }
  assert.equal(asked() - before, 1);
});
