import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireBuild } from '@sortie/contract/builds';
import type { Repo } from '@sortie/core/repo';
import { type aBuildDraft, aStageDraft } from '@sortie/testing/domain-builders';
import type { HttpWorld } from '@sortie/testing/http-world';
import { codeOf, openRepoWorld } from '@sortie/testing/repo-world';
import { findBuild, listBuilds } from '../store/builds.ts';
import { updateRepo } from '../store/repos.ts';

/** Posts below the builds of a repository, with further headers and a body. */
async function openBuilds(...[t, options]: Parameters<typeof openRepoWorld>) {
  const opened = await openRepoWorld(t, options);
  const post = (path: string, headers: Readonly<Record<string, string>> = {}, payload?: string) =>
    opened.send('POST', `/builds${path}`, { headers, payload });
  return { ...opened, post };
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A finished build whose commit is there. */
async function addBuild(world: HttpWorld, repo: Repo, sha: string, patch: Parameters<typeof aBuildDraft>[0]) {
  const build = { ...patch, after: sha, before: 'b'.repeat(40) };
  return (await world.start([aStageDraft({ status: 'success' })], { in: repo, build })).build;
}

test('[api createBuild] the default branch is built as the caller, with the commit of its tip', async (t) => {
  const { repo, sha, post, send } = await openBuilds(t);
  const answer = await post('');
  assert.equal(answer.statusCode, 200);
  const { number, event, trigger, sender, ref, source, target, before, after, link, author_name, ...build } =
    answer.json<WireBuild>();
  assert.deepEqual(
    { number, event, trigger, sender, ref, source, target, before, after, link, author_name },
    {
      ...{ number: 2, event: 'custom', trigger: 'octocat', sender: 'octocat', ref: 'refs/heads/main' },
      ...{
        source: 'main',
        target: 'main',
        before: sha,
        after: sha,
        link: repo.link,
        author_name: 'Octo Cat',
      },
    },
  );
  assert.equal(build.message, 'Add a feature');
  const seen = (await send('GET', `/builds/${number}`)).json<WireBuild>();
  assert.equal(build.sequence, seen.sequence);
  assert.ok(build.sequence > 0);
  assert.deepEqual([build.params, build.stages, build.parent ?? 0], [undefined, undefined, 0]);
});

test('[api createBuild] [api restartBuild] [api promoteBuild] what a build carries is bounded, over repetitions too', async (t) => {
  const { post } = await openBuilds(t);
  const large = 'x'.repeat(40_000);
  const { number } = (await post('', FORM, `A=${large}`)).json<WireBuild>();
  for (const refusal of [
    await post('', FORM, `A=${large}&B=${large}`),
    await post('', FORM, `action=${large}`),
    await post(`/${number}`, FORM, `B=${large}`),
    await post(`/${number}/promote`, FORM, `target=${large}`),
  ]) {
    assert.deepEqual(codeOf(refusal), [400, 'invalid-request']);
  }
  assert.equal((await post(`/${number}?B=1`)).statusCode, 200);
});

test('[api createBuild] [ledger 7] [ledger 33] parameters of query and form go to the build, the query first', async (t) => {
  const { world, post } = await openBuilds(t);
  const sha = world.source.commit('refs/heads/next');
  const path = '?branch=main&message=ignored&A=query&access_token=x';
  const answer = await post(path, FORM, 'branch=next&message=Hello&A=form&B=form&commit=');
  const build = answer.json<WireBuild>();
  assert.deepEqual([build.target, build.after, build.message], ['next', sha, 'Hello']);
  assert.deepEqual(build.params, { message: 'ignored', A: 'query', B: 'form' });
});

test('[api createBuild] a tag by its full ref, or a commit of any branch, can be built', async (t) => {
  const { world, post } = await openBuilds(t);
  const tagged = world.source.commit('refs/tags/v1');
  const byRef = (await post('?branch=refs/tags/v1')).json<WireBuild>();
  assert.deepEqual([byRef.ref, byRef.target, byRef.after], ['refs/tags/v1', 'refs/tags/v1', tagged]);
  const byCommit = (await post(`?branch=main&commit=${tagged}&action=nightly`)).json<WireBuild>();
  assert.deepEqual(
    [byCommit.ref, byCommit.after, byCommit.action, byCommit.params],
    ['refs/heads/main', tagged, 'nightly', { action: 'nightly' }],
  );
});

test('[api createBuild] an unknown branch or commit, and an inactive repository, are problems with a remedy', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  for (const path of ['?branch=nothing', `?commit=${'d'.repeat(40)}`]) {
    const answer = await post(path);
    assert.equal(answer.statusCode, 404);
    assert.equal(answer.json().error_code, 'commit-missing');
    assert.ok(answer.json().hint);
  }
  await updateRepo(world.db, repo.id, { userId: 0 });
  assert.deepEqual(codeOf(await post('')), [404, 'owner-missing']);
  await updateRepo(world.db, repo.id, { isActive: false });
  const answer = await post('');
  assert.deepEqual(codeOf(answer), [409, 'repo-inactive']);
  assert.match(answer.json().hint, new RegExp(`POST /api/repos/${repo.slug}`));
  assert.deepEqual((await listBuilds(world.db, repo.id, { limit: 9 })).length, 1);
});

test('[ledger 1] a skipped trigger is null with its reason in a header, and a problem for those who understand it', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  world.source.commit('refs/heads/empty', { files: {} });
  const drone = await post('?branch=empty');
  assert.deepEqual([drone.statusCode, drone.body.trim()], [200, 'null']);
  assert.equal(drone.headers['x-skip-reason'], 'config-missing');
  const understanding: readonly Record<string, string>[] = [
    { 'idempotency-key': 'k1' },
    { accept: 'application/json, application/problem+json' },
  ];
  for (const more of understanding) {
    assert.deepEqual(codeOf(await post('?branch=empty', more)), [422, 'config-missing']);
  }
  const text =
    'kind: pipeline\nname: a\ntrigger: {event: tag}\nsteps: [{name: a, image: b, commands: [c]}]\n';
  world.source.commit('refs/heads/tags-only', { files: { '.drone.yml': text } });
  const unmatched = await post('?branch=tags-only');
  assert.equal(unmatched.headers['x-skip-reason'], 'conditions-not-met');
  assert.equal((await listBuilds(world.db, repo.id, { limit: 9 })).length, 1);
});

test('[api createBuild] a broken file is a build in error, and a text that no database takes is refused', async (t) => {
  const { world, post } = await openBuilds(t);
  world.source.commit('refs/heads/broken', { files: { '.drone.yml': 'kind: pipeline\nsteps: 3\n' } });
  const build = (await post('?branch=broken')).json<WireBuild>();
  assert.equal(build.status, 'error');
  assert.match(build.error ?? '', /\.drone\.yml:2/);
  for (const path of ['?message=a%00b', '?branch=%00', '?X=a%00b', '?%00=x']) {
    assert.deepEqual(codeOf(await post(path)), [400, 'invalid-request'], path);
  }
});

test('[api restartBuild] [ledger 7] everything is copied, the old parameters win, and debug is asked for', async (t) => {
  const { world, repo, sha, post } = await openBuilds(t);
  const old = await addBuild(world, repo, sha, {
    ...{ event: 'cron', cron: 'nightly', ref: 'refs/heads/x', target: 'x', source: 'x', deployId: 7 },
    ...{ params: { A: 'old' }, title: 'T', message: 'M', authorLogin: 'grace', deployTo: 'prod' },
  });
  const answer = await post(`/${old.number}?A=new&B=new&debug=true`);
  const build = answer.json<WireBuild>();
  assert.deepEqual(
    [build.parent, build.trigger, build.event, build.cron, build.ref, build.deploy_to, build.deploy_id],
    [old.number, 'octocat', 'cron', 'nightly', 'refs/heads/x', 'prod', 7],
  );
  assert.deepEqual(
    [build.title, build.message, build.author_login, build.before],
    ['T', 'M', 'grace', old.before],
  );
  assert.deepEqual([build.params, build.debug], [{ A: 'old', B: 'new' }, true]);
  assert.equal((await post(`/${old.number}`, FORM, 'debug=no')).json<WireBuild>().debug, undefined);
  assert.deepEqual(codeOf(await post('/999')), [404, 'not-found']);
  await updateRepo(world.db, repo.id, { isActive: false });
  assert.deepEqual(codeOf(await post(`/${old.number}`)), [409, 'repo-inactive']);
  assert.deepEqual(codeOf(await post(`/${old.number}/promote?target=x`)), [409, 'repo-inactive']);
});

test('[api promoteBuild] [api rollbackBuild] [ledger 7] the target is needed and new parameters win', async (t) => {
  const { world, repo, sha, post } = await openBuilds(t);
  const old = await addBuild(world, repo, sha, { params: { A: 'old', C: 'old' }, deployId: 7 });
  for (const event of ['promote', 'rollback']) {
    assert.deepEqual(codeOf(await post(`/${old.number}/${event}`)), [400, 'invalid-request']);
    const build = (await post(`/${old.number}/${event}?A=new`, FORM, 'target=prod&B=x')).json<WireBuild>();
    assert.deepEqual(
      [build.event, build.deploy_to, build.deploy_id, build.parent, build.params],
      [event, 'prod', undefined, old.number, { A: 'new', B: 'x', C: 'old' }],
    );
  }
  assert.deepEqual(codeOf(await post('/999/promote')), [404, 'not-found']);
});

test('[api promoteBuild] the promoted build of a pull request keeps what makes it one', async (t) => {
  const { world, repo, sha, post } = await openBuilds(t);
  const pull = { event: 'pull_request', ref: 'refs/pull/7/head', sourceRepo: 'fork/hello' } as const;
  const old = await addBuild(world, repo, sha, pull);
  const build = (await post(`/${old.number}/promote?target=prod`)).json<WireBuild>();
  assert.deepEqual([build.event, build.ref, build.source_repo], ['promote', pull.ref, pull.sourceRepo]);
});

test('[ledger 18] nothing is restarted or promoted around an approval', async (t) => {
  const { world, repo, post } = await openBuilds(t);
  for (const status of ['blocked', 'declined'] as const) {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2, status })], { in: repo });
    for (const path of ['', '/promote?target=x', '/rollback?target=x']) {
      assert.deepEqual(codeOf(await post(`/${build.number}${path}`)), [400, 'build-not-restartable']);
    }
  }
});

test('[api createBuild] [api restartBuild] a commit that is gone or a reader without write access starts nothing', async (t) => {
  const { world, repo, post, member } = await openBuilds(t);
  const old = await addBuild(world, repo, 'e'.repeat(40), {});
  assert.deepEqual(codeOf(await post(`/${old.number}`)), [404, 'commit-missing']);
  const headers = await member('reader', { read: true, write: false, admin: false });
  for (const path of ['', `/${old.number}`, `/${old.number}/promote?target=x`, `/${old.number}/approve/1`]) {
    assert.deepEqual(codeOf(await post(path, headers)), [404, 'not-found']);
  }
  assert.equal((await findBuild(world.db, repo.id, old.number + 1))?.number, undefined);
});

test('[api createBuild] while the Git service cannot be asked the answer says so', async (t) => {
  const { post } = await openBuilds(t, { app: { sourceOf: () => undefined } });
  const answer = await post('');
  assert.deepEqual(codeOf(answer), [503, 'git-missing']);
  assert.match(answer.json().hint, /log of the server/);
});
