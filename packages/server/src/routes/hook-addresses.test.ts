import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { forRunner } from '../services/clone-address.ts';
import { findRepoById } from '../store/repos.ts';
import { openHookWorld, PIPELINE } from './hook-world.fixture.ts';

const FILES = { '.drone.yml': PIPELINE };

test('[scm X19] addresses of payloads that lead elsewhere are neither called nor kept nor handed to runners', async (t) => {
  const calls: string[] = [];
  const elsewhere = createServer((request, response) => {
    calls.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  t.after(() => elsewhere.close());
  const evil = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const world = await openHookWorld(t);
  const { gogs, repo, post, pushOf } = world;
  const sha = gogs.push('ada/demo', { files: FILES });
  await gogs.settled();
  const { repository } = pushOf(sha);
  const addresses = {
    ...{
      clone_url: `${evil}/ada/demo.git`,
      ssh_url: `ssh://git@${evil.slice(7)}/x`,
      html_url: `${evil}/ada/demo`,
    },
    ...{ website: evil, avatar_url: `${evil}/a.png` },
  };
  const person = { id: 1, login: 'ada', username: 'ada', avatar_url: `${evil}/a.png` };
  const forged = {
    repository: { ...(repository as object), ...addresses, owner: person },
    ...{ pusher: person, sender: person, compare_url: `${evil}/compare` },
  };
  const answer = await post('push', pushOf(sha, forged));
  assert.equal(answer.statusCode, 200);
  const head = { ...(repository as object), ...addresses, id: 77, full_name: 'eve/demo', owner: person };
  const pull = {
    ...{ id: 1, number: 1, title: 'x', state: 'open', mergeable: true, html_url: `${evil}/1`, user: person },
    ...{ head_branch: 'main', base_branch: 'main', head_repo: head, base_repo: forged.repository },
  };
  gogs.openPull('ada/demo', { head: 'main' });
  await post('pull_request', { action: 'opened', number: 1, pull_request: pull, ...forged });
  const builds = await world.builds();
  assert.ok(builds.length >= 2, `${builds.length} builds`);
  const stored = await findRepoById(world.db, repo.id);
  assert.ok(stored);
  assert.deepEqual([stored.httpUrl, stored.link], [repo.httpUrl, repo.link]);
  for (const build of builds) {
    const handed: string = JSON.stringify(forRunner([], { repo: stored, build }));
    assert.ok(!handed.includes(evil.slice(7)), handed);
  }
  assert.deepEqual(calls, []);
});

test('[scm M12] [scm C6] a head that only a fork has is read there, and its place goes to the runner', async (t) => {
  const world = await openHookWorld(t);
  const { gogs, repo } = world;
  gogs.addUser('eve');
  gogs.push('ada/demo', { files: FILES });
  gogs.fork('ada/demo', 'eve');
  gogs.traps.pullRefReads = 10_000;
  gogs.traps.isPullRefStale = true;
  const after = gogs.push('eve/demo', { branch: 'topic', files: { new: 'x' } });
  gogs.openPull('ada/demo', { from: 'eve/demo', head: 'topic', by: 'eve' });
  await gogs.settled();
  const [build] = await world.builds();
  assert.ok(build);
  const readFrom = { slug: 'eve/demo', httpUrl: `${gogs.url}eve/demo.git`, ref: 'refs/heads/topic' };
  assert.deepEqual([build.ref, build.after, build.readFrom], ['refs/pull/1/head', after, readFrom]);
  assert.deepEqual(forRunner([], { repo, build }).build.readFrom, readFrom);
});
