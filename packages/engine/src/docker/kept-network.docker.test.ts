import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, beforeEach, describe, test } from 'node:test';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import type Docker from 'dockerode';
import { openDocker } from './client.ts';
import { type Ran, type RunOptions, runSteps, type StepDraft } from './docker-run.fixture.ts';
import { DockerEngine } from './engine.ts';
import { OWNER_LABEL } from './object-name.ts';

const owner = `kept-${process.pid}`;
const SHOW = 'echo "network=$DRONE_DOCKER_NETWORK_ID"';

describe('the network of a stage, afterwards', () => {
  let docker: Docker;
  let engine: DockerEngine;
  let made = 0;

  before(async () => {
    docker = await openDocker({});
  });
  beforeEach(async () => {
    engine = new DockerEngine({ owner, tempDirectory: tmpdir(), git: { path: '/usr/bin:/bin' } });
    await engine.check(new AbortController().signal);
  });
  after(async () => {
    assert.deepEqual(await networks(), [], 'none is left at the end');
  });

  function run(drafts: readonly StepDraft[], options: RunOptions = {}): Promise<Ran> {
    made += 1;
    return runSteps(engine, `kept${made}`, drafts, options);
  }

  async function networks(): Promise<readonly string[]> {
    const found = await docker.listNetworks({ filters: { label: [`${OWNER_LABEL}=${owner}`] } });
    return found.map(({ Name }) => Name);
  }

  function networkOf(ran: Ran, step: string): string {
    const [, network] = /network=(drone-\w+)/.exec(ran.log(step)) ?? [];
    assert.ok(network, ran.log(step));
    return network;
  }

  test('serves the next stage, which meets nothing of the one before', async () => {
    const first = await run([
      { name: 'database', kind: 'service', detached: true, script: 'sleep 1000' },
      { name: 'a', dependsOn: [], script: `${SHOW}; ping -c 1 -w 20 database` },
      { name: 'waits', runPolicy: 'on-failure', script: 'true' },
    ]);
    assert.equal(first.outcome.status, 'success', first.log('a'));
    const used = networkOf(first, 'a');
    assert.deepEqual(await networks(), [used]);
    const second = await run([{ name: 'b', script: `${SHOW}; ping -c 1 -w 1 database` }]);
    assert.equal(networkOf(second, 'b'), used);
    assert.match(second.log('b'), /bad address/);
    assert.deepEqual((await docker.getNetwork(used).inspect()).Containers, {});
    await engine.close();
  });

  const lost: Readonly<Record<string, readonly [StepDraft, RunOptions['plan']?]>> = {
    'a privileged step': [{ name: 'b', privileged: true, script: SHOW }],
    'a directory of the machine': [
      { name: 'b', script: SHOW },
      { volumes: [{ name: 'h', kind: 'host', path: '/srv' }] },
    ],
    'a step that cannot be started': [{ name: 'b', image: TEST_IMAGE, entrypoint: ['/no/such/program'] }],
  };
  for (const [what, [step, plan = {}]] of Object.entries(lost)) {
    test(`is removed after ${what}`, async () => {
      const ran = await run([{ name: 'a', script: SHOW }, step], { plan });
      const left = await networks();
      assert.ok(!left.includes(networkOf(ran, 'a')), left.join());
      await engine.close();
    });
  }
});
