import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { buildRun, buildStage } from '@sortie/testing/engine-contract';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { openDocker } from './client.ts';
import { DockerEngine } from './engine.ts';
import { OWNER_LABEL, PROCESS_LABEL } from './object-name.ts';
import { Quarantine } from './quarantine.ts';

const { signal } = new AbortController();

describe('what earlier runs left', () => {
  let docker: Docker;
  const owner = `quarantine-${process.pid}`;
  const blockers: Docker.Container[] = [];

  before(async () => {
    docker = await openDocker({});
  });
  afterEach(async () => {
    for (const blocker of blockers.splice(0)) await blocker.remove({ force: true });
  });
  after(async () => {
    const filters = { label: [`${OWNER_LABEL}=${owner}`] };
    for (const { Name } of (await docker.listVolumes({ filters })).Volumes)
      await docker.getVolume(Name).remove();
  });

  const labels = { 'io.drone': 'true', [OWNER_LABEL]: owner, [PROCESS_LABEL]: 'dead' };

  /** A volume of a dead process that somebody else's container holds. */
  async function heldVolume(name: string): Promise<Docker.Container> {
    await docker.createVolume({ Name: name, Labels: labels });
    const HostConfig = { Binds: [`${name}:/held`] };
    const blocker = await docker.createContainer({ Image: TEST_IMAGE, HostConfig });
    blockers.push(blocker);
    return blocker;
  }

  test('a container that was created and never started goes with a sweep', async () => {
    const options = { owner, tempDirectory: tmpdir(), git: { path: '/usr/bin:/bin' } };
    const crashed = new DockerEngine({ ...options, earlyStarts: 0 });
    const stage = buildStage('created', [{ name: 'a', image: TEST_IMAGE, script: 'true' }]);
    await crashed.setup(stage, signal);
    for (const step of stage.plan.steps) await crashed.prepare(stage, buildRun(step), signal);
    const filters = { label: [`${OWNER_LABEL}=${owner}`] };
    const [created] = await docker.listContainers({ all: true, filters });
    assert.equal(created?.State, 'created');
    const next = new DockerEngine(options);
    const kinds = (await next.sweep()).map((text) => text.split(' ')[0]);
    assert.deepEqual(kinds, ['container', 'volume', 'network']);
    await crashed.destroy(stage);
    await crashed.close();
    await next.close();
  });

  test('a container that somebody has put into the network of a stage does not keep it', async () => {
    const engine = new DockerEngine({ owner, tempDirectory: tmpdir(), git: { path: '/usr/bin:/bin' } });
    const stage = buildStage('visited', []);
    await engine.setup(stage, signal);
    const [network] = await docker.listNetworks({ filters: { label: [`${OWNER_LABEL}=${owner}`] } });
    assert.ok(network);
    const options = {
      Image: TEST_IMAGE,
      Cmd: ['/bin/sleep', '100'],
      HostConfig: { NetworkMode: network.Name },
    };
    const visitor = await docker.createContainer(options);
    blockers.push(visitor);
    await visitor.start();
    await engine.destroy(stage);
    await engine.close();
    await assert.rejects(docker.getNetwork(network.Id).inspect(), { statusCode: 404 });
    assert.equal((await visitor.inspect()).State.Running, true);
  });

  test('one thing that resists is set apart and holds up nothing else', async () => {
    await heldVolume(`${owner}-held`);
    await docker.createVolume({ Name: `${owner}-free`, Labels: labels });
    const engine = new DockerEngine({ owner, tempDirectory: tmpdir(), git: { path: '/usr/bin:/bin' } });
    assert.deepEqual(await engine.sweep(), [`volume ${owner}-free`]);
    const [held] = engine.quarantined;
    assert.deepEqual([held?.kind, held?.name], ['volume', `${owner}-held`]);
    assert.match(held?.reason ?? '', /in use|being used/);
    await engine.close();
  });

  test('it is tried again, ever less often, until it is gone', async () => {
    let skippedMs = 0;
    const { now, after } = systemClock();
    const begunMs = now();
    const clock: Clock = { now: () => begunMs + skippedMs, after };
    const quarantine = new Quarantine(clock);
    const name = `${owner}-later`;
    const blocker = await heldVolume(name);
    await quarantine.remove(docker, { containers: [], volumes: [name], networks: [] });
    await blocker.remove({ force: true });
    blockers.length = 0;
    await quarantine.retry(docker);
    assert.equal(quarantine.list().length, 1, 'it is not due yet');
    skippedMs = 31_000;
    await quarantine.retry(docker);
    assert.deepEqual(quarantine.list(), []);
    await assert.rejects(docker.getVolume(name).inspect(), { statusCode: 404 });
  });
});
