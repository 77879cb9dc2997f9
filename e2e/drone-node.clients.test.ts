import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ClientWorld, createClientWorld } from './clients/client-world.ts';
import { CALLS, REFUSALS } from './clients/node-calls.ts';
import { methodsOf, type NodeClient, openNodeClient } from './clients/node-client.ts';

const REPO = ['ada', 'demo'] as const;

/** Members that a row of `recentBuilds` has, and its build (cli-ui-sdk.md 2.3, N8). */
const REPO_KEYS =
  'id uid user_id namespace name slug scm git_http_url git_ssh_url link default_branch private visibility active config_path trusted protected ignore_forks ignore_pull_requests auto_cancel_pull_requests auto_cancel_pushes timeout counter synced created updated version';
const BUILD_KEYS =
  'id repo_id trigger number status event action link timestamp message before after ref source_repo source target author_login author_name author_email author_avatar sender started finished created updated version';
const USER_KEYS = 'id login email machine admin active avatar syncing synced created updated last_login';

describe('[sdk S01] drone-node', () => {
  let world: ClientWorld;
  let client: NodeClient;
  let stranger: NodeClient;
  let nobody: NodeClient;

  before(async () => {
    world = await createClientWorld();
    client = openNodeClient(world);
    stranger = openNodeClient({ url: world.url, token: world.strangerToken });
    nobody = openNodeClient({ url: world.url, token: 'wrong' });
  });
  after(async () => world?.close());

  const call = async <T = Record<string, unknown>>(method: string, ...args: readonly unknown[]): Promise<T> =>
    (await ask(client, method, ...args)) as T;

  it('has exactly 59 methods', () => {
    assert.equal(methodsOf(client).length, 59);
  });

  it('[sdk S02] [node getSelf] [node updateSelf] [node getToken] are about the account', async () => {
    const self = await call('getSelf');
    assert.deepEqual(missing(self, USER_KEYS), []);
    assert.equal((await call('updateSelf', { email: 'ada@example.com' })).email, 'ada@example.com');
    const { token, login } = await call('getToken');
    assert.equal(login, 'ada');
    const again = openNodeClient({ url: world.url, token: String(token) });
    assert.equal(((await ask(again, 'getSelf')) as { login: string }).login, 'ada');
  });

  it('[sdk S02] [node recentBuilds] lists repositories with their builds', async () => {
    const [row] = await call<Record<string, unknown>[]>('recentBuilds');
    assert.deepEqual(missing(row, REPO_KEYS), []);
    assert.deepEqual(missing(row?.build, BUILD_KEYS), []);
  });

  it('[node syncRepos] [node selfRepos] [node getRepos] [node getRepo] read repositories', async () => {
    assert.equal(await call('syncRepos', { async: true }), '');
    assert.partialDeepStrictEqual(await call('syncRepos'), [{ slug: 'ada/demo' }]);
    assert.partialDeepStrictEqual(await call('selfRepos', { latest: true }), [{ build: { number: 1 } }]);
    assert.partialDeepStrictEqual(await call('getRepos'), [{ slug: 'ada/demo' }]);
    assert.partialDeepStrictEqual(await call('getRepo', ...REPO), { permissions: { admin: true } });
  });

  it('[node enableRepo] [node chownRepo] [node repairRepo] [node updateRepo] change a repository', async () => {
    assert.partialDeepStrictEqual(await call('enableRepo', ...REPO), { active: true });
    assert.partialDeepStrictEqual(await call('chownRepo', ...REPO), { slug: 'ada/demo' });
    assert.partialDeepStrictEqual(await call('repairRepo', ...REPO), { slug: 'ada/demo' });
    const settings = { visibility: 'internal', timeout: 15, ignore_forks: true };
    assert.partialDeepStrictEqual(await call('updateRepo', ...REPO, settings), settings);
  });

  it('[node triggerBuild] [node getBuilds] [node getBuild] [node latestBuild] start and read builds', async () => {
    assert.partialDeepStrictEqual(await call('triggerBuild', ...REPO, { branch: 'main' }), {
      number: 2,
      event: 'custom',
    });
    await world.done(2);
    const numbers = (await call<{ number: number }[]>('getBuilds', ...REPO)).map(({ number }) => number);
    assert.deepEqual(numbers, [2, 1]);
    const found = await call('getBuild', ...REPO, 2);
    assert.partialDeepStrictEqual(found, { number: 2, stages: [{ number: 1, steps: [{ number: 1 }] }] });
    assert.equal((await call('latestBuild', ...REPO, { branch: 'main' })).number, 2);
  });

  it('[sdk S03] [node retryBuild] [node promoteBuild] [node rollbackBuild] hand their parameters to the new build', async () => {
    const retried = await call('retryBuild', ...REPO, 2, { color: 'red' });
    assert.partialDeepStrictEqual(retried, { number: 3, parent: 2, params: { color: 'red' } });
    const promoted = await call('promoteBuild', ...REPO, 2, 'production', { color: 'green' });
    assert.partialDeepStrictEqual(promoted, {
      number: 4,
      deploy_to: 'production',
      params: { color: 'green' },
    });
    const rolled = await call('rollbackBuild', ...REPO, 2, 'production', { color: 'blue' });
    assert.partialDeepStrictEqual(rolled, { number: 5, event: 'rollback', params: { color: 'blue' } });
    for (const number of [3, 4, 5]) await world.done(number);
  });

  it('[sdk S07] [node getLogs] [node deleteLogs] read and remove a log', async () => {
    const lines = await call<{ pos: number; out: string }[]>('getLogs', ...REPO, 4, 1, 2);
    assert.deepEqual(
      lines.map(({ pos }) => pos),
      lines.map((_, index) => index),
    );
    assert.equal(lines.at(-1)?.out, 'target=production color=green\n');
    assert.equal(await call('deleteLogs', ...REPO, 4, 1, 2), '');
    assert.equal(await refusal(client, 'getLogs', ...REPO, 4, 1, 2), 404);
  });

  it('[node pauseQueue] [node getQueue] [node incompleteBuilds] [node cancelBuild] [node resumeQueue] hold and cancel builds', async () => {
    assert.equal(await call('pauseQueue'), '');
    const { number } = await call('triggerBuild', ...REPO);
    assert.partialDeepStrictEqual(await call('getQueue'), [{ status: 'pending' }]);
    assert.partialDeepStrictEqual(await call('incompleteBuilds'), [{ build: { number } }]);
    assert.partialDeepStrictEqual(await call('cancelBuild', ...REPO, number), {
      number,
      status: 'killed',
      stages: [{ status: 'skipped' }],
    });
    assert.equal(await call('resumeQueue'), '');
    assert.deepEqual(await call('getQueue'), []);
  });

  it('[node approveBuild] [node declineBuild] decide about blocked stages', async () => {
    await call('updateRepo', ...REPO, { protected: true });
    const { number: first } = await call<{ number: number }>('triggerBuild', ...REPO);
    assert.equal(await call('approveBuild', ...REPO, first, 1), '');
    await world.done(first);
    const { number: second } = await call<{ number: number }>('triggerBuild', ...REPO);
    assert.equal(await call('declineBuild', ...REPO, second, 1), '');
    assert.equal((await call('getBuild', ...REPO, second)).status, 'declined');
    await call('updateRepo', ...REPO, { protected: false });
  });

  it('[node createSecret] [node getSecrets] [node getSecret] [node updateSecret] [node deleteSecret] keep secrets', async () => {
    const secret = { name: 'token', data: 's3cr3t', pull_request: true };
    assert.partialDeepStrictEqual(await call('createSecret', ...REPO, secret), { name: 'token' });
    const changed = await call('updateSecret', ...REPO, 'token', { pull_request: false });
    assert.deepEqual(missing(changed, 'pull_request'), ['pull_request']);
    const seen = [await call('getSecrets', ...REPO), await call('getSecret', ...REPO, 'token')];
    assert.doesNotMatch(JSON.stringify(seen), /s3cr3t/);
    assert.equal(await call('deleteSecret', ...REPO, 'token'), '');
    assert.deepEqual(await call('getSecrets', ...REPO), []);
  });

  it('[sdk S05] [node createGlobalSecret] [node getAllGlobalSecrets] [node getGlobalSecrets] [node getGlobalSecret] [node updateGlobalSecret] [node deleteGlobalSecret] keep secrets of a namespace', async () => {
    await call('createGlobalSecret', 'ada', { name: 'key', data: 's3cr3t' });
    assert.partialDeepStrictEqual(await call('updateGlobalSecret', 'ada', 'key', { pull_request: true }), {
      pull_request: true,
    });
    assert.partialDeepStrictEqual(await call('getAllGlobalSecrets'), [{ name: 'key', namespace: 'ada' }]);
    assert.partialDeepStrictEqual(await call('getGlobalSecrets', 'ada'), [{ name: 'key' }]);
    assert.partialDeepStrictEqual(await call('getGlobalSecret', 'ada', 'key'), { name: 'key' });
    assert.equal(await call('deleteGlobalSecret', 'ada', 'key'), '');
    assert.equal(await refusal(client, 'getGlobalSecret', 'ada', 'key'), 404);
  });

  it('[node encryptSecret] [node signConfig] answer data', async () => {
    assert.match(String((await call('encryptSecret', ...REPO, 'text')).data), /^[A-Za-z0-9+/]+=*$/);
    assert.match(String((await call('signConfig', ...REPO, 'kind: pipeline\n')).data), /^[0-9a-f]{64}$/);
  });

  it('[node createCron] [node getCrons] [node getCron] [node updateCron] [node executeCron] [node deleteCron] keep and run cron jobs', async () => {
    const cron = { name: 'nightly', expr: '@daily', branch: 'main' };
    assert.partialDeepStrictEqual(await call('createCron', ...REPO, cron), cron);
    assert.partialDeepStrictEqual(await call('updateCron', ...REPO, 'nightly', { disabled: true }), {
      disabled: true,
    });
    assert.partialDeepStrictEqual(await call('getCrons', ...REPO), [cron]);
    assert.partialDeepStrictEqual(await call('getCron', ...REPO, 'nightly'), cron);
    const built = await call<{ number: number }>('executeCron', ...REPO, 'nightly');
    assert.partialDeepStrictEqual(built, { event: 'cron', cron: 'nightly' });
    await world.done(built.number);
    assert.equal(await call('deleteCron', ...REPO, 'nightly'), '');
  });

  it('[node createUser] [node getUsers] [node getUser] [node updateUser] [node userRepos] [node deleteUser] manage accounts', async () => {
    const made = await call('createUser', { login: 'grace', machine: true });
    assert.match(String(made.token), /^.{32,}$/);
    assert.ok((await call<{ login: string }[]>('getUsers')).some(({ login }) => login === 'grace'));
    assert.equal((await call('getUser', 'grace')).login, 'grace');
    assert.equal((await call('updateUser', 'grace', { active: false })).active, false);
    assert.deepEqual(await call('userRepos', 'grace'), []);
    assert.equal(await call('deleteUser', 'grace'), '');
  });

  it('[node getCollaborators] [node getCollaborator] [node deleteCollaborator] read and drop permissions', async () => {
    assert.partialDeepStrictEqual(await call('getCollaborators', ...REPO), [{ login: 'ada', admin: true }]);
    assert.deepEqual(await call('getCollaborator', ...REPO, 'ada'), { read: true, write: true, admin: true });
    assert.equal(await call('deleteCollaborator', ...REPO, 'ada'), '');
    assert.equal(await refusal(client, 'getCollaborator', ...REPO, 'ada'), 404);
  });

  it('[node getSystemStats] counts', async () => {
    assert.partialDeepStrictEqual(await call('getSystemStats'), {
      users: { total: 2 },
      repos: { active: 1 },
    });
  });

  it('[sdk S08] is refused with the status: nobody 401, a stranger 403 or 404, the unknown 404', async () => {
    const rows: readonly [string, readonly unknown[], number][] = [
      ['getRepos', [], 403],
      ['incompleteBuilds', [], 403],
      ['getQueue', [], 403],
      ['pauseQueue', [], 403],
      ['resumeQueue', [], 403],
      ['getUsers', [], 403],
      ['getSystemStats', [], 403],
      ['getAllGlobalSecrets', [], 403],
      ['getGlobalSecrets', ['ada'], 401],
      ['triggerBuild', [...REPO], 404],
      ['getSecrets', [...REPO], 404],
      ['getCrons', [...REPO], 404],
      ['disableRepo', [...REPO], 404],
      ['signConfig', [...REPO, 'x'], 404],
    ];
    for (const [method, args, status] of rows) {
      assert.equal(await refusal(nobody, method, ...args), 401, method);
      assert.equal(await refusal(stranger, method, ...args), status, method);
    }
    assert.equal(await refusal(client, 'getRepo', 'ada', 'none'), 404);
    assert.equal(await refusal(client, 'getBuild', ...REPO, 999), 404);
    assert.equal(await refusal(client, 'getSecret', ...REPO, 'none'), 404);
    assert.equal(await refusal(client, 'getCron', ...REPO, 'none'), 404);
    assert.equal(await refusal(client, 'getUser', 'none'), 404);
  });

  it('is refused every method that has a rule, as nobody with 401 and as a stranger with its status', async () => {
    const seen: Record<string, string> = {};
    for (const [method, args] of Object.entries(CALLS)) {
      seen[method] = `${await refusal(nobody, method, ...args)} ${await refusal(stranger, method, ...args)}`;
    }
    const expected = Object.entries(REFUSALS).flatMap(([statuses, methods]) =>
      methods.split(' ').map((method) => [method, statuses]),
    );
    assert.deepEqual(seen, Object.fromEntries(expected));
    const own = 'getToken getSelf recentBuilds syncRepos updateSelf selfRepos';
    assert.deepEqual(
      [...Object.keys(CALLS), ...own.split(' ')].sort(),
      [...methodsOf(client)].sort(),
      'a method without a row',
    );
  });

  it('[sdk S06] [node purgeBuilds] [node disableRepo] remove builds, switch off, and delete only when asked', async () => {
    assert.equal(await call('purgeBuilds', ...REPO, 3), '');
    assert.equal(await refusal(client, 'getBuild', ...REPO, 2), 404);
    assert.partialDeepStrictEqual(await call('disableRepo', ...REPO), { active: false });
    assert.equal((await call('getRepo', ...REPO)).active, false);
    await call('disableRepo', ...REPO, true);
    assert.equal(await refusal(client, 'getRepo', ...REPO), 404);
  });
});

function ask(client: NodeClient, method: string, ...args: readonly unknown[]): Promise<unknown> {
  const called = client[method];
  if (called === undefined) throw new Error(`drone-node has no method ${method}`);
  return called.apply(client, [...args]);
}

/** The status with which a call is rejected; drone-node rejects with a plain object. */
async function refusal(client: NodeClient, method: string, ...args: readonly unknown[]): Promise<unknown> {
  return ask(client, method, ...args).then(
    () => 'let in',
    (error: { readonly status?: unknown; readonly message?: unknown }) => error.status ?? error.message,
  );
}

function missing(value: unknown, keys: string): readonly string[] {
  const record = (value ?? {}) as Record<string, unknown>;
  return keys.split(' ').filter((key) => !(key in record));
}
