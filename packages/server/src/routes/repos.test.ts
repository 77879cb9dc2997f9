import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import {
  createHttpWorld,
  type HttpWorld,
  type HttpWorldOptions,
  startStep,
} from '@sortie/testing/http-world';
import { AT_ONCE } from '@sortie/testing/queue-world';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { logKey } from '../logs/log-store.ts';
import { createBuiltinForge, type Forge } from '../services/forge.ts';
import { findRepoKeys } from '../store/repo-keys.ts';
import { findRepoBySlug, updateRepo } from '../store/repos.ts';

const ADMIN = { read: true, write: true, admin: true };

/** A repository, somebody who administers it, and the requests that they send. */
async function setup(
  t: TestContext,
  options: HttpWorldOptions = {},
  repo: Parameters<HttpWorld['start']>[1] = {},
) {
  const world = await createHttpWorld(options);
  t.after(() => world.close());
  const started = await world.start([], repo);
  const user = await world.addUser({ login: 'ada' });
  await world.grant(user, started.repo, ADMIN);
  const headers = await world.bearer(user);
  const url = `/api/repos/${started.repo.slug}`;
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path = '') =>
    world.app.inject({ method, url: `${url}${path}`, headers });
  const webhooks = async () => {
    const rows = await world.db.selectFrom('outbox').selectAll().where('subject', 'like', 'repo:%').execute();
    return rows.map(({ payload }) => {
      const { event, action, repo } = JSON.parse(payload) as {
        event: string;
        action: string;
        repo: WireRepo;
      };
      return `${event}:${action} ${repo.slug}`;
    });
  };
  return { ...started, world, user, headers, url, send, webhooks };
}

/** The built-in host, as a Git service that keeps a list of what is asked of its hooks. */
function spyForge(world: HttpWorld, calls: string[], fails: readonly string[] = []): Forge {
  const forge = createBuiltinForge({ db: world.db, builtinConnectionId: 1, publicUrl: 'http://ci/x' });
  const note = (call: string) => {
    calls.push(call);
    if (fails.some((word) => call.startsWith(word))) throw new Error('the service says no');
    return undefined;
  };
  return {
    ...forge,
    installHook: async (user, repo) => note(`install ${user.login} ${repo.slug}`),
    removeHook: async (user, repo) => note(`remove ${user.login} ${repo.slug}`),
  };
}

test('[api enableRepo] activation makes the caller the owner and fills path, time limit and keys', async (t) => {
  const untouched = { isActive: false, configPath: '', timeoutMinutes: 0 };
  const { world, repo, user, send, webhooks } = await setup(t, {}, { repo: untouched });
  const answer = await send('POST');
  assert.equal(answer.statusCode, 200);
  const enabled = answer.json<WireRepo>();
  assert.deepEqual(
    [enabled.active, enabled.user_id, enabled.config_path, enabled.timeout],
    [true, user.id, '.drone.yml', 60],
  );
  assert.equal('permissions' in enabled, false);
  const keys = await findRepoKeys(world.db, repo.id);
  assert.notEqual(keys?.signer, '');
  assert.deepEqual(await webhooks(), [`repo:enabled ${repo.slug}`]);
  assert.equal(answer.body.includes(keys?.secret ?? '-'), false);
});

test('[api enableRepo] activating again changes the owner and keeps settings and keys', async (t) => {
  const { world, repo, send, url, webhooks } = await setup(t, {}, { repo: { timeoutMinutes: 90 } });
  await send('POST');
  const keys = await findRepoKeys(world.db, repo.id);
  const root = await world.addUser({ login: 'root', isAdmin: true });
  const again = await world.app.inject({ method: 'POST', url, headers: await world.bearer(root) });
  assert.deepEqual([again.json<WireRepo>().user_id, again.json<WireRepo>().timeout], [root.id, 90]);
  assert.deepEqual(await findRepoKeys(world.db, repo.id), keys);
  assert.equal((await webhooks()).length, 2);
});

test('[api disableRepo] deactivation answers with the repository, keeps everything and may be repeated', async (t) => {
  const { world, repo, build, send, webhooks } = await setup(t);
  for (const version of [repo.version, repo.version + 1]) {
    const answer = await send('DELETE', '?remove=false');
    assert.equal(answer.statusCode, 200);
    assert.deepEqual([answer.json<WireRepo>().active, answer.json<WireRepo>().version], [false, version + 1]);
  }
  assert.equal((await send('GET', `/builds/${build.number}`)).statusCode, 200);
  assert.deepEqual(await webhooks(), [`repo:disabled ${repo.slug}`, `repo:disabled ${repo.slug}`]);
  assert.equal((await findRepoBySlug(world.db, repo.slug))?.isActive, false);
});

test('[ledger 29] deactivation takes the webhook away, and a service that refuses changes nothing', async (t) => {
  const calls: string[] = [];
  const app = { forgeOf: () => forge };
  const { world, repo, send } = await setup(t, { app });
  const forge = spyForge(world, calls, ['remove']);
  await send('POST');
  assert.equal((await send('DELETE')).statusCode, 200);
  assert.deepEqual(calls, [`install ada ${repo.slug}`, `remove ada ${repo.slug}`]);
  assert.deepEqual(world.failures, [`the webhook of ${repo.slug} could not be removed`]);
});

test('a webhook that cannot be installed leaves the repository as it was', async (t) => {
  const app = { forgeOf: () => forge };
  const { world, send, repo, webhooks } = await setup(t, { app }, { repo: { isActive: false } });
  const forge = spyForge(world, [], ['install']);
  assert.equal((await send('POST')).statusCode, 500);
  assert.equal((await findRepoBySlug(world.db, repo.slug))?.isActive, false);
  assert.deepEqual(await webhooks(), []);
});

test('[ledger 23] removal cancels what runs and leaves neither rows, logs nor Git data behind', async (t) => {
  const removed: string[] = [];
  const removeGitData = async ({ slug }: { slug: string }) => void removed.push(slug);
  const world = await createHttpWorld({ app: { removeGitData } });
  t.after(() => world.close());
  const running = await startStep(world);
  await running.write('one\n');
  const { repo, build, lease, stepId } = running;
  const other = await world.start();
  const headers = await world.bearer(await world.addUser({ isAdmin: true }));
  const url = `/api/repos/${repo.slug}?remove=true`;
  const answer = await world.app.inject({ method: 'DELETE', url, headers });
  assert.deepEqual([answer.statusCode, answer.json<WireRepo>().active], [200, false]);
  assert.equal((await world.app.inject({ url, headers })).statusCode, 404);
  assert.ok(removed.includes(repo.slug) && !removed.includes(other.repo.slug));
  const key = logKey({ repoId: repo.id, buildId: build.id, stepId });
  assert.equal((await world.logs.progress(key)).size, 0);
  await rejectsWith('lease-lost', world.queue.heartbeat(lease));
  const left = await Promise.all([
    world.db.selectFrom('builds').select('id').where('repo_id', '=', repo.id).execute(),
    world.db.selectFrom('stages').select('id').where('repo_id', '=', repo.id).execute(),
    world.db.selectFrom('steps').select('id').where('id', '=', stepId).execute(),
    world.db.selectFrom('logs').select('step_id').where('step_id', '=', stepId).execute(),
    world.db.selectFrom('events').select('seq').where('repo_id', '=', repo.id).execute(),
  ]);
  assert.deepEqual(left, [[], [], [], [], []]);
  const outbox = await world.db
    .selectFrom('outbox')
    .selectAll()
    .where('subject', '=', `repo:${repo.id}`)
    .execute();
  assert.equal(JSON.parse(outbox[0]?.payload ?? '{}').repo.slug, repo.slug);
  // The queue goes on with others.
  const runner = { name: 'r', types: ['docker'], labels: {}, capacity: 2, version: '0.1.0' };
  const platform = { os: 'linux', arch: 'amd64', variant: '', version: '' };
  const next = await world.queue.request({ ...runner, platform }, AT_ONCE);
  assert.equal(next?.repo.slug, other.repo.slug);
});

test('a removal that breaks off leaves an inactive repository that can be removed again', async (t) => {
  const state = { isBroken: true };
  const removeGitData = async () => {
    if (state.isBroken) throw new Error('the disk does not answer');
  };
  const { world, repo, send } = await setup(t, { app: { removeGitData } });
  assert.equal((await send('DELETE', '?remove=true')).statusCode, 500);
  assert.equal((await findRepoBySlug(world.db, repo.slug))?.isActive, false);
  state.isBroken = false;
  assert.equal((await send('DELETE', '?remove=true')).statusCode, 200);
  assert.equal((await send('DELETE', '?remove=true')).statusCode, 404);
});

test('[api chownRepo] the caller becomes the owner and nothing else changes', async (t) => {
  const { user, send } = await setup(t);
  const before = (await send('GET')).json<WireRepo>();
  const { permissions, ...rest } = before;
  assert.deepEqual(permissions, ADMIN);
  const after = (await send('POST', '/chown')).json<WireRepo>();
  assert.deepEqual(after, { ...rest, user_id: user.id, version: rest.version + 1 });
});

test('[api repairRepo] repair reads the repository again with the credentials of its owner', async (t) => {
  const calls: string[] = [];
  const app = { forgeOf: () => forge };
  const { world, repo, send } = await setup(t, { app });
  const forge = spyForge(world, calls);
  const orphan = await send('POST', '/repair');
  assert.deepEqual([orphan.statusCode, orphan.json().error_code], [404, 'owner-missing']);
  await send('POST', '/chown');
  await updateRepo(world.db, repo.id, { visibility: 'public', isActive: false });
  const answer = await send('POST', '/repair');
  assert.equal(answer.statusCode, 200);
  const { link, git_http_url, private: isPrivate, visibility, active } = answer.json<WireRepo>();
  assert.deepEqual(
    { link, git_http_url, isPrivate, visibility, active },
    {
      link: `http://ci/x/${repo.slug}`,
      git_http_url: `http://ci/x/git/${repo.slug}.git`,
      isPrivate: false,
      visibility: 'public',
      active: false,
    },
  );
  assert.deepEqual(calls, [`install ada ${repo.slug}`]);
});

test('[api repairRepo] a repository that its owner no longer sees is not found', async (t) => {
  const { world, repo, send } = await setup(t);
  const owner = await world.addUser({ login: 'gone' });
  await updateRepo(world.db, repo.id, { userId: owner.id, connectionId: 1 });
  const nothing = { findRepo: async () => undefined, listRepos: async () => [] };
  const app = { forgeOf: () => ({ ...spyForge(world, []), ...nothing }) };
  const blind = await createHttpWorld({ app });
  t.after(() => blind.close());
  const other = await blind.start([], { repo: { userId: 1 } });
  const headers = await blind.bearer(await blind.addUser({ isAdmin: true }));
  const url = `/api/repos/${other.repo.slug}/repair`;
  const answer = await blind.app.inject({ method: 'POST', url, headers });
  assert.deepEqual([answer.statusCode, answer.json().error_code], [404, 'not-found']);
  assert.equal((await send('POST', '/repair')).statusCode, 200);
});

test('[ledger 5] changes of a repository are hidden from those who do not administer it', async (t) => {
  const { world, repo, url } = await setup(t);
  const writer = await world.addUser({ login: 'writer' });
  await world.grant(writer, repo, { read: true, write: true, admin: false });
  const headers = await world.bearer(writer);
  for (const [method, path] of [
    ['POST', ''],
    ['DELETE', ''],
    ['PATCH', ''],
    ['POST', '/chown'],
    ['POST', '/repair'],
    ['DELETE', '/collaborators/ada'],
  ] as const) {
    assert.equal((await world.app.inject({ method, url: `${url}${path}`, headers })).statusCode, 404);
    assert.equal((await world.app.inject({ method, url: `${url}${path}` })).statusCode, 401);
  }
});
