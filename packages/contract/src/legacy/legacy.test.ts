import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Build } from '@sortie/core/build';
import { type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import { toWireBuild } from '../builds.ts';
import { toWireRepo } from '../repos.ts';
import type { StageWithSteps } from '../stages.ts';
import { toLegacyAgent } from './agents.ts';
import { toLegacyStatus } from './build-words.ts';
import { toLegacyBuild } from './builds.ts';
import { toLegacyFeedItem } from './feed.ts';
import { toLegacyJob } from './jobs.ts';
import { toLegacyExitLine, toLegacyLogLine } from './logs.ts';
import { toLegacyInactiveRepo, toLegacyRepo, toLegacyRepoLite } from './repos.ts';
import { LEGACY_ROUTES } from './routes.ts';
import { toLegacySecret } from './secrets.ts';
import { toLegacySelf, toLegacyUser } from './users.ts';

const USER = {
  id: 1,
  connectionId: 1,
  uid: 'root',
  login: 'root',
  email: 'root@example.com',
  avatar: 'https://example.com/a.png',
  isMachine: false,
  isAdmin: true,
  isActive: true,
  isSyncing: false,
  synced: 0,
  created: 1,
  updated: 1,
  lastLogin: 0,
};

const REPO: Repo = {
  ...UNTOUCHED_REPO,
  id: 5,
  connectionId: 1,
  uid: 'o/demo',
  userId: 1,
  namespace: 'o',
  name: 'demo',
  slug: 'o/demo',
  httpUrl: 'http://host/git/o/demo.git',
  sshUrl: '',
  link: 'http://host/o/demo',
  defaultBranch: 'main',
  isPrivate: true,
  visibility: 'private',
  isActive: true,
  configPath: '.drone.yml',
  allowTags: false,
  allowDeploys: false,
  avatarUrl: 'http://host/a.png',
  timeoutMinutes: 60,
  counter: 1,
  synced: 0,
  created: 1,
  updated: 1,
  version: 1,
};

const BUILD: Build = {
  id: 24,
  repoId: 5,
  number: 2,
  parent: 0,
  status: 'success',
  error: '',
  event: 'push',
  action: '',
  link: 'http://host/compare',
  title: '',
  message: 'fix path\n',
  before: '',
  after: '5f07',
  ref: 'refs/heads/master',
  sourceRepo: '',
  source: 'master',
  target: 'master',
  authorLogin: 'root',
  authorName: 'Root',
  authorEmail: 'root@example.com',
  authorAvatar: 'http://host/a.png',
  sender: 'root',
  trigger: '@hook',
  params: {},
  cron: '',
  deployTo: '',
  deployId: 0,
  debug: false,
  started: 12,
  finished: 20,
  created: 10,
  updated: 20,
  version: 1,
  sequence: 1,
  enqueued: 11,
  isSigned: false,
  isVerified: false,
  config: '',
  findings: [],
  isCancelling: false,
};

const STAGE: StageWithSteps = {
  id: 23,
  repoId: 5,
  buildId: 24,
  number: 1,
  attempt: 1,
  name: 'default',
  kind: 'pipeline',
  type: 'docker',
  status: 'failure',
  error: '',
  errIgnore: false,
  exitCode: 0,
  machine: '',
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  limit: 0,
  throttle: 0,
  onSuccess: true,
  onFailure: false,
  dependsOn: [],
  labels: {},
  environment: { GO: '1.7' },
  started: 12,
  stopped: 20,
  created: 10,
  updated: 20,
  version: 1,
  steps: [],
};

const BUILD_MEMBERS =
  'id number parent event status enqueued_at created_at started_at finished_at deploy_to commit branch ref refspec remote title message timestamp author author_avatar author_email link_url signed verified';
const JOB_MEMBERS = 'id number error status exit_code enqueued_at started_at finished_at environment';

function keys(value: object): string {
  return Object.keys(value).join(' ');
}

test('[legacy 1] [legacy 10] accounts have the members of 0.5 in its order, admin only in the own one', () => {
  assert.equal(keys(toLegacySelf(USER)), 'id login email avatar_url active admin');
  assert.equal(keys(toLegacyUser(USER)), 'id login email avatar_url active');
  assert.equal(keys(toLegacySelf({ ...USER, isAdmin: false })), 'id login email avatar_url active');
});

test('[legacy 13] [legacy 14] builds have 24 members in the order of 0.5, jobs nine', () => {
  assert.equal(keys(toLegacyBuild(BUILD, REPO)), BUILD_MEMBERS);
  assert.equal(keys(toLegacyJob(STAGE, BUILD)), JOB_MEMBERS);
});

test('[legacy 18] repositories leave out what is empty', () => {
  assert.equal(
    keys(toLegacyRepo(REPO)),
    'id owner name full_name avatar_url link_url scm clone_url default_branch timeout private trusted allow_pr allow_push allow_deploys allow_tags',
  );
  const bare = { ...REPO, avatarUrl: '', link: '', httpUrl: '', isPrivate: false };
  assert.equal(
    keys(toLegacyRepo(bare)),
    'id owner name full_name scm default_branch timeout trusted allow_pr allow_push allow_deploys allow_tags',
  );
  assert.equal(
    keys(toLegacyInactiveRepo(REPO)),
    'owner name full_name avatar_url trusted allow_pr allow_push allow_deploys allow_tags',
  );
  assert.equal(keys(toLegacyRepoLite(REPO)), 'owner name full_name avatar_url');
});

test('[legacy 2] [legacy 12] items of feed and queue are those of the seed, without what is empty', () => {
  const running = { ...BUILD, status: 'running', finished: 0 } as const;
  assert.equal(
    keys(toLegacyFeedItem(REPO, running)),
    'owner name full_name number event status created_at started_at commit branch ref message author author_avatar author_email',
  );
  assert.equal(keys(toLegacyFeedItem(REPO)), 'owner name full_name');
});

test('statuses and events that 0.5 does not know become the nearest one', () => {
  const words = ['blocked', 'waiting_on_dependencies', 'declined', 'skipped', 'running'] as const;
  assert.deepEqual(words.map(toLegacyStatus), ['pending', 'pending', 'killed', 'skipped', 'running']);
  const events = (['promote', 'rollback', 'cron', 'custom', 'tag'] as const).map(
    (event) => toLegacyBuild({ ...BUILD, event }, REPO).event,
  );
  assert.deepEqual(events, ['deployment', 'deployment', 'push', 'push', 'tag']);
});

test('a pull request shows its title, its branches and the clone address of its fork', () => {
  const pull: Build = {
    ...BUILD,
    event: 'pull_request',
    title: 'Better',
    source: 'topic',
    sourceRepo: 'fork/demo',
  };
  const { message, branch, refspec, remote } = toLegacyBuild(pull, REPO);
  assert.deepEqual(
    { message, branch, refspec, remote },
    {
      message: 'Better',
      branch: 'master',
      refspec: 'topic:master',
      remote: 'http://host/git/fork/demo.git',
    },
  );
  assert.equal(toLegacyBuild({ ...pull, sourceRepo: 'o/demo' }, REPO).remote, '');
  const tag = { ...BUILD, event: 'tag', ref: 'refs/tags/v1' } as const;
  assert.equal(toLegacyBuild(tag, REPO).branch, 'refs/tags/v1');
});

test('the exit code of a job is that of its first failed step where the runner left it 0', () => {
  const step = { exitCode: 3, errIgnore: false } as StageWithSteps['steps'][number];
  const codes = [
    { ...STAGE, exitCode: 9 },
    { ...STAGE, steps: [{ ...step, errIgnore: true }, step] },
    STAGE,
    { ...STAGE, status: 'killed' as const },
    { ...STAGE, status: 'error' as const },
    { ...STAGE, status: 'success' as const },
  ].map((stage) => toLegacyJob(stage, BUILD).exit_code);
  assert.deepEqual(codes, [9, 3, 1, 137, 255, 0]);
  assert.deepEqual(toLegacyJob(STAGE, { ...BUILD, params: { A: 'b' } }).environment, { GO: '1.7', A: 'b' });
});

test('[legacy 22] log lines lose their line end and leave out what is empty', () => {
  const lines = [
    toLegacyLogLine('db', { pos: 0, out: 'a\r\n', time: 0 }),
    toLegacyLogLine('db', { pos: 1, out: '\n', time: 4 }),
    toLegacyExitLine('db', 0),
  ].map((line) => JSON.stringify(line));
  assert.deepEqual(lines, [
    '{"proc":"db","pos":0,"out":"a"}',
    '{"proc":"db","time":4,"pos":1}',
    '{"proc":"db","type":2,"pos":0,"out":"0"}',
  ]);
});

test('[legacy 23] a secret of version 1 looks as if it were for every image and the usual events', () => {
  const secret = {
    ...{ id: 1, repoId: 5, namespace: '', name: 'A', created: 1, updated: 1, legacy: undefined },
    ...{ allowsPullRequests: true, allowsPullRequestPushes: false },
  };
  assert.deepEqual(toLegacySecret(secret), {
    id: 1,
    name: 'A',
    value: '',
    image: ['*'],
    event: ['push', 'tag', 'deployment', 'pull_request'],
    skip_verify: true,
    conceal: true,
  });
  const legacy = { images: [], events: [], skipVerify: false, conceal: false };
  assert.equal(keys(toLegacySecret({ ...secret, legacy })), 'id name value skip_verify conceal');
});

test('[legacy 33] a runner is an agent with at least one place', () => {
  const runner = {
    name: 'r',
    platform: { os: 'linux', arch: 'arm64' },
    capacity: 0,
    created: 3,
    lastContact: 4,
  };
  assert.deepEqual(toLegacyAgent(runner, 7), {
    id: 7,
    address: 'r',
    platform: 'linux/arm64',
    capacity: 1,
    created_at: 3,
    updated_at: 4,
  });
});

test('objects of version 1 contain the 0.5 members with equal types', () => {
  const sameTypes = (whole: object, part: object) => {
    const found = new Map(Object.entries(whole));
    for (const [name, value] of Object.entries(part)) {
      assert.equal(typeof found.get(name), typeof value, name);
    }
  };
  sameTypes(toWireBuild(BUILD, [STAGE]), toLegacyBuild(BUILD, REPO));
  sameTypes(toWireRepo(REPO), toLegacyRepo(REPO));
  assert.equal(keys(toWireBuild(BUILD, [STAGE]).jobs?.[0] ?? {}), JOB_MEMBERS);
  assert.equal(toWireBuild(BUILD).jobs, undefined);
});

test('every row of the index has its routes', () => {
  const rows = new Set(LEGACY_ROUTES.map(({ row }) => row));
  for (let row = 1; row <= 45; row += 1) assert.ok(rows.has(row), `row ${row}`);
  const places = LEGACY_ROUTES.map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(places).size, places.length);
});
