import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld } from '@sortie/testing/http-world';
import { AT_ONCE, aStep, aStepReport } from '@sortie/testing/queue-world';

/**
 * The members of every object (api-v1.md 2): those that are always there, `?` marks those left out while empty. The
 * second list is what the 0.5 API has in the same object (api-legacy.md 6.3), and what is our own.
 */
const USER =
  'id login email machine admin active avatar avatar_url syncing synced created updated last_login';
const REPO =
  'id uid user_id namespace name slug scm git_http_url git_ssh_url link default_branch private visibility active config_path trusted protected ignore_forks ignore_pull_requests auto_cancel_pull_requests auto_cancel_pushes auto_cancel_running timeout throttle? counter synced created updated version archived';
const REPO_05 =
  'owner full_name link_url clone_url allow_pr allow_push allow_deploys allow_tags ignore_reopened auto_cancel_closed fork_approval fork_config priority';
const BUILD =
  'id repo_id trigger number parent status error? event action link timestamp title message before after ref source_repo source target author_login author_name author_email author_avatar sender params? cron? deploy_to deploy_id? debug? started finished created updated version';
const BUILD_MORE =
  'enqueued_at created_at started_at finished_at commit branch refspec remote author link_url signed verified sequence';
const STAGE =
  'id repo_id build_id number name kind? type? status error? errignore exit_code machine? os arch variant? kernel? limit? throttle? started stopped created updated version on_success on_failure depends_on? labels?';
const STEP =
  'id step_id number name status error? errignore? exit_code started? stopped? version depends_on? image? detached? schema?';
const SECRET = 'id? repo_id? namespace? name type? pull_request? pull_request_push?';
const SECRET_MORE = 'created updated value image event skip_verify conceal';
const CRON = 'id repo_id name expr next prev event branch target? disabled created updated version';
const NODE =
  'id uid provider state name image region size os arch kernel variant address capacity filters labels error ca_key ca_cert tls_key tls_cert tls_name paused protected created updated';
const INCOMPLETE_STAGE =
  'repo_namespace repo_name repo_slug build_number build_author build_author_name build_author_email build_author_avatar build_sender build_started build_finished build_created build_updated stage_name stage_kind stage_type stage_status stage_machine stage_os stage_arch stage_variant stage_kernel stage_limit stage_limit_repo stage_started stage_stopped';
const PERMISSION = 'read write admin';

/** Members that may be left out carry something when they are there. */
function assertMembers(value: unknown, members: string, more = ''): void {
  assert.ok(typeof value === 'object' && value !== null, `no object but ${JSON.stringify(value)}`);
  const names = members.split(' ');
  const always = names.filter((name) => !name.endsWith('?'));
  const optional = names.filter((name) => name.endsWith('?')).map((name) => name.slice(0, -1));
  const known = new Set([...always, ...optional, ...more.split(' ')]);
  const there = Object.keys(value);
  assert.deepEqual(
    always.filter((name) => !there.includes(name)),
    [],
    'members are missing',
  );
  assert.deepEqual(
    there.filter((name) => !known.has(name)),
    [],
    'members are too many',
  );
  for (const name of optional.filter((one) => there.includes(one))) {
    const member: unknown = Object(value)[name];
    const isEmpty: boolean = !member || (typeof member === 'object' && Object.keys(member).length === 0);
    assert.ok(!isEmpty, `${name} is empty and should be left out`);
  }
}

describe('the members of answers', () => {
  test('of accounts', async (t) => {
    const { get, send } = await open(t);
    assertMembers(await get('/api/user'), USER);
    assertMembers(await get('/api/users', 0), USER);
    assertMembers(await send('POST', '/api/user/token'), `${USER} token`);
    assertMembers(await send('POST', '/api/users', { login: 'robot', machine: true }), `${USER} token`);
    assertMembers(await send('POST', '/api/users', { login: 'grace' }), USER);
    assertMembers(await send('POST', '/api/users/robot/token/rotate'), `${USER} message`);
  });

  test('of repositories', async (t) => {
    const { get, send, repo, url } = await open(t);
    assertMembers(await get(url), `${REPO} permissions`, REPO_05);
    assertMembers(await get(url, 'permissions'), PERMISSION);
    assertMembers(await get('/api/repos', 0), REPO, REPO_05);
    assertMembers(await get('/api/user/repos', 0), REPO, REPO_05);
    const latest = '/api/user/repos?latest=true';
    assertMembers(await get(latest, 0), `${REPO} build`, REPO_05);
    assertMembers(await get(latest, 0, 'build'), BUILD, BUILD_MORE);
    assertMembers(await get('/api/user/builds', 0), `${REPO} build`, REPO_05);
    assertMembers(await send('PATCH', url, { protected: true, throttle: 2 }), REPO, REPO_05);
    assertMembers(await send('POST', `${url}/chown`), REPO, REPO_05);
    const rights = `user_id repo_id login avatar ${PERMISSION} synced created updated`;
    assertMembers(await get(`${url}/collaborators`, 0), rights);
    assert.equal(await get(`${url}/collaborators`, 0, 'repo_id'), repo.uid);
    assertMembers(await get(`${url}/collaborators/root`), PERMISSION);
  });

  test('[sdk S16] of builds, stages and steps, where `step_id` is the stage', async (t) => {
    const { get, send, url } = await open(t);
    assertMembers(await get(`${url}/builds`, 0), BUILD, BUILD_MORE);
    for (const path of [`${url}/builds/1`, `${url}/builds/latest`]) {
      assertMembers(await get(path), `${BUILD} stages`, `${BUILD_MORE} jobs`);
      assertMembers(await get(path, 'stages', 0), `${STAGE} steps`);
      assertMembers(await get(path, 'stages', 1), STAGE, 'waiting_for');
      assertMembers(await get(path, 'stages', 0, 'steps', 0), STEP);
      const stageId = await get(path, 'stages', 0, 'id');
      assert.equal(await get(path, 'stages', 0, 'steps', 0, 'step_id'), stageId);
      assert.equal(await get(path, 'timestamp'), 0);
    }
    assertMembers(await get('/api/queue', 0), STAGE, 'waiting_for');
    assertMembers(await get('/api/builds/incomplete', 0), `${REPO} build`, REPO_05);
    const incomplete = '/api/builds/incomplete/v2';
    assertMembers(await get(incomplete, 0), INCOMPLETE_STAGE);
    assert.equal(await get(incomplete, 0, 'stage_limit'), '0');
    assert.equal(await get(incomplete, 0, 'stage_limit_repo'), '0');
    const cancelled = await send('DELETE', `${url}/builds/1`);
    assertMembers(cancelled, `${BUILD} stages`, `${BUILD_MORE} jobs cancelling`);
  });

  test('of secrets, cron jobs and templates', async (t) => {
    const { send, url } = await open(t);
    const secret = { name: 'a', data: 'b', pull_request: true };
    assertMembers(await send('POST', `${url}/secrets`, secret), SECRET, SECRET_MORE);
    assertMembers(await send('POST', '/api/secrets/root', { name: 'a', data: 'b' }), SECRET, SECRET_MORE);
    const cron = { name: 'nightly', expr: '@daily', branch: 'main' };
    assertMembers(await send('POST', `${url}/cron`, cron), CRON);
    const template = await send('POST', '/api/templates/root', { name: 'a.yml', data: 'kind: pipeline' });
    assertMembers(template, 'id name namespace data created updated');
  });

  test('of nodes, statistics and the server', async (t) => {
    const { get, send } = await open(t);
    assertMembers(await get('/api/nodes', 0), NODE);
    assertMembers(await send('POST', '/api/nodes', { name: 'n', tls_key: 'YQ==' }), NODE);
    const stats = '/api/system/stats';
    assertMembers(await get(stats), 'users repos builds pipelines events streams watchers');
    assertMembers(await get(stats, 'builds'), 'pending running total');
    assertMembers(await get(stats, 'pipelines', 0), 'subscribers os arch variant kernel pending running');
    assertMembers(await get('/varz'), 'scm license');
    assertMembers(await get('/varz', 'scm'), 'url rate');
    assertMembers(await get('/varz', 'scm', 'rate'), 'limit remaining reset');
    assertMembers(await get('/varz', 'license'), 'kind seats repos expire_at');
    assertMembers(await get('/version'), 'source? version? commit?', 'url');
  });
});

/** A repository with a running stage and one that waits for it, and an administrator who has every right. */
async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser({ login: 'root', isAdmin: true });
  const headers = await world.bearer(user);
  const stages = [aStageDraft(), aStageDraft({ number: 2, dependsOn: ['default'] })];
  const { repo } = await world.start(stages, { repo: { userId: user.id } });
  await world.grant(user, repo, { read: true, write: true, admin: true });
  const lease = (await world.queue.request(aRunner(), AT_ONCE))?.lease;
  if (lease === undefined) throw new Error('nothing was handed out');
  const [step] = await world.queue.begin(lease, [aStep(), aStep({ number: 2 })]);
  await world.queue.updateStep(lease, aStepReport(step?.id ?? 0));
  const send = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
    const body = payload === undefined ? {} : { payload };
    const answer = await world.app.inject({ method, url, headers, ...body });
    assert.equal(answer.statusCode, 200, `${method} ${url}: ${answer.body}`);
    return answer.json<unknown>();
  };
  /** The answer, or what is at a place in it. */
  const get = async (url: string, ...place: readonly (string | number)[]): Promise<unknown> => {
    const answer = await send('GET', url);
    return place.reduce((value, name) => Object(value)[name] as unknown, answer);
  };
  return { repo, send, get, url: `/api/repos/${repo.slug}` };
}
