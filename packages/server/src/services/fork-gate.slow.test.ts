import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { WireBuild } from '@sortie/contract/builds';
import { signConfig } from '@sortie/pipeline/signature';
import { ONE_STEP } from '@sortie/testing/fake-source';
import { openPullWorld } from '@sortie/testing/pull-world';
import { runThrough, take } from '@sortie/testing/queue-runs';
import { cancelStage } from './cancel-stage.ts';
import { requireRepoSecret } from './repo-keys.ts';

const OWN_PULL = { sourceRepo: 'Octocat/repo-1', sender: 'octocat' };

test('[scm X23] a pull request from a fork of a public repository waits for an approval of exactly this commit', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const first = world.source.commit('refs/pull/7/head');
  const { number } = await built(first);
  assert.deepEqual(await statuses(number), ['blocked']);
  await post(`${number}/approve`);
  assert.deepEqual(await statuses(number), ['pending']);
  await runThrough(world, await take(world));
  const again = await post(String(number));
  assert.deepEqual(await statuses(again), ['pending'], 'the same commit with the same file');
  const second = world.source.commit('refs/pull/7/head');
  const pushed = await built(second, { action: 'synchronized' });
  assert.deepEqual(await statuses(pushed.number), ['blocked'], 'a new commit');
  const other = await built(first, { ref: 'refs/pull/8/head' });
  assert.deepEqual(await statuses(other.number), ['blocked'], 'another pull request');
});

test('[scm X23] an approval of some of the stages is none of the whole', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const two = `${ONE_STEP}---\n${ONE_STEP.replace('name: default', 'name: more')}`;
  const sha = world.source.commit('refs/pull/7/head', { files: { '.drone.yml': two } });
  const { number } = await built(sha);
  await post(`${number}/approve/1`);
  assert.deepEqual(await statuses(number), ['pending', 'blocked']);
  assert.deepEqual(await statuses((await built(sha)).number), ['blocked', 'blocked']);
  await post(`${number}/approve/2`);
  assert.deepEqual(await statuses((await built(sha)).number), ['pending', 'pending']);
});

test('[scm X23] [scm X24] another pipeline file for the same commit needs another approval', async (t) => {
  const { world, built, statuses, post, settings } = await openPullWorld(t);
  await settings({ fork_config: 'base' });
  const sha = world.source.commit('refs/pull/7/head');
  await post(`${(await built(sha)).number}/approve`);
  assert.deepEqual(await statuses((await built(sha)).number), ['pending']);
  world.source.commit('refs/heads/main', { files: { '.drone.yml': ONE_STEP.replace('true', 'false') } });
  assert.deepEqual(await statuses((await built(sha)).number), ['blocked']);
});

test('[scm X23] whom a payload names does not matter: neither author, nor sender, nor a fork that is gone', async (t) => {
  const { world, built, statuses, owner } = await openPullWorld(t);
  const sha = world.source.commit('refs/pull/7/head');
  const author = {
    authorLogin: owner.login,
    authorName: owner.login,
    authorEmail: owner.email,
    authorAvatar: '',
  };
  for (const patch of [{ sender: owner.login, author }, { sourceRepo: '' }]) {
    assert.deepEqual(await statuses((await built(sha, patch)).number), ['blocked']);
  }
  assert.deepEqual(await statuses((await built(sha, OWN_PULL)).number), ['pending'], 'a branch of its own');
});

test('[scm X23] the setting of the repository asks for approvals of all forks, or of none', async (t) => {
  const { world, built, statuses, settings } = await openPullWorld(t, {
    repo: { isPrivate: true, visibility: 'private' },
  });
  const sha = world.source.commit('refs/pull/7/head');
  assert.deepEqual(await statuses((await built(sha)).number), ['pending'], 'a private repository');
  await settings({ fork_approval: 'always' });
  assert.deepEqual(await statuses((await built(sha)).number), ['blocked']);
  await settings({ fork_approval: 'never', visibility: 'public' });
  assert.deepEqual(await statuses((await built(sha)).number), ['pending']);
  await settings({ fork_approval: 'default' });
  assert.deepEqual(await statuses((await built(sha)).number), ['blocked']);
  assert.equal((await settings({ fork_approval: 'sometimes' })).statusCode, 400);
  assert.equal((await settings({ fork_config: 'both' })).statusCode, 400);
});

test('[pipeline 110] [scm X23] no other way to build a fork leads past the gate', async (t) => {
  const { world, built, statuses, post, settings } = await openPullWorld(t);
  await settings({ fork_approval: 'never' });
  const sha = world.source.commit('refs/pull/7/head');
  const { number } = await built(sha);
  await runThrough(world, await take(world));
  await settings({ fork_approval: 'default' });
  const ways = [String(number), `${number}/promote?target=eu`, `${number}/rollback?target=eu`];
  for (const way of [...ways, '?branch=refs/pull/7/head']) {
    assert.deepEqual(await statuses(await post(way)), ['blocked'], way);
  }
});

test('[scm X23] an approved pull request is not approved for production', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const { number } = await built(world.source.commit('refs/pull/7/head'));
  await post(`${number}/approve`);
  await runThrough(world, await take(world));
  const promoted = await post(`${number}/promote?target=production`);
  assert.deepEqual(await statuses(promoted), ['blocked']);
  await post(`${promoted}/approve`);
  const again = await post(`${number}/promote?target=production`);
  assert.deepEqual(await statuses(again), ['pending']);
  const elsewhere = await post(`${number}/promote?target=staging`);
  assert.deepEqual(await statuses(elsewhere), ['blocked']);
});

test('what waits for an approval says why', async (t) => {
  const { world, built, send } = await openPullWorld(t);
  const { number } = await built(world.source.commit('refs/pull/7/head'));
  const [stage] = (await send('GET', `/builds/${number}`)).json<WireBuild>().stages ?? [];
  assert.deepEqual(stage?.waiting_for, [
    {
      code: 'approval',
      approval: 'fork',
      message:
        'It waits for an approval, because its code comes from a fork: an administrator of the repository approves or declines it.',
    },
  ]);
});

test('[pipeline 109] [scm X24] a pull request that edits the pipeline file of a protected repository is blocked', async (t) => {
  const { world, repo, built, statuses, settings } = await openPullWorld(t);
  await settings({ protected: true, fork_approval: 'never' });
  const hmacSha256 = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex');
  const signed = signConfig(
    { hmacSha256 },
    `# checked\n${ONE_STEP}`,
    await requireRepoSecret(world, repo.id),
  );
  const start = async (text: string) => {
    const sha = world.source.commit('refs/pull/7/head', { files: { '.drone.yml': text } });
    return statuses((await built(sha)).number);
  };
  assert.deepEqual(await start(ONE_STEP), ['blocked'], 'unsigned');
  assert.deepEqual(await start(signed), ['pending'], 'signed');
  assert.deepEqual(await start(signed.replace('# checked', '# changed')), ['blocked'], 'an edited comment');
  assert.deepEqual(await start(signed.replace('true', 'env')), ['blocked'], 'an edited command');
});

test('[scm X24] with fork_config: base a fork has no say in the pipelines that run', async (t) => {
  const { world, hook, built, settings } = await openPullWorld(t);
  await settings({ fork_config: 'base', fork_approval: 'never' });
  const evil = { files: { '.drone.yml': ONE_STEP.replace('true', 'evil') } };
  const sha = world.source.commit('refs/pull/7/head', evil);
  const own = await built(sha, OWN_PULL);
  assert.match(own.config, /evil/, 'a branch of the repository has its own file');
  const forked = await built(sha);
  assert.equal(forked.config, ONE_STEP);
  assert.equal(forked.after, sha);
  const stage = await take(world, 'runner-1', forked.id);
  assert.equal(stage.build.config, ONE_STEP);
  const gone = await hook(sha, { target: 'gone' });
  assert.equal(gone.kind === 'skipped' && gone.message, 'there is no .drone.yml in branch gone');
  assert.equal((await hook('f'.repeat(40))).kind, 'skipped');
});

test('[pipeline 125] an approved stage whose dependency has ended meanwhile is due at once', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const two = `${ONE_STEP}---\n${ONE_STEP.replace('name: default', 'name: second\ndepends_on: [default]')}`;
  const sha = world.source.commit('refs/pull/7/head', { files: { '.drone.yml': two } });
  const { number } = await built(sha);
  await post(`${number}/approve/1`);
  await runThrough(world, await take(world));
  assert.deepEqual(await statuses(number), ['success', 'blocked']);
  await post(`${number}/approve/2`);
  assert.deepEqual(await statuses(number), ['success', 'pending']);
});

test('[legacy 15] what nobody has approved is blocked when it is built again in place, what was approved is not', async (t) => {
  const { world, built, statuses, post, send, settings } = await openPullWorld(t);
  const rebuild = async (number: number) => {
    await send('DELETE', `/builds/${number}`);
    const headers = { accept: 'application/json' };
    const answer = await world.app.inject({
      method: 'POST',
      url: `/v0/api/repos/octocat/repo-1/builds/${number}`,
      headers: {
        ...headers,
        ...(await world.bearer(await world.addUser({ login: `r${number}`, isAdmin: true }))),
      },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return statuses(number);
  };
  const sha = world.source.commit('refs/pull/7/head');
  const never = await built(sha);
  assert.deepEqual(await rebuild(never.number), ['blocked']);
  const approved = await built(sha);
  await post(`${approved.number}/approve`);
  assert.deepEqual(await rebuild(approved.number), ['pending']);
  await settings({ fork_approval: 'never' });
  const free = await built(world.source.commit('refs/pull/7/head'));
  await runThrough(world, await take(world, 'runner-1', free.id));
  await settings({ fork_approval: 'always' });
  assert.deepEqual(
    await rebuild(free.number),
    ['blocked'],
    'it ran before the repository asked for approvals',
  );
});

test('[scm X23] a fork may not use what only trusted repositories may, at the trigger and at every runner', async (t) => {
  const { world, built, hook, post } = await openPullWorld(t, { repo: { isTrusted: true } });
  const volumes = 'volumes: [{name: v, host: {path: /}}]\n';
  const mount = ONE_STEP.replace('commands', 'volumes: [{name: v, path: /host}]\n  commands');
  const sha = world.source.commit('refs/pull/7/head', { files: { '.drone.yml': mount + volumes } });
  const refused = await hook(sha);
  assert.equal(refused.kind, 'error-build');
  assert.match(refused.kind === 'error-build' ? refused.build.error : '', /trusted/);
  const own = await built(sha, OWN_PULL);
  assert.equal((await take(world, 'runner-1', own.id)).repo.isTrusted, true);
  const harmless = await built(world.source.commit('refs/pull/7/head'));
  await post(`${harmless.number}/approve`);
  assert.equal((await take(world, 'runner-1', harmless.id)).repo.isTrusted, false);
});

test('[scm X23] a fork that is gone stays one when its build is promoted, also where pull requests have no refs', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const sha = world.source.commit('refs/heads/feature');
  const gone = await built(sha, { ref: 'refs/heads/feature', sourceRepo: '' });
  await post(`${gone.number}/approve`);
  await runThrough(world, await take(world));
  const promoted = await post(`${gone.number}/promote?target=eu`);
  assert.deepEqual(await statuses(promoted), ['blocked']);
});

test('[scm X23] an approval counts for the branch that the pull request was for', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const sha = world.source.commit('refs/pull/7/head');
  await post(`${(await built(sha)).number}/approve`);
  assert.deepEqual(await statuses((await built(sha)).number), ['pending']);
  const moved = await built(sha, { action: 'edited', target: 'release' });
  assert.deepEqual(await statuses(moved.number), ['blocked']);
});

test('[scm X23] stages that were cancelled before anybody approved them are not approved with the rest', async (t) => {
  const { world, built, statuses, post } = await openPullWorld(t);
  const two = `${ONE_STEP}---\n${ONE_STEP.replace('name: default', 'name: more')}`;
  const sha = world.source.commit('refs/pull/7/head', { files: { '.drone.yml': two } });
  const { id, number } = await built(sha);
  await cancelStage(world, { buildId: id, number: 2 });
  await post(`${number}/approve`);
  assert.deepEqual(await statuses(number), ['pending', 'killed']);
  assert.deepEqual(await statuses((await built(sha)).number), ['blocked', 'blocked']);
});
