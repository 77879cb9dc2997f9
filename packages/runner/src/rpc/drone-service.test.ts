import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  type DroneWorld,
  finalReport,
  jsonOf,
  NOW,
  pipeline,
  startDroneWorld,
  step,
} from './drone-world.fixture.ts';
import { STAGE_ID } from './scripted-server.fixture.ts';

describe('our runner on an official server', () => {
  const worlds: DroneWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  async function start(...given: Parameters<typeof startDroneWorld>): Promise<DroneWorld> {
    const world = await startDroneWorld(...given);
    worlds.push(world);
    return world;
  }

  it('speaks as official runners do: one stage from the question to the last report', async () => {
    const config = pipeline(
      step('one', { DUMMY_OUTPUT: 'a\nb\nno end' }),
      step('two', { DUMMY_EXIT: '3' }),
      step('three'),
    );
    const world = await start({ config });
    const { server } = world;
    await finalReport(world);
    const names = server.calls
      .map(({ name }) => name)
      .filter((name) => name !== 'POST watch' && name !== 'POST logs/batch');
    assert.deepEqual(names.slice(0, 4), ['POST stage', 'POST accept', 'GET stage', 'PUT stage']);
    assert.equal(server.calls[0]?.headers['x-drone-token'], 'secret');
    assert.equal(
      server.calls[0]?.body,
      '{"kind":"pipeline","type":"exec","os":"linux","arch":"amd64","variant":"v8","kernel":"5","labels":{"zone":"a"}}\n',
    );
    assert.equal(server.named('POST accept')[0]?.url, '/rpc/v2/stage/7?machine=my%20host%2F1');
    assert.equal(server.named('POST accept')[0]?.headers['content-length'], '0');
    const reports = server.named('PUT step').map(jsonOf);
    assert.deepEqual(reports.map(({ name, status, version }) => `${name} ${status} ${version}`).sort(), [
      'one running 1',
      'one success 2',
      'three skipped 1',
      'two failure 2',
      'two running 1',
    ]);
    const one = server.named('POST logs/upload').find(({ url }) => url.includes('101'));
    assert.match(one?.url ?? '', /step.101.logs.upload$/);
    assert.equal(
      one?.body,
      '[{"pos":0,"out":"a\\n","time":0},{"pos":1,"out":"b\\n","time":0},{"pos":2,"out":"no end","time":0}]\n',
    );
    const uploadAt = names.indexOf('POST logs/upload');
    assert.ok(
      uploadAt > 0 && uploadAt < names.lastIndexOf('PUT step'),
      'the log comes before the end of the step',
    );
    assert.equal(names.filter((name) => name === 'PUT stage').length, 2);
    const last = await finalReport(world);
    assert.deepEqual([last.status, last.exit_code, last.version], ['failure', 0, 3]);
    assert.deepEqual(
      last.steps.map((row: { name: string; status: string; exit_code: number; version: number }) => [
        row.name,
        row.status,
        row.exit_code,
        row.version,
      ]),
      [
        ['one', 'success', 0, 3],
        ['two', 'failure', 3, 3],
        ['three', 'skipped', 0, 2],
      ],
    );
  });

  it('[runner 120] reports echo every column that came, number steps from 1 and name the stage as their parent', async () => {
    const world = await start({ config: pipeline(step('one', {}, '    failure: ignore\n'), step('two')) });
    const body = jsonOf(await world.server.called('PUT stage'));
    assert.deepEqual(body, {
      id: STAGE_ID,
      repo_id: 3,
      build_id: 5,
      number: 1,
      name: 'default',
      kind: 'pipeline',
      type: 'exec',
      status: 'running',
      errignore: false,
      exit_code: 0,
      machine: 'my host/1',
      os: 'linux',
      arch: 'amd64',
      variant: 'v8',
      kernel: '5',
      limit: 2,
      throttle: 3,
      started: NOW,
      stopped: 0,
      created: 1_600_000_000,
      updated: 1_600_000_001,
      version: 2,
      on_success: true,
      on_failure: false,
      depends_on: ['before'],
      labels: { zone: 'a' },
      steps: [
        {
          id: 0,
          step_id: STAGE_ID,
          number: 1,
          name: 'one',
          status: 'pending',
          errignore: true,
          exit_code: 0,
          version: 0,
        },
        { id: 0, step_id: STAGE_ID, number: 2, name: 'two', status: 'pending', exit_code: 0, version: 0 },
      ],
    });
    const last = await finalReport(world);
    assert.deepEqual(
      [last.os, last.variant, last.labels, last.depends_on, last.on_success, last.created, last.started],
      ['linux', 'v8', { zone: 'a' }, ['before'], true, 1_600_000_000, NOW],
    );
    assert.equal(jsonOf(await world.server.called('PUT step')).step_id, STAGE_ID);
  });

  it('a file that cannot be compiled is one report: error, 255, without steps', async () => {
    const world = await start({ config: 'kind: pipeline\ntype: exec\nname: other\nsteps: []\n' });
    const body = jsonOf(await world.server.called('PUT stage'));
    assert.deepEqual(
      [body.status, body.exit_code, body.steps, body.started, body.stopped, body.version],
      ['error', 255, undefined, NOW, NOW, 2],
    );
    assert.notEqual(body.error, '');
  });

  it('error texts are cut at 500 bytes without cutting a character', async () => {
    const config = pipeline(step('one', { DUMMY_FAIL_START: 'ü'.repeat(400) }));
    const world = await start({ config });
    const last = await finalReport(world);
    assert.ok(Buffer.byteLength(last.error) <= 500 && Buffer.byteLength(last.error) > 490, last.error);
    assert.ok(!last.error.includes('\uFFFD'));
  });

  it('a stop lets the running stage end and takes no other', async () => {
    const world = await start({ config: pipeline(step('one', { DUMMY_WAIT_FOR: 'go' })) });
    await world.engine.called('wait', 'one');
    const stopped = world.runner.stop(1_000_000);
    world.engine.emit('go');
    await stopped;
    assert.equal((await finalReport(world)).status, 'success');
    assert.equal(world.server.named('POST stage').length, 1);
  });
});
