import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainWaiting, type KnownRunner, type WaitingFacts, type WaitingReason } from './waiting.ts';

const NOW = 1_800_000_000;
const LINUX = { os: 'linux', arch: 'amd64', variant: '', version: '' };

function aStage(patch: Partial<WaitingFacts['stage']> = {}): WaitingFacts['stage'] {
  return {
    repoId: 1,
    status: 'pending',
    kind: 'pipeline',
    type: 'docker',
    platform: LINUX,
    labels: {},
    limit: 0,
    throttle: 0,
    dependsOn: [],
    ...patch,
  };
}

function aRunner(patch: Partial<KnownRunner> = {}): KnownRunner {
  return {
    name: 'r1',
    types: ['docker'],
    platform: LINUX,
    labels: {},
    capacity: 1,
    version: '0.1.0',
    isPaused: false,
    lastContact: NOW - 5,
    holders: [],
    ...patch,
  };
}

function explain(patch: Partial<Omit<WaitingFacts, 'stage'>> & { stage?: Partial<WaitingFacts['stage']> }) {
  return explainWaiting({
    runner: '',
    isQueuePaused: false,
    siblings: [],
    limitHolders: [],
    throttleHolders: [],
    runners: [aRunner()],
    now: NOW,
    ...patch,
    stage: aStage(patch.stage),
  });
}

/** The reason of this code, which must be there. */
function the<C extends WaitingReason['code']>(code: C, reasons: readonly WaitingReason[]) {
  const found = reasons.find(
    (reason): reason is WaitingReason & { readonly code: C } => reason.code === code,
  );
  assert.ok(found, JSON.stringify(reasons));
  return found;
}

const HOLDER = { repo: 'octocat/hello', build: 7, stage: 'default', runner: 'r1' };

test('a stage that has begun or ended waits for nothing', () => {
  for (const status of ['running', 'success', 'killed', 'skipped', 'declined'] as const) {
    assert.deepEqual(explain({ stage: { status } }), []);
  }
});

test('a blocked stage waits for an approval, whatever else there is', () => {
  const reasons = explain({ stage: { status: 'blocked' }, isQueuePaused: true, runners: [] });
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ['approval'],
  );
  assert.match(reasons[0]?.message ?? '', /approves/);
});

test('a dependent stage names the stages that have not ended', () => {
  const [reason] = explain({
    stage: { status: 'waiting_on_dependencies', dependsOn: ['lint', 'test'] },
    siblings: [
      { name: 'lint', status: 'success' },
      { name: 'test', status: 'running' },
      { name: 'other', status: 'running' },
    ],
  });
  assert.deepEqual(reason, {
    code: 'dependency',
    stages: ['test'],
    message: 'It waits for test, which must end first.',
  });
});

test('a paused queue is named beside what else holds the stage up', () => {
  const codes = (patch: Parameters<typeof explain>[0]) => explain(patch).map(({ code }) => code);
  assert.deepEqual(codes({ isQueuePaused: true }), ['queue-paused']);
  assert.deepEqual(codes({ isQueuePaused: true, runners: [] }), ['queue-paused', 'no-runner']);
});

test('a limit is named with who holds its slots, and only when they are all taken', () => {
  const reason = the('limit', explain({ stage: { limit: 1 }, limitHolders: [HOLDER] }));
  assert.deepEqual([reason.limit, reason.holders], [1, [HOLDER]]);
  assert.equal(explain({ stage: { limit: 2 }, limitHolders: [HOLDER] })[0]?.code, 'next');
  assert.equal(explain({ stage: { limit: 0 }, limitHolders: [HOLDER] })[0]?.code, 'next');
});

test('a throttle is named with who holds its slots', () => {
  const reason = the('throttle', explain({ stage: { throttle: 1 }, throttleHolders: [HOLDER] }));
  assert.deepEqual(reason.holders, [HOLDER]);
  assert.match(reason.message, /raises the throttle/);
});

test('without any runner the stage says which one to start', () => {
  const reason = the('no-runner', explain({ runners: [], stage: { labels: { gpu: 'yes' } } }));
  assert.equal(
    reason.message,
    'No runner has asked for work yet; start one of type docker for linux/amd64 with the labels gpu=yes.',
  );
});

const ALL = { types: [], labels: {} };
const TOKENS = ['a token for this stage', 'a token for other ones'] as const;
const FILTERS: readonly [string, Partial<WaitingFacts['stage']>, Partial<KnownRunner>, string, string][] = [
  ['kind', { kind: 'report' }, {}, 'report', 'pipeline'],
  ['type', { type: 'exec' }, {}, 'exec', 'docker'],
  ['os', { platform: { ...LINUX, os: 'windows' } }, {}, 'windows', 'linux'],
  ['arch', { platform: { ...LINUX, arch: 'arm64' } }, {}, 'arm64', 'amd64'],
  ['variant', { platform: { ...LINUX, variant: 'v7' } }, {}, 'v7', ''],
  ['kernel', { platform: { ...LINUX, version: '1809' } }, {}, '1809', ''],
  [
    'labels',
    { labels: { gpu: 'yes' } },
    { labels: { gpu: 'no', disk: 'ssd' } },
    'gpu=yes',
    'disk=ssd, gpu=no',
  ],
  ['labels', {}, { labels: { gpu: 'no' } }, 'none', 'gpu=no'],
  ['token', { repoId: 2 }, { reach: { ...ALL, repoIds: new Set([1]) } }, ...TOKENS],
  ['token', {}, { reach: { ...ALL, types: ['exec'] } }, ...TOKENS],
  ['token', {}, { reach: { ...ALL, labels: { gpu: 'yes' } } }, ...TOKENS],
  ['paused', {}, { isPaused: true }, 'a runner that is not paused', 'paused'],
  ['lost', {}, { lastContact: NOW - 121 }, 'a runner that is there', 'last seen at 2027-01-15T07:57:59.000Z'],
  ['lost', {}, { lastContact: 0 }, 'a runner that is there', 'never seen'],
];
for (const [filter, stage, runner, wanted, offered] of FILTERS) {
  test(`a runner that does not fit by ${filter} is named with ${wanted} and ${offered || 'nothing'}`, () => {
    const reason = the('no-runner', explain({ stage, runners: [aRunner(runner)] }));
    assert.deepEqual(reason.unfit, [{ name: 'r1', failed: [{ filter, wanted, offered }] }]);
    assert.match(reason.message, new RegExp(`r1: ${filter}`));
  });
}

test('a runner whose token covers the stage may have it', () => {
  const reach = { types: ['docker'], labels: {}, repoIds: new Set([1]) };
  assert.equal(explain({ runners: [aRunner({ reach })] })[0]?.code, 'next');
});

test('a runner without a platform takes stages of every platform, as in the hand-out', () => {
  const platform = { os: '', arch: '', variant: '', version: '' };
  const stage = { platform: { os: 'windows', arch: 'arm64', variant: 'v8', version: '1809' } };
  assert.equal(explain({ stage, runners: [aRunner({ platform })] })[0]?.code, 'next');
});

test('the runner that fits best comes first', () => {
  const reason = the(
    'no-runner',
    explain({
      stage: { type: 'exec', labels: { a: 'b' } },
      runners: [aRunner({ name: 'far' }), aRunner({ name: 'near', types: ['exec'] })],
    }),
  );
  assert.deepEqual(
    reason.unfit.map(({ name }) => name),
    ['near', 'far'],
  );
});

test('runners that fit and are full are named with what they hold', () => {
  const reason = the(
    'busy',
    explain({ runners: [aRunner({ holders: [HOLDER] }), aRunner({ name: 'r2', types: [] })] }),
  );
  assert.deepEqual(reason.busy, [{ name: 'r1', capacity: 1, holders: [HOLDER] }]);
});

test('a free runner makes the stage the next one, and so does one that has taken it', () => {
  const free = the('next', explain({ runners: [aRunner({ capacity: 2, holders: [HOLDER] })] }));
  assert.deepEqual(free.runners, ['r1']);
  const taken = the('next', explain({ runner: 'r9', isQueuePaused: true, runners: [] }));
  assert.deepEqual(taken.runners, ['r9']);
});
