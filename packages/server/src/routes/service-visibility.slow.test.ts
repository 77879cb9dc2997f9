import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Visibility } from '@sortie/core/repo';
import { ALIVE, openDriver } from '@sortie/scm/rest/test-drivers';
import { commitTo } from '@sortie/testing/fake-forge-state';
import { sendPush } from '@sortie/testing/fake-push';
import { createServiceWorld } from '@sortie/testing/service-world';
import { findRepoBySlug, updateRepo } from '../store/repos.ts';

const SLUG = 'acme/rocket';

/** `acme/rocket` at the fake of a service with three levels, synchronised by ada, who administers it. */
async function openWorld(t: TestContext, kind: 'gitea' | 'github' | 'gitlab', first: Visibility) {
  const open = await openDriver(kind);
  t.after(() => open.close());
  const world = await createServiceWorld({ kind, driver: () => open.driver });
  t.after(() => world.close());
  const ada = await world.addMember('ada');
  await world.setToken(ada, ALIVE);
  const headers = await world.bearer(ada);
  const rocket = open.fake.state.repos.find(({ slug }) => slug === SLUG);
  assert.ok(rocket);
  rocket.visibility = first;
  const request = async (method: 'POST' | 'PATCH', url: string, payload?: object) => {
    const answer = await world.app.inject({ method, url, headers, ...(payload && { payload }) });
    assert.equal(answer.statusCode, 200, answer.body);
  };
  const stored = async () => {
    const repo = await findRepoBySlug(world.db, SLUG);
    assert.ok(repo);
    return repo;
  };
  const ways = {
    sync: () => request('POST', '/api/user/repos'),
    repair: () => request('POST', `/api/repos/${SLUG}/repair`),
    async webhook() {
      const push = commitTo(open.fake.state, SLUG, {});
      assert.deepEqual(await sendPush(kind, open.fake, SLUG, push), [200]);
    },
  };
  await ways.sync();
  return {
    world,
    ways,
    stored,
    enable: () => request('POST', `/api/repos/${SLUG}`),
    choose: (visibility: Visibility) => request('PATCH', `/api/repos/${SLUG}`, { visibility }),
    /** The service says another word, and this server hears of it. Returns who sees the repository here then. */
    async says(word: Visibility, way: keyof typeof ways = 'sync') {
      rocket.visibility = word;
      await ways[way]();
      return (await stored()).visibility;
    },
  };
}

for (const kind of ['gitlab', 'gitea', 'github'] as const) {
  test(`[scm S10] what was internal at ${kind} and turns private is private here, and is opened again by a person`, async (t) => {
    const { says, stored, choose } = await openWorld(t, kind, 'internal');
    const { visibility, serviceVisibility } = await stored();
    assert.deepEqual([visibility, serviceVisibility], ['internal', 'internal']);
    assert.equal(await says('private'), 'private');
    assert.deepEqual([(await stored()).isPrivate, (await stored()).serviceVisibility], [true, 'private']);
    assert.equal(await says('internal'), 'private');
    await choose('internal');
    assert.equal(await says('internal'), 'internal');
    assert.equal(await says('private'), 'private');
  });

  test(`[scm S10] a webhook of ${kind} that tells of it hides the repository at once`, async (t) => {
    const { says, stored, enable, choose } = await openWorld(t, kind, 'internal');
    await enable();
    assert.equal(await says('private', 'webhook'), 'private');
    assert.equal((await stored()).serviceVisibility, 'private');
    assert.equal(await says('public', 'webhook'), 'private');
    await choose('public');
    assert.equal(await says('internal', 'webhook'), 'internal', 'it is shown to no more people than there');
    assert.equal(await says('private', 'repair'), 'private');
  });

  test(`[scm S10] a person's choice for a repository of ${kind} stays while the service says the same`, async (t) => {
    const { says, choose, stored, enable } = await openWorld(t, kind, 'private');
    await enable();
    await choose('internal');
    assert.equal(await says('private'), 'internal');
    assert.equal(await says('private', 'webhook'), 'internal');
    assert.equal(await says('private', 'repair'), 'internal');
    assert.equal(await says('public'), 'internal');
    assert.equal((await stored()).isPrivate, false);
    assert.equal(await says('private'), 'private', 'now the word has changed');
  });
}

test('[scm S10] of a repository that was stored before its service was asked for a word the first one changes nothing', async (t) => {
  const { world, says, stored } = await openWorld(t, 'gitlab', 'private');
  await updateRepo(world.db, (await stored()).id, { visibility: 'internal', serviceVisibility: '' });
  assert.equal(await says('private'), 'internal');
  assert.equal((await stored()).serviceVisibility, 'private');
  await updateRepo(world.db, (await stored()).id, { isPrivate: false, serviceVisibility: '' });
  assert.equal(await says('private'), 'private', 'but that it was not private at all is known');
});
