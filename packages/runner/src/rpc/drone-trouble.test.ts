import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  type DroneWorld,
  finalReport,
  jsonOf,
  liveLines,
  pipeline,
  startDroneWorld,
  step,
  uploadsOf,
  uploadText,
} from './drone-world.fixture.ts';
import type { Answer } from './scripted-server.fixture.ts';

describe('our runner on an official server that refuses, fails or cancels', () => {
  const worlds: DroneWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  async function start(...given: Parameters<typeof startDroneWorld>): Promise<DroneWorld> {
    const world = await startDroneWorld(...given);
    worlds.push(world);
    return world;
  }

  for (const [what, answer, pauses] of [
    ['204', { status: 204 }, false],
    ['200 with nothing', { status: 200, body: {} }, false],
    ['503', { status: 503 }, true],
    ['401', { status: 401 }, true],
    ['500', { status: 500, body: 'sql: trouble' }, true],
    ['a redirect', { status: 302 }, true],
    ['a cut connection', 'drop', true],
    ['something that is not JSON', { status: 200, body: '<html>' }, true],
  ] as readonly [string, Answer, boolean][]) {
    it(`[runner 108] [W 32] asks again after ${what}, ${pauses ? 'with a pause' : 'at once'}`, async () => {
      const world = await start({ config: pipeline(step('one')) }, (server) => {
        server.on('POST stage', (nth) => (nth === 1 ? answer : undefined));
      });
      await finalReport(world);
      assert.equal(world.waits.length > 0, pauses, String(world.waits));
    });
  }

  it('[runner 108] pauses grow and a server that holds no question is not asked without end', async () => {
    for (const status of [503, 204]) {
      const world = await start({ config: pipeline(step('one')) }, (server) => {
        server.on('POST stage', (nth) => (nth < 12 ? { status } : undefined));
      });
      await finalReport(world);
      assert.ok(world.waits.length >= 9, String(world.waits));
      assert.ok((world.waits.at(-1) ?? 0) >= 5000, String(world.waits));
    }
  });

  it('[runner 109] leaves a stage that another runner has taken, and asks again after a moment', async () => {
    const world = await start({ config: pipeline(step('one')) }, (server) => {
      server.on('POST accept', () => ({ status: 409 }));
    });
    await world.server.called('POST stage', 2);
    assert.equal(world.server.named('GET stage').length, 0);
    assert.equal(world.waits.length, 1);
    assert.deepEqual(world.messages, []);
  });

  it('[runner 110] does not run a stage whose hand-over was never confirmed, and says that it may be orphaned', async () => {
    const world = await start({ config: pipeline(step('one')) }, (server) => {
      server.on('POST accept', (nth) => (nth === 1 ? 'drop' : { status: 409 }));
    });
    await world.server.called('POST stage', 2);
    assert.deepEqual(world.engine.calls, []);
    assert.ok(world.messages.some((message) => message.includes('orphaned')));
  });

  it('[runner 111] executes nothing when the server refuses the beginning of a stage', async () => {
    const world = await start({ config: pipeline(step('one')) }, (server) => {
      server.on('PUT stage', () => ({ status: 409, body: 'Optimistic Lock Error' }));
    });
    await world.server.called('POST stage', 2);
    assert.deepEqual(world.engine.calls, []);
    assert.equal(world.server.named('PUT stage').length, 1);
  });

  for (const [what, answer] of [
    ['409', { status: 409 }],
    [
      '500 with the words of a conflict',
      { status: 500, body: '1 error occurred:\n\t* Optimistic Lock Error\n\n' },
    ],
  ] as const) {
    it(`[runner 112] gives a stage up when a step is answered with ${what}: processes end, logs are sent, nothing else is`, async () => {
      const config = pipeline(
        step('zero'),
        step('one', { DUMMY_OUTPUT: 'said\n', DUMMY_WAIT_FOR: 'never' }, '    depends_on: [zero]\n'),
        step('two', { DUMMY_WAIT_FOR: 'go' }, '    depends_on: [zero]\n'),
      );
      const world = await start({ config }, (server) => {
        server.on('PUT step', (_nth, call) => {
          const { name, status } = JSON.parse(call.body);
          return name === 'two' && status !== 'running' ? answer : undefined;
        });
      });
      await world.engine.called('wait', 'one');
      await world.engine.called('wait', 'two');
      await world.server.called('PUT step', 4);
      await liveLines(world);
      world.engine.emit('go');
      await world.server.called('POST stage', 2);
      assert.equal(
        world.engine.calls.filter(({ name, step: of }) => name === 'stop' && of === 'one').length,
        1,
      );
      assert.deepEqual(world.engine.liveStages, []);
      assert.equal(world.server.named('PUT stage').length, 1);
      await world.service.idle();
      assert.ok(
        uploadsOf(world).some((body) => body.includes('said')),
        String(uploadsOf(world)),
      );
    });
  }

  it('[runner 113] a step waits while the server has trouble, then runs once', async () => {
    const world = await start({ config: pipeline(step('one')) }, (server) => {
      server.on('PUT step', (nth) => (nth <= 3 ? { status: 503 } : undefined));
    });
    await finalReport(world);
    assert.equal(world.engine.calls.filter(({ name }) => name === 'start').length, 1);
    const bodies = world.server.named('PUT step').map(({ body }) => body);
    assert.equal(new Set(bodies.slice(0, 4)).size, 1, 'a repeat is the same to the byte');
    assert.equal((await finalReport(world)).status, 'success');
    assert.ok(world.waits.length >= 3);
  });

  it('[runner 114] a watch that has ended is opened again at once, one that failed after a pause, for ever', async () => {
    const config = pipeline(step('one', { DUMMY_WAIT_FOR: 'never' }));
    const answers = [204, 500, 404, 503];
    const world = await start({ config }, (server) => {
      server.on('POST watch', (nth) => {
        const status = answers[nth - 1];
        return status === undefined ? { status: 200 } : { status };
      });
    });
    assert.equal((await finalReport(world)).status, 'killed');
    assert.equal(world.server.named('POST watch').length, 5);
    assert.equal(world.waits.length, 3);
  });

  it('[runner 115] a cancel kills the processes, sends the logs, and makes one report: killed, 137', async () => {
    const config = pipeline(step('one', { DUMMY_OUTPUT: 'said\n', DUMMY_WAIT_FOR: 'never' }), step('two'));
    const world = await start({ config });
    await world.engine.called('wait', 'one');
    await world.server.called('PUT step');
    world.server.on('PUT stage', () => ({ status: 409 }));
    await world.server.called('POST watch');
    world.server.release('POST watch', 200);
    const last = await finalReport(world);
    assert.deepEqual([last.status, last.exit_code], ['killed', 137]);
    assert.deepEqual(
      last.steps.map((row: { status: string; exit_code: number }) => [row.status, row.exit_code]),
      [
        ['killed', 137],
        ['skipped', 0],
      ],
    );
    assert.equal(uploadText(world), 'said\n');
    assert.equal(world.server.named('PUT step').length, 1, 'only the start of the step');
    await world.server.called('POST stage', 2);
    assert.deepEqual(world.engine.liveStages, []);
  });

  it('[runner 116] a stage is killed when the time limit of its repository is over', async () => {
    const config = pipeline(step('one', { DUMMY_WAIT_FOR: 'never' }));
    const world = await start({ config, repo: { timeout: 1 } });
    await world.engine.called('wait', 'one');
    world.elapse(60_000);
    const last = await finalReport(world);
    assert.deepEqual([last.status, last.exit_code], ['killed', 137]);
    assert.match(last.error, /limit of 1 minutes/);
  });

  it('a stage that the server cannot describe ends in error instead of staying assigned', async () => {
    const world = await start({ config: pipeline(step('one')) }, (server) => {
      server.on('GET stage', () => ({ status: 404, body: 'sql: no rows in result set' }));
    });
    const body = jsonOf(await world.server.called('PUT stage'));
    assert.equal(body.status, 'error');
    assert.match(body.error, /no rows in result set/);
  });
});
