import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { UNLIMITED_SCOPE } from '@sortie/core/runner-token';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { storedBuild, storedLog } from '@sortie/testing/queue-views';
import { hashSecret } from '../auth/secret-text.ts';
import { insertRunnerToken } from '../store/runner-tokens.ts';
import {
  aScriptedRunner,
  atWork,
  type CallOptions,
  createRpcWorld,
  DOCKER,
  type RpcWorld,
} from './rpc-world.fixture.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One call of a hostile runner. `isDiscarded`: 200 is an answer too, what came is thrown away (runner-protocol.md 5.4). */
interface Attack extends CallOptions {
  readonly call: string;
  readonly method: Method;
  readonly path: string;
  readonly isDiscarded?: boolean;
}

/** A stage at work and one that was offered, both the owner's, one that is free, and one that the thief has. */
interface Scene {
  readonly stage: { readonly id: number; readonly version: number; readonly build_id: number };
  readonly step: { readonly id: number; readonly version: number };
  readonly offered: number;
  readonly free: number;
  readonly own: { readonly stage: Scene['stage']; readonly step: Scene['step'] };
}

const LINE = [{ pos: 7, out: 'forged\n', time: 0 }];
const CARD = { schema: 'https://example.com/card.json', data: { forged: true } };
/** All but what says who has called when, and accounts. */
const TABLES = [
  ...(['repos', 'builds', 'stages', 'steps', 'logs', 'cards', 'branch_index', 'secrets', 'crons'] as const),
  ...(['events', 'outbox', 'rpc_leases', 'rpc_replays', 'audit', 'idempotency', 'deliveries'] as const),
] as const;

describe('a hostile runner', () => {
  let world: RpcWorld;
  let scene: Scene;
  beforeEach(async () => {
    world = await createRpcWorld({ env: { DRONE_RPC_SECRET: '', SORTIE_RATE_LIMIT_FAILURES: '0' } });
    for (const name of ['owner', 'thief', 'narrow']) await addToken(name);
    scene = await prepare();
  });
  afterEach(() => world.close());

  const addToken = (name: string) =>
    insertRunnerToken(world.db, {
      ...{ name, hash: hashSecret(name), prefix: name, expires: 0, ranges: [], created: world.now() },
      ...UNLIMITED_SCOPE,
      ...(name === 'narrow' ? { repos: ['elsewhere/*'] } : {}),
    });

  async function prepare(): Promise<Scene> {
    const [owner, thief] = ['owner', 'thief'].map((token) =>
      aScriptedRunner(world, { token, machine: token }),
    );
    assert.ok(owner && thief);
    await world.start();
    const { stage, step } = await atWork(owner);
    await world.call('POST', `/step/${step.id}/logs/batch`, {
      token: 'owner',
      body: [{ pos: 0, out: 'true\n', time: 0 }],
    });
    await world.start();
    const own = await atWork(thief);
    await world.start();
    const offered = (await owner.poll()).body.id;
    await world.start([aStageDraft({ type: 'exec' })]);
    return { stage, step, own, offered, free: offered + 1 };
  }

  /** Everything that is known of builds: the rows, and the log. */
  async function dump(): Promise<string> {
    const parts: unknown[] = [await storedLog(world, await storedBuild(world, scene.stage.build_id))];
    for (const name of TABLES) parts.push(name, await world.db.selectFrom(name).selectAll().execute());
    return JSON.stringify(parts);
  }

  async function refused(attacks: readonly Attack[]): Promise<void> {
    const before = await dump();
    assert.ok(before.includes('true\\n'));
    for (const { call, method, path, isDiscarded = false, ...options } of attacks) {
      const { status, text } = await world.call(method, path, options);
      const said = `${call} ${method} ${path} ${JSON.stringify(options).slice(0, 200)}: ${status} ${text.slice(0, 200)}`;
      assert.ok((status >= 400 && status < 500) || (isDiscarded && status === 200), said);
      assert.ok(!isDiscarded || status !== 200 || text === '', said);
    }
    assert.equal(await dump(), before);
    assert.deepEqual(world.failures, []);
  }

  /** Every call about a stage with its step and build, by whoever has the token. */
  function callsAbout(target: Target, token: string): readonly Attack[] {
    const { stageId, stageVersion = 1, stepId, stepVersion = 1, buildId } = target;
    const steps = [{ id: 0, number: 1, name: 'forged', status: 'pending' }];
    const stages = ['pending', 'running', 'success', 'failure', 'killed', 'error'].map((status) => ({
      ...about('report of a stage', 'PUT', `/stage/${stageId}`, token),
      body: { ...(typeof stageId === 'number' ? { id: stageId } : {}), version: stageVersion, status, steps },
    }));
    const stepReports = ['running', 'success', 'skipped', 'killed'].map((status) => ({
      ...about('report of a step', 'PUT', `/step/${stepId}`, token),
      body: {
        ...(typeof stepId === 'number' ? { id: stepId } : {}),
        version: stepVersion,
        status,
        exit_code: 0,
      },
    }));
    const bulk = (['logs/batch', 'logs/upload', 'card'] as const).map((name) => ({
      ...about(name, 'POST', `/step/${stepId}/${name}`, token),
      body: name === 'card' ? CARD : LINE,
      isDiscarded: true,
    }));
    return [
      about('accept', 'POST', `/stage/${stageId}?machine=thief`, token),
      about('details', 'GET', `/stage/${stageId}`, token),
      about('watch', 'POST', `/build/${buildId}/watch`, token),
      ...stages,
      ...stepReports,
      ...bulk,
    ];
  }

  const foreign = (): Target => ({
    ...{ stageId: scene.stage.id, stageVersion: scene.stage.version, buildId: scene.stage.build_id },
    ...{ stepId: scene.step.id, stepVersion: scene.step.version },
  });

  for (const token of ['thief', 'narrow']) {
    const who = token === 'thief' ? 'another runner' : 'a token for other repositories';
    test(`[W 15] [W 19] [W 20] ${who} cannot touch a stage, a step or a build that is at work elsewhere`, () =>
      refused(callsAbout(foreign(), token)));

    test(`[W 2] [W 19] ${who} cannot touch a stage that was offered elsewhere`, () =>
      refused(callsAbout({ ...foreign(), stageId: scene.offered, stageVersion: 1 }, token)));
  }

  test('[W 19] [W 20] a stage that nobody has accepted takes no reports and gives no secrets', () =>
    refused(
      callsAbout({ ...foreign(), stageId: scene.free }, 'thief').filter(({ call }) => call !== 'accept'),
    ));

  test('[W 19] a token for other repositories cannot accept what is free', () =>
    refused(callsAbout({ ...foreign(), stageId: scene.free }, 'narrow')));

  test('[runner 2] without a token or with one that is none every call is refused', () =>
    refused([
      ...['', 'wrong', 'x'.repeat(10_000)].flatMap((token) =>
        callsAbout(foreign(), token).map((attack) => ({ ...attack, isDiscarded: false })),
      ),
      { ...about('poll', 'POST', '/stage', 'wrong'), body: { ...DOCKER, type: 'exec' } },
    ]));

  const IDS = [
    0,
    -1,
    999_999,
    '9'.repeat(15),
    '9'.repeat(400),
    '-1',
    '1e0',
    '0x1',
    '1.0',
    '+1',
    '%20',
    '%00',
    'x',
    '..%2f1',
  ];
  for (const id of IDS) {
    test(`[runner 39] there is nothing with the id ${String(id).slice(0, 20)}`, () =>
      // A build that is gone is not worth going on with: its watch says stop.
      refused(
        callsAbout({ stageId: id, stepId: id, buildId: id }, 'thief').map((attack) =>
          attack.call === 'watch' ? { ...attack, isDiscarded: true } : attack,
        ),
      ));
  }

  test('[W 21] the id of a report cannot differ from the address, nor be anything but its number', () =>
    refused(
      [
        scene.stage.id,
        scene.offered,
        String(scene.own.stage.id),
        -scene.own.stage.id,
        0,
        {},
        [scene.own.stage.id],
        true,
      ].flatMap((id) => [
        { ...ownStage(), body: { ...scene.own.stage, id, status: 'success' } },
        { ...ownStep(), body: { ...scene.own.step, id: id === 0 ? 0 : [id], status: 'success' } },
      ]),
    ));

  test('[runner 48] [runner 54] stale, future and senseless versions change nothing, not even for the holder', () =>
    refused(
      [-1, 0, 1, 99, 2 ** 53, 1.5, '3', null, {}, true].flatMap((version) => [
        { ...ownStage(), body: { ...scene.own.stage, version, status: 'failure' } },
        {
          ...ownStep(),
          body: { ...scene.own.step, version: version === 1 ? 7 : version, status: 'failure' },
        },
      ]),
    ));

  test('members of the wrong type are named and change nothing', () => {
    const stage = [{ status: 'nonsense' }, { status: 5 }, { status: '' }, { status: 'success', error: 7 }];
    const more = [{ exit_code: '0' }, { exit_code: 1e300 }, { started: '1' }, { stopped: [] }, { steps: {} }];
    const steps = [[1], [null], [{ number: '1' }], [{ number: 1, status: 'nonsense' }], 'x'];
    return refused([
      ...stage.map((patch) => ({ ...ownStage(), body: { ...scene.own.stage, ...patch } })),
      ...more.map((patch) => ({ ...ownStage(), body: { ...scene.own.stage, status: 'success', ...patch } })),
      ...steps.map((list) => ({
        ...ownStage(),
        body: { ...scene.own.stage, status: 'success', steps: list },
      })),
      ...[...stage, ...more.slice(0, 4)].map((patch) => ({
        ...ownStep(),
        body: { ...scene.own.step, status: 'success', ...patch },
      })),
      { ...about('poll', 'POST', '/stage', 'thief'), body: { ...DOCKER, labels: { x: 1 } } },
      { ...about('poll', 'POST', '/stage', 'thief'), body: { ...DOCKER, type: 5 } },
    ]);
  });

  const DEEP = '['.repeat(50_000);
  const BODIES: Readonly<Record<string, string>> = {
    'no JSON': 'nonsense',
    'half of it': '{"id": 1, "status": "succ',
    'a number': '42',
    'a text': '"running"',
    'a list of lists': '[[]]',
    'deep lists': `${DEEP}${']'.repeat(DEEP.length)}`,
    'deep lists without an end': DEEP,
    'deep objects': `${'{"labels":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
    'a NUL': '\0',
  };
  for (const [what, text] of Object.entries(BODIES)) {
    test(`[runner 27] a body that is ${what} is refused by every call that reads one, also for the holder`, () =>
      refused([
        { ...about('poll', 'POST', '/stage', 'thief'), text },
        { ...ownStage(), text },
        { ...ownStep(), text },
        ...['logs/batch', 'logs/upload', 'card']
          .map((name) => ({
            ...about(name, 'POST', `/step/${scene.own.step.id}/${name}`, 'thief'),
            text,
          }))
          .filter(({ call }) => call !== 'card' || what !== 'deep objects'),
        ...callsAbout(foreign(), 'thief').map(({ body: _body, ...attack }) => ({
          ...attack,
          ...(attack.method === 'GET' ? {} : { text }),
        })),
      ]));
  }

  test('a card that is nested deeply is kept or refused, and no failure of the server', async () => {
    const text = `{"data": ${DEEP}${']'.repeat(DEEP.length)}}`;
    const { status } = await world.call('POST', `/step/${scene.own.step.id}/card`, { token: 'thief', text });
    assert.ok(status === 200 || status === 400, String(status));
    assert.deepEqual(world.failures, []);
  });

  test('a body of 17 MiB is refused where reports are small, and thrown away where it is not the runner’s', () => {
    const text = `{"id":${scene.own.stage.id},"status":"success","x":"${'x'.repeat(17 * 2 ** 20)}"}`;
    const reads = ['poll', 'report of a stage', 'report of a step', 'accept', 'watch'];
    const seen = new Set<string>();
    const once = ({ call }: Attack) => !seen.has(call) && seen.add(call);
    return refused([
      { ...about('poll', 'POST', '/stage', 'thief'), text },
      { ...ownStage(), text },
      { ...ownStep(), text },
      ...callsAbout(foreign(), 'thief')
        .filter(once)
        .filter(({ call }) => reads.includes(call) || call === 'card')
        .map(({ body: _body, ...attack }) => ({ ...attack, text })),
    ]);
  });

  const ownStage = () => about('report of a stage', 'PUT', `/stage/${scene.own.stage.id}`, 'thief');
  const ownStep = () => about('report of a step', 'PUT', `/step/${scene.own.step.id}`, 'thief');
});

interface Target {
  readonly stageId: number | string;
  readonly stageVersion?: number;
  readonly stepId: number | string;
  readonly stepVersion?: number;
  readonly buildId: number | string;
}

function about(call: string, method: Method, path: string, token: string): Attack {
  return { call, method, path, token };
}
