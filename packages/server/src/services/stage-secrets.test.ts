import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StageSecrets } from '@sortie/contract/runner';
import type { LegacySecretRules } from '@sortie/core/secret';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { openQueueWorld, storedBuild } from '@sortie/testing/queue-views';
import { AT_ONCE, type QueueWorld } from '@sortie/testing/queue-world';
import { ensureConnection } from '../store/connections.ts';
import { updateSecret } from '../store/secrets.ts';
import { createSecret, putLegacySecret } from './set-secret.ts';
import { encryptForRepo } from './sign-config.ts';

const PIPELINE = `kind: pipeline
type: docker
name: default
steps:
  - name: a
    image: alpine
    environment: {TOKEN: {from_secret: token}}
`;

type Start = NonNullable<Parameters<QueueWorld['start']>[1]>;
type Repo = Awaited<ReturnType<QueueWorld['start']>>['repo'];

const PULL_REQUEST = { event: 'pull_request', ref: 'refs/pull/1/head', sourceRepo: 'octocat/hello' } as const;
const FORK = { ...PULL_REQUEST, sourceRepo: 'stranger/hello' } as const;

describe('the secrets of a stage', () => {
  let world: QueueWorld;
  let repo: Repo;

  beforeEach(async () => {
    world = await openQueueWorld();
    repo = (await world.start([], { repo: { name: 'hello' } })).repo;
  });
  afterEach(() => world.close());

  async function add(
    home: 'repo' | 'org' | 'server',
    name: string,
    value: string,
    isForPullRequests = false,
  ) {
    const homes = {
      repo: { repoId: repo.id },
      org: { namespace: 'Octocat' },
      server: { namespace: '__global__' },
    };
    const flags = { allowsPullRequests: isForPullRequests, allowsPullRequestPushes: false };
    return createSecret(world, homes[home], { name, value, ...flags });
  }

  async function addLegacy(name: string, rules: Partial<LegacySecretRules>) {
    const all = { images: ['*'], events: ['push'], skipVerify: false, conceal: false, ...rules };
    return putLegacySecret(world, { repoId: repo.id }, { name, value: 'legacy', rules: all });
  }

  /** What the runner of a build with this pipeline is handed. */
  async function handed(
    build: Start['build'] = {},
    patch: Start['repo'] = {},
  ): Promise<StageSecrets | undefined> {
    const stages = [aStageDraft({ name: 'default' })];
    const started = await world.start(stages, {
      build: { config: PIPELINE, ...build },
      in: { ...repo, ...patch },
    });
    const assignment = await world.queue.request(aRunner(), AT_ONCE);
    assert.ok(
      assignment,
      `nothing was handed out: ${JSON.stringify(await storedBuild(world, started.build.id))}`,
    );
    assert.equal(assignment.build.id, started.build.id);
    await world.queue.finish(assignment.lease, {
      status: 'success',
      exitCode: 0,
      error: '',
      started: 1,
      stopped: 2,
      steps: [],
    });
    return assignment.secrets;
  }

  const values = async (...input: Parameters<typeof handed>) =>
    (await handed(...input))?.stored.map(({ value }) => value) ?? [];

  it('are those that its pipeline names, in any case, and no others', async () => {
    await add('repo', 'TOKEN', 'one');
    await add('repo', 'other', 'never');
    assert.deepEqual(await handed(), {
      stored: [{ name: 'TOKEN', value: 'one', allowsPullRequests: false }],
      opened: [],
    });
    const quiet = PIPELINE.replace('{TOKEN: {from_secret: token}}', '{TOKEN: secret}');
    assert.equal(await handed({ config: quiet }), undefined);
  });

  it('are not those of another pipeline of the file', async () => {
    await add('repo', 'token', 'one');
    const other = `${PIPELINE.replace('name: default', 'name: deploy')}---\n`;
    const config = `${other}kind: pipeline\nname: default\nsteps: [{name: a, image: x, commands: [secret]}]\n`;
    assert.equal(await handed({ config }), undefined);
  });

  it('also stand in settings, among other things, and in the names of pull secrets', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await add('repo', name, `value ${name}`);
    const config = `kind: pipeline
name: default
image_pull_secrets: [a]
steps:
  - name: s
    image: plugins/x
    settings: {list: [x, {from_secret: b}], "plain": {"from_\\x73ecret": c}}
`;
    assert.deepEqual(await values({ config }), ['value a', 'value b', 'value c']);
  });

  it('come from repository, namespace and server, in this order', async () => {
    await add('server', 'token', 'server');
    assert.deepEqual(await values(), ['server']);
    await add('org', 'Token', 'org');
    await add('repo', 'token', 'repo');
    assert.deepEqual(await values(), ['repo', 'org', 'server']);
  });

  it('[ops C57] without the mark are not for pull requests, also not of the same repository', async () => {
    await add('repo', 'token', 'hidden');
    assert.deepEqual(await values(PULL_REQUEST), []);
    assert.deepEqual(await values({ ...PULL_REQUEST, event: 'promote', deployTo: 'production' }), []);
    assert.deepEqual(await values({ ...PULL_REQUEST, event: 'rollback' }), []);
    assert.deepEqual(await values({ event: 'promote' }), ['hidden']);
  });

  it('[ops C58] of a repository go before those of its namespace, and let them through when hidden', async () => {
    await add('repo', 'token', 'repo');
    await add('org', 'token', 'org', true);
    assert.deepEqual(await values(), ['repo', 'org']);
    assert.deepEqual(await values(PULL_REQUEST), ['org']);
  });

  it('[scm X23] of namespace and server are never for forks, or for a source that is gone', async () => {
    await add('repo', 'token', 'repo', true);
    await add('org', 'token', 'org', true);
    await add('server', 'token', 'server', true);
    assert.deepEqual(await values(PULL_REQUEST), ['repo', 'org', 'server']);
    assert.deepEqual(await values(FORK), ['repo']);
    assert.deepEqual(await values({ ...PULL_REQUEST, sourceRepo: '' }), ['repo']);
    assert.deepEqual(await values({ ...FORK, event: 'promote' }), ['repo']);
  });

  it('[legacy 24] of the 0.5 API are for the events that they name', async () => {
    await addLegacy('token', { events: ['dep*'] });
    assert.deepEqual(await values(), []);
    assert.deepEqual(await values({ event: 'promote' }), ['legacy']);
    await addLegacy('token', { events: ['pull_request'] });
    assert.deepEqual(await values(PULL_REQUEST), ['legacy']);
    assert.deepEqual(await values({ event: 'cron' }), []);
    await addLegacy('token', { events: ['push'] });
    assert.deepEqual(await values({ event: 'cron' }), ['legacy']);
    await addLegacy('token', { events: [] });
    assert.deepEqual(await values(), []);
  });

  it('[legacy 24] of the 0.5 API carry the images that they are for', async () => {
    await addLegacy('token', { images: ['plugins/*'] });
    assert.deepEqual((await handed())?.stored, [
      { name: 'token', value: 'legacy', allowsPullRequests: false, images: ['plugins/*'] },
    ]);
    await addLegacy('token', { images: ['plugins/*', '*'] });
    assert.deepEqual((await handed())?.stored, [
      { name: 'token', value: 'legacy', allowsPullRequests: false },
    ]);
  });

  it('[ops C59] [ops C60] in the file are opened on the server: for pull requests of private repositories only', async () => {
    const data = await encryptForRepo(world, repo.id, 'correct horse');
    const unused = await encryptForRepo(world, repo.id, 'never');
    const documents = `---\nkind: secret\nname: token\ndata: ${data}\n---\nkind: secret\nname: unused\ndata: ${unused}\n`;
    const config = PIPELINE + documents;
    const opened = { stored: [], opened: [{ data, value: 'correct horse' }] };
    assert.deepEqual(await handed({ config }), opened);
    assert.deepEqual(await handed({ config, ...FORK }), opened);
    await world.db.updateTable('repos').set({ is_private: 0 }).where('id', '=', repo.id).execute();
    assert.deepEqual(await handed({ config }), opened);
    assert.equal(await handed({ config, ...PULL_REQUEST }), undefined);
    assert.equal(await handed({ config, ...PULL_REQUEST, event: 'promote' }), undefined);
    assert.equal(await handed({ config, ...FORK, sourceRepo: '' }), undefined, 'the fork was deleted');
  });

  it('in the file that do not open are left out', async () => {
    const config = `${PIPELINE}---\nkind: secret\nname: token\ndata: bm90IGVuY3J5cHRlZCBieSBhbnlib2R5IGtub3du\n`;
    assert.equal(await handed({ config }), undefined);
  });

  it('that cannot be opened end the stage with their name, and do not hold up the others', async () => {
    await add('repo', 'token', 'one');
    const sealed = world.sealer.seal('stolen', 'secrets.sealed:somewhere else');
    await updateSecret(world.db, { repoId: repo.id, name: 'token' }, { sealed, updated: 1 });
    const { build } = await world.start([aStageDraft()], { in: repo, build: { config: PIPELINE } });
    await add('org', 'fine', 'two');
    const config = PIPELINE.replace('from_secret: token', 'from_secret: fine');
    assert.deepEqual(await values({ config }), ['two']);
    const ended = await storedBuild(world, build.id);
    assert.deepEqual([ended.build.status, ended.stage.status], ['error', 'error']);
    assert.match(ended.stage.error, /The secret "token" cannot be decrypted/);
    assert.doesNotMatch(JSON.stringify(ended), /stolen/);
  });

  it('[scm X23] a namespace of the same name at another Git service gets nothing of the first one', async () => {
    await add('org', 'token', 'of the organisation', true);
    await add('server', 'other', 'of the server', true);
    const { id } = await ensureConnection(world.db, {
      kind: 'gitea',
      name: 'second',
      url: 'https://git.example',
    });
    const elsewhere = { namespace: 'OctoCat', name: 'trap', slug: 'OctoCat/trap', connectionId: id };
    const { repo: trap } = await world.start([], { repo: elsewhere });
    assert.equal(await handed({}, trap), undefined);
    const own = await handed();
    assert.deepEqual(
      own?.stored.map(({ value }) => value),
      ['of the organisation'],
    );
  });
});
