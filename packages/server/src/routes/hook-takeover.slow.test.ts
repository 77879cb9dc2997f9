import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRepoById } from '../store/repos.ts';
import { openHookWorld } from './hook-world.fixture.ts';

test('[scm X31] a genuine webhook that names another repository takes neither its name nor its address', async (t) => {
  const world = await openHookWorld(t);
  const { gogs, db } = world;
  // Gogs shows mallory, who administers ada/evil, the secret of its webhook.
  const { repo: evil, signer } = await world.addHooked('evil');
  gogs.addUser('mallory');
  gogs.setMode('ada/evil', 'mallory', 'admin');
  const claim = (name: string) =>
    world.pushOf(gogs.push('ada/evil'), {
      repository: {
        id: Number(evil.uid),
        name,
        full_name: `ada/${name}`,
        html_url: world.repo.link,
        clone_url: world.repo.httpUrl,
        default_branch: 'main',
        private: false,
        owner: { id: 1, login: 'ada', username: 'ada' },
      },
    });
  for (const name of ['demo', 'evil', 'not-there']) {
    await world.post('push', claim(name), { secret: signer });
    const victim = await findRepoById(db, world.repo.id);
    assert.deepEqual([victim?.slug, victim?.isActive], ['ada/demo', true], name);
    const after = await findRepoById(db, evil.id);
    assert.deepEqual([after?.slug, after?.httpUrl, after?.link], ['ada/evil', evil.httpUrl, evil.link], name);
  }
});
