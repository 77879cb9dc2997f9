import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Plan, PlanStep } from '@sortie/core/plan';
import { buildStage } from '@sortie/testing/engine-contract';
import type { ContainerCreateOptions } from 'dockerode';
import { checkoutPrefix, containerConfig } from './container-config.ts';

const RESOURCES = {
  network: 'drone-net',
  workspaceVolume: 'drone-ws',
  volumes: new Map([['cache', 'drone-cache']]),
  labels: { 'io.drone': 'true' },
};

function config(members: Partial<PlanStep>, plan: Partial<Plan> = {}): ContainerCreateOptions {
  const stage = buildStage('id', [{ name: 'build', image: 'golang', ...members }], plan);
  const [step] = stage.plan.steps;
  assert.ok(step);
  const options = { image: 'docker.io/library/golang:latest', environment: { CI: 'true' } };
  return containerConfig(stage.plan, step, RESOURCES, options);
}

describe('container of a step', () => {
  test('a script is one argument of the shell, and nothing is on its input', () => {
    const { Entrypoint, Cmd, OpenStdin, Tty } = config({ script: 'echo "a b"\nexit 3' });
    assert.deepEqual(Entrypoint, ['/bin/sh', '-c']);
    assert.deepEqual(Cmd, ['echo "a b"\nexit 3']);
    assert.equal(OpenStdin, false);
    assert.equal(Tty, false);
  });

  test('a script that is too long for an argument is a file', () => {
    const { Entrypoint, Cmd } = config({ script: `: ${'x'.repeat(200_000)}` });
    assert.deepEqual(Entrypoint, ['/bin/sh']);
    assert.deepEqual(Cmd, ['/.sortie-step.sh']);
  });

  test('a plugin keeps the program of its image', () => {
    const { Entrypoint, Cmd } = config({});
    assert.equal(Entrypoint, undefined);
    assert.equal(Cmd, undefined);
  });

  test('every step is reachable by its name in the network of the stage', () => {
    const { HostConfig, NetworkingConfig } = config({});
    assert.equal(HostConfig?.NetworkMode, 'drone-net');
    assert.deepEqual(NetworkingConfig?.EndpointsConfig, { 'drone-net': { Aliases: ['build'] } });
  });

  test('a network mode replaces the network of the stage', () => {
    const { HostConfig, NetworkingConfig } = config({ networkMode: 'host' });
    assert.equal(HostConfig?.NetworkMode, 'host');
    assert.equal(NetworkingConfig, undefined);
  });

  test('workspace, volumes and devices are mounted where the plan says', () => {
    const { HostConfig } = config(
      {
        mounts: [
          { volume: 'cache', path: '/go' },
          { volume: 'sock', path: '/var/run/docker.sock' },
          { volume: 'ram', path: '/ram' },
        ],
        devices: [{ volume: 'gpu', path: '/dev/gpu' }],
      },
      {
        volumes: [
          { name: 'cache', kind: 'temp' },
          { name: 'sock', kind: 'host', path: '/run/docker.sock', readOnly: true },
          { name: 'ram', kind: 'tmpfs', sizeBytes: 1024 },
          { name: 'gpu', kind: 'host', path: '/dev/dri' },
        ],
      },
    );
    const mounts = HostConfig?.Mounts?.map(({ Source, Target }) => [Source, Target]);
    assert.deepEqual(mounts, [
      ['drone-ws', '/drone/src'],
      ['drone-cache', '/go'],
    ]);
    assert.deepEqual(HostConfig?.Binds, ['/run/docker.sock:/var/run/docker.sock:ro']);
    assert.deepEqual(HostConfig?.Tmpfs, { '/ram': 'size=1024' });
    assert.equal(HostConfig?.Devices?.[0]?.PathOnHost, '/dev/dri');
  });

  test('a volume that Docker does not have is an error with a remedy', () => {
    const mounts = [{ volume: 'v', path: '/v' }];
    const wrong = { code: 'step-start-failed' };
    assert.throws(() => config({ mounts }), wrong);
    assert.throws(() => config({ mounts }, { volumes: [{ name: 'v', kind: 'claim' }] }), wrong);
    assert.throws(() => config({ mounts }, { volumes: [{ name: 'v', kind: 'host', path: '/a:/b' }] }), wrong);
  });

  test('environment and labels are complete', () => {
    const { Env, Labels } = config({});
    assert.deepEqual(Env, [
      'DRONE_DOCKER_NETWORK_ID=drone-net',
      'DRONE_DOCKER_VOLUME_ID=drone-ws',
      'CI=true',
    ]);
    assert.deepEqual(Labels, {
      'io.drone': 'true',
      'io.drone.step.name': 'build',
      'io.drone.step.number': '1',
    });
  });

  test('the checkout goes to its place within the workspace', () => {
    const { plan } = buildStage('id', [], { workspace: { base: '/go', path: '/go/src/app' } });
    assert.equal(checkoutPrefix(plan), 'src/app');
    assert.equal(checkoutPrefix(buildStage('id', []).plan), '');
  });
});
