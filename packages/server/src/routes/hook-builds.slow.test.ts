import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { RepoSource } from '../services/source.ts';
import { listIndexedBuilds } from '../store/branch-index.ts';
import { updateRepo } from '../store/repos.ts';
import { type HookWorld, openHookWorld, PIPELINE } from './hook-world.fixture.ts';

const SLUG = 'ada/demo';
const FILES = { '.drone.yml': PIPELINE };

async function openWithFile(t: Parameters<typeof openHookWorld>[0], options = {}): Promise<HookWorld> {
  const world = await openHookWorld(t, options);
  world.gogs.push(SLUG, { files: FILES });
  await world.gogs.settled();
  return world;
}

/** Event, ref and commit of each build, oldest first. */
async function made(world: HookWorld): Promise<readonly (readonly string[])[]> {
  await world.gogs.settled();
  return (await world.builds()).map(({ event, ref, after }) => [event, ref, after]).reverse();
}

/** Event and verdict of each delivery, oldest first. */
async function verdicts(world: HookWorld): Promise<readonly string[]> {
  await world.gogs.settled();
  return (await world.deliveries()).map(({ event, verdict }) => `${event} ${verdict}`).reverse();
}

test('[api POST /hook] [scm V1] [scm M1] [scm M2] a push of Gogs becomes a delivery and a build', async (t) => {
  const world = await openHookWorld(t);
  const { gogs } = world;
  const first = gogs.push(SLUG, { files: FILES });
  const second = gogs.push(SLUG, { message: 'Tune the nozzle\n' });
  await gogs.settled();
  const [build, before] = await world.builds();
  assert.ok(build);
  assert.deepEqual(
    [build.event, build.before, build.after, build.ref, build.target, build.status, build.message.trim()],
    ['push', first, second, 'refs/heads/main', 'main', 'pending', 'Tune the nozzle'],
  );
  assert.deepEqual([build.sender, build.authorName, build.trigger], ['ada', 'Ada Example', '@hook']);
  assert.equal(before?.before, '0'.repeat(40));
  const [delivery] = await world.deliveries();
  assert.deepEqual(
    [delivery?.verdict, delivery?.buildId, delivery?.sender, delivery?.after],
    ['built', build.id, 'ada', second],
  );
  assert.deepEqual(await verdicts(world), ['create ignored', 'push built', 'push built']);
  assert.ok(gogs.deliveries.every(({ status }) => status === 200));
});

test('[scm V2] a hook that sends forms builds too', async (t) => {
  const world = await openHookWorld(t);
  const [hook] = world.gogs.state.repos[0]?.hooks ?? [];
  assert.ok(hook);
  world.gogs.state.repos[0]?.hooks.splice(0, 1, { ...hook, contentType: 'form' });
  const sha = world.gogs.push(SLUG, { files: FILES });
  assert.deepEqual(await made(world), [['push', 'refs/heads/main', sha]]);
});

test('[scm M4] [scm M5] [scm M21] [scm M23] forced pushes, the test button and an empty repository', async (t) => {
  const world = await openHookWorld(t);
  const { gogs } = world;
  gogs.testHook(SLUG);
  assert.deepEqual(await verdicts(world), ['push ignored']);
  const first = gogs.push(SLUG, { files: FILES, message: 'one\n' });
  gogs.push(SLUG, { message: 'dropped\n' });
  const forced = gogs.push(SLUG, { message: 'instead\n', onto: first });
  gogs.testHook(SLUG);
  await gogs.settled();
  const builds = await world.builds();
  assert.deepEqual(
    builds.slice(0, 2).map(({ after, message }) => [after, message.trim()]),
    [
      [forced, 'instead'],
      [forced, 'instead'],
    ],
  );
});

test('[scm M6] [scm M17] a deleted branch and a closed pull request leave the lists of latest builds', async (t) => {
  const world = await openWithFile(t);
  const { gogs, db, repo } = world;
  gogs.push(SLUG, { branch: 'topic' });
  const pull = gogs.openPull(SLUG, { head: 'topic' });
  await gogs.settled();
  assert.equal((await listIndexedBuilds(db, repo.id, 'pull')).length, 1);
  const count = (await world.builds()).length;
  gogs.closePull(SLUG, pull);
  gogs.deleteBranch(SLUG, 'topic');
  await gogs.settled();
  assert.deepEqual(await listIndexedBuilds(db, repo.id, 'pull'), []);
  const branches = await listIndexedBuilds(db, repo.id, 'branch');
  assert.deepEqual(
    branches.map(({ target }) => target),
    ['main'],
  );
  assert.equal((await world.builds()).length, count);
  assert.deepEqual(
    gogs.deliveries.slice(-2).map(({ event, status }) => [event, status]),
    [
      ['pull_request', 204],
      ['delete', 204],
    ],
  );
});

test('[scm M7] [scm M8] [scm M9] [scm M10] [scm M44] tags, releases, and what stands for no commit', async (t) => {
  const world = await openWithFile(t);
  const { gogs } = world;
  const [, , tip = ''] = (await made(world))[0] ?? [];
  gogs.tag(SLUG, 'v1');
  gogs.tag(SLUG, 'v2', { isAnnotated: true });
  gogs.release(SLUG, 'v3');
  gogs.release(SLUG, 'v1');
  gogs.tag(SLUG, 'tree', { at: 'f'.repeat(40) });
  await gogs.settled();
  gogs.deleteTag(SLUG, 'v1');
  assert.deepEqual((await made(world)).slice(1), [
    ['tag', 'refs/tags/v1', tip],
    ['tag', 'refs/tags/v2', tip],
    ['tag', 'refs/tags/v3', tip],
  ]);
  assert.deepEqual((await verdicts(world)).slice(-3), [
    'release ignored',
    'create ignored',
    'delete ignored',
  ]);
});

test('[scm M11] [scm M12] [scm M16] [scm M18] a pull request is built at its head, when its ref is late too', async (t) => {
  const world = await openWithFile(t, { gogs: { traps: { pullRefReads: 3 } } });
  const { gogs } = world;
  const opened = gogs.push(SLUG, { branch: 'topic' });
  const pull = gogs.openPull(SLUG, { head: 'topic', title: 'Add a gimbal' });
  await gogs.settled();
  const pushed = gogs.push(SLUG, { branch: 'topic', message: 'More\n' });
  await gogs.settled();
  const pulls = (await world.builds()).filter(({ event }) => event === 'pull_request').reverse();
  assert.deepEqual(
    pulls.map(({ action, after, ref, source, target, title }) => [action, after, ref, source, target, title]),
    [
      ['opened', opened, `refs/pull/${pull}/head`, 'topic', 'main', 'Add a gimbal'],
      ['synchronized', pushed, `refs/pull/${pull}/head`, 'topic', 'main', 'Add a gimbal'],
    ],
  );
  gogs.closePull(SLUG, pull);
  await gogs.settled();
  const meanwhile = gogs.push(SLUG, { branch: 'topic', message: 'While closed\n' });
  gogs.reopenPull(SLUG, pull);
  await gogs.settled();
  const [reopened] = await world.builds();
  assert.deepEqual([reopened?.action, reopened?.after], ['reopened', meanwhile]);
});

test('[scm M13] [scm M14] [scm M15] each pull request runs the file of its own head, a fork too', async (t) => {
  const world = await openWithFile(t);
  const { gogs } = world;
  gogs.addUser('bob');
  gogs.fork(SLUG, 'bob');
  const named = (name: string) => ({ '.drone.yml': PIPELINE.replace('default', name) });
  gogs.push(SLUG, { branch: 'one', files: named('first') });
  gogs.push(SLUG, { branch: 'two', files: named('second') });
  gogs.push('bob/demo', { branch: 'three', files: named('forked') });
  await gogs.settled();
  gogs.openPull(SLUG, { head: 'one' });
  gogs.openPull(SLUG, { head: 'two' });
  gogs.openPull(SLUG, { head: 'three', from: 'bob/demo' });
  await gogs.settled();
  const pulls = (await world.builds()).filter(({ event }) => event === 'pull_request').reverse();
  assert.deepEqual(
    pulls.map(({ sourceRepo, config }) => [sourceRepo, /name: (\w+)/.exec(config)?.[1]]),
    [
      [SLUG, 'first'],
      [SLUG, 'second'],
      ['bob/demo', 'forked'],
    ],
  );
});

test('[scm M20] one push of several refs makes a build of each', async (t) => {
  const world = await openWithFile(t);
  const { gogs } = world;
  gogs.push(SLUG, { branch: 'dev' });
  gogs.push(SLUG, { branch: 'main' });
  gogs.tag(SLUG, 'v1');
  assert.deepEqual(
    (await made(world)).slice(1).map(([event, ref]) => [event, ref]),
    [
      ['push', 'refs/heads/dev'],
      ['push', 'refs/heads/main'],
      ['tag', 'refs/tags/v1'],
    ],
  );
});

test('[scm M22] the sender of a merge is who merged', async (t) => {
  const world = await openWithFile(t);
  const { gogs } = world;
  gogs.addUser('eve');
  gogs.push(SLUG, { branch: 'topic' });
  const pull = gogs.openPull(SLUG, { head: 'topic' });
  await gogs.settled();
  const merged = gogs.mergePull(SLUG, pull, 'eve');
  await gogs.settled();
  const [build] = await world.builds();
  assert.deepEqual([build?.event, build?.after, build?.sender], ['push', merged, 'eve']);
});

test('[scm M24] [scm M25] [scm M29] who asks for no build gets none, and hears why', async (t) => {
  const world = await openWithFile(t);
  const { gogs, db, repo } = world;
  gogs.push(SLUG, { message: 'Only words [skip ci]\n' });
  gogs.tag(SLUG, 'v1');
  gogs.push(SLUG, { branch: 'ci-skip', message: 'Real work\n' });
  await gogs.settled();
  assert.deepEqual((await verdicts(world)).slice(2), [
    'push skipped',
    'create built',
    'create ignored',
    'push built',
  ]);
  await updateRepo(db, repo.id, { ignorePullRequests: true });
  gogs.push(SLUG, { branch: 'topic' });
  gogs.openPull(SLUG, { head: 'topic' });
  await gogs.settled();
  const [delivery] = await world.deliveries();
  assert.deepEqual(
    [delivery?.verdict, delivery?.reason, delivery?.message],
    ['skipped', 'event-ignored', 'the repository ignores pull requests'],
  );
});

test('[scm M26] [scm M28] a missing file is skipped, a broken one makes a build in error', async (t) => {
  const world = await openHookWorld(t);
  const { gogs } = world;
  gogs.push(SLUG, { files: { 'README.md': 'hello' } });
  await gogs.settled();
  const [skipped] = await world.deliveries();
  assert.deepEqual([skipped?.verdict, skipped?.reason], ['skipped', 'config-missing']);
  gogs.push(SLUG, { files: { '.drone.yml': 'kind: [' } });
  await gogs.settled();
  const [broken] = await world.deliveries();
  assert.deepEqual([broken?.verdict, broken?.reason], ['error-build', 'config-invalid']);
  const [build] = await world.builds();
  assert.equal(build?.status, 'error');
  assert.ok(gogs.deliveries.every(({ status }) => status === 200));
});

test('[scm M27] a service that does not answer makes a build in error that says so', async (t) => {
  const failing: RepoSource = {
    findCommit: async () => Promise.reject(new AppError('service-unavailable', 'Gogs does not answer.')),
    commitWithFile: async () => Promise.reject(new AppError('service-unavailable', 'Gogs does not answer.')),
  };
  const world = await openHookWorld(t, { app: { sourceOf: () => failing } });
  const sha = world.gogs.push(SLUG, { files: FILES });
  await world.gogs.settled();
  const [build] = await world.builds();
  assert.deepEqual([build?.status, build?.error, build?.after], ['error', 'Gogs does not answer.', sha]);
  const [delivery] = await world.deliveries();
  assert.deepEqual([delivery?.verdict, delivery?.reason], ['error-build', 'service-unavailable']);
});

test('[scm M27] a dead token makes a build in error that names who must sign in', async (t) => {
  const world = await openHookWorld(t);
  world.gogs.revokeTokens('ada');
  world.gogs.push(SLUG, { files: FILES });
  await world.gogs.settled();
  const [build] = await world.builds();
  assert.equal(build?.status, 'error');
  assert.match(build?.error ?? '', /ada must sign in with Gogs/);
});

test('[scm S14] a repository without an owner makes a build in error that says how to get one', async (t) => {
  const world = await openHookWorld(t, { repo: { userId: 0 } });
  world.gogs.push(SLUG, { files: FILES });
  await world.gogs.settled();
  const [build] = await world.builds();
  assert.deepEqual([build?.status, build?.error], ['error', 'repository has no owner – re-enable it']);
});

test('[scm M39] an inactive repository builds nothing, and the same webhook is heard after its activation', async (t) => {
  const world = await openHookWorld(t, { repo: { isActive: false } });
  const { gogs, db, repo } = world;
  gogs.push(SLUG, { files: FILES });
  await gogs.settled();
  assert.deepEqual(await world.builds(), []);
  assert.equal((await world.deliveries())[0]?.message, 'repository inactive');
  await updateRepo(db, repo.id, { isActive: true });
  gogs.redeliver(gogs.deliveries.at(-1)?.uuid ?? '');
  await gogs.settled();
  assert.equal((await world.builds()).length, 1);
});

test('[scm M42] a mirror names its refs in short', async (t) => {
  const world = await openWithFile(t);
  const [, , tip = ''] = (await made(world))[0] ?? [];
  world.gogs.tag(SLUG, 'v9');
  await world.gogs.settled();
  const count = (await world.builds()).length;
  const push = world.pushOf(tip);
  await world.post('push', { ...push, ref: 'main', commits: [] });
  await world.post('push', { ...push, ref: 'v9', before: '', after: '', commits: [] });
  await world.post('push', { ...push, ref: 'refs/notes/commits' });
  const builds = (await world.builds()).slice(0, -count).reverse();
  assert.deepEqual(
    builds.map(({ event, ref }) => [event, ref]),
    [
      ['push', 'refs/heads/main'],
      ['tag', 'refs/tags/v9'],
    ],
  );
  assert.equal((await world.deliveries())[0]?.verdict, 'ignored');
});

test('[scm M43] webhooks that were held back are each handled once, and the log says which are stale', async (t) => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = {
    error: () => undefined,
    debug: () => undefined,
    info: (fields: Readonly<Record<string, unknown>>) => void lines.push(fields),
  };
  const world = await openHookWorld(t, { app: { log }, gogs: { traps: { blocksLocalNetwork: true } } });
  const { gogs } = world;
  const first = gogs.push(SLUG, { files: FILES });
  const last = gogs.push(SLUG, { message: 'Last\n' });
  await gogs.settled();
  assert.deepEqual(await world.deliveries(), []);
  gogs.traps.blocksLocalNetwork = false;
  gogs.restart();
  gogs.restart();
  assert.deepEqual(
    (await made(world)).map(([, , after]) => after),
    [first, last],
  );
  const pushes = lines.filter(({ event, verdict }) => event === 'push' && verdict === 'built');
  assert.deepEqual(
    pushes.map(({ stale }) => stale),
    [true, undefined],
  );
});

test('[scm H12] a repository that moved at the service is followed, and its push built', async (t) => {
  const world = await openWithFile(t);
  const { gogs, db } = world;
  gogs.addUser('bob');
  gogs.rename(SLUG, 'bob/rocket');
  gogs.setMode('bob/rocket', 'ada', 'admin');
  const sha = gogs.push('bob/rocket', { by: 'bob' });
  assert.deepEqual((await made(world)).at(-1), ['push', 'refs/heads/main', sha]);
  const row = await db
    .selectFrom('repos')
    .select(['slug', 'namespace', 'http_url'])
    .executeTakeFirstOrThrow();
  assert.deepEqual(row, { slug: 'bob/rocket', namespace: 'bob', http_url: `${gogs.url}bob/rocket.git` });
});
