import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Plan, PlanStep } from '@sortie/core/plan';
import { buildStage } from '@sortie/testing/engine-contract';
import type { ContainerCreateOptions } from 'dockerode';
import { type ContainerDefaults, checkoutPrefix, containerConfig } from './container-config.ts';

const RESOURCES = {
  network: 'drone-net',
  workspaceVolume: 'drone-ws',
  volumes: new Map([['cache', 'drone-cache']]),
  labels: { 'io.drone': 'true' },
};

function config(
  members: Partial<PlanStep>,
  plan: Partial<Plan> = {},
  defaults: ContainerDefaults = {},
): ContainerCreateOptions {
  const stage = buildStage('id', [{ name: 'build', image: 'golang', ...members }], plan);
  const [step] = stage.plan.steps;
  assert.ok(step);
  const options = { image: 'docker.io/library/golang:latest', environment: { CI: 'true' }, defaults };
  return containerConfig(stage.plan, step, RESOURCES, options);
}

describe('container of a step', () => {
  test('a script is one argument of a shell, which the first process waits for; nothing is on its input', () => {
    const { Entrypoint, Cmd, OpenStdin, Tty } = config({ script: 'echo "a b"\nexit 3' });
    assert.deepEqual(Entrypoint, ['/bin/sh', '-c']);
    const [line = '', ...args] = Cmd ?? [];
    assert.match(line, /^\{ .*; \(exec \/bin\/sh -c "\$0" .*\); exit "\$\?"; \} 3>&2 2>\/dev\/null$/);
    assert.deepEqual(args, ['echo "a b"\nexit 3']);
    assert.equal(OpenStdin, false);
    assert.equal(Tty, false);
  });

  test('a script that is too long for an argument is a file', () => {
    const { Entrypoint, Cmd } = config({ script: `: ${'x'.repeat(200_000)}` });
    assert.deepEqual(Entrypoint, ['/bin/sh', '-c']);
    const [line = '', ...args] = Cmd ?? [];
    assert.match(line, /; \(exec \/bin\/sh \/\.sortie-step\.sh .*\); exit "\$\?"; \} 3>&2 2>\/dev\/null$/);
    assert.deepEqual(args, []);
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

  test('a name in place of a path is a volume that Docker keeps', () => {
    const volumes = [{ name: 'v', kind: 'host', path: 'go-cache' }] as const;
    const { HostConfig } = config(
      { mounts: [{ volume: 'v', path: '/go' }] },
      { volumes },
      { volumes: ['npm:/npm'] },
    );
    assert.deepEqual(HostConfig?.Binds, ['go-cache:/go', 'npm:/npm']);
  });

  for (const path of ['./relative', '/a/../../etc', '..', '', '/a\0b', 'c:\\a\\..\\b']) {
    test(`the path ${JSON.stringify(path)} of a volume or device is refused`, () => {
      const wrong = { code: 'step-start-failed', hint: /absolute path/ };
      const temp = { name: 'v', kind: 'temp' } as const;
      const host = { name: 'v', kind: 'host', path } as const;
      const resources = { volumes: [temp] };
      assert.throws(() => config({ mounts: [{ volume: 'v', path }] }, resources), wrong);
      assert.throws(() => config({ devices: [{ volume: 'v', path }] }, resources), wrong);
      assert.throws(() => config({ mounts: [{ volume: 'v', path: '/v' }] }, { volumes: [host] }), wrong);
    });
  }

  test('volumes and devices of the runner are in every step; those of the step win', () => {
    const defaults = {
      volumes: ['/srv/cache:/cache', '/etc/ssl:/etc/ssl:ro', '/srv/own:/own', '/srv/ws:/drone/src'],
      devices: ['/dev/kvm', '/dev/fuse:/dev/fuse:r'],
    };
    const mounts = [{ volume: 'own', path: '/own' }];
    const volumes = [{ name: 'own', kind: 'tmpfs' }] as const;
    const { HostConfig } = config({ mounts }, { volumes }, defaults);
    assert.deepEqual(HostConfig?.Binds, ['/srv/cache:/cache', '/etc/ssl:/etc/ssl:ro']);
    assert.deepEqual(HostConfig?.Tmpfs, { '/own': '' });
    assert.deepEqual(HostConfig?.Devices, [
      { PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rwm' },
      { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'r' },
    ]);
    assert.throws(() => config({}, {}, { volumes: ['/only-one'] }), { code: 'config-value' });
  });

  test('limits of memory yield to the pipeline, those of processors never do', () => {
    const limits = {
      memoryBytes: 1000,
      memorySwapBytes: 2000,
      shmBytes: 300,
      cpuQuota: 50_000,
      cpuPeriod: 100_000,
      cpuShares: 512,
      cpuSet: '0,1',
    };
    const shared = config({}, {}, { limits }).HostConfig;
    assert.deepEqual([shared?.Memory, shared?.MemorySwap, shared?.ShmSize], [1000, 2000, 300]);
    const own = config({ memoryLimitBytes: 5000, shmSizeBytes: 1 }, {}, { limits }).HostConfig;
    assert.deepEqual([own?.Memory, own?.MemorySwap, own?.ShmSize], [5000, undefined, 1]);
    assert.deepEqual(
      [own?.CpuQuota, own?.CpuPeriod, own?.CpuShares, own?.CpusetCpus],
      [50_000, 100_000, 512, '0,1'],
    );
    const swapAlone = config({}, {}, { limits: { memorySwapBytes: 2000 } }).HostConfig;
    assert.equal(swapAlone?.MemorySwap, undefined, 'Docker refuses it without a limit of memory');
  });

  describe('of Windows', () => {
    const windows = {
      platform: { os: 'windows', arch: 'amd64', variant: '', version: '1809' },
      workspace: { base: 'c:\\drone', path: 'c:\\drone\\src\\app' },
    };

    test('commands are run by PowerShell, long ones from a file', () => {
      const short = config({ script: 'echo 1', shell: 'powershell' }, windows);
      assert.deepEqual(short.Entrypoint, ['powershell', '-noprofile', '-noninteractive', '-command']);
      assert.deepEqual(short.Cmd, ['echo 1']);
      const long = config({ script: '#'.repeat(30_000), shell: 'powershell' }, windows);
      assert.deepEqual(long.Cmd, ['c:\\sortie-step.ps1']);
    });

    test('drives and named pipes are mounted as they are written', () => {
      const volumes = [
        { name: 'pipe', kind: 'host', path: '\\\\.\\pipe\\docker_engine' },
        { name: 'drive', kind: 'host', path: 'c:\\cache' },
      ] as const;
      const mounts = [
        { volume: 'pipe', path: '\\\\.\\pipe\\docker_engine' },
        { volume: 'drive', path: 'c:\\cache' },
      ];
      const { HostConfig } = config({ mounts }, { ...windows, volumes });
      assert.deepEqual(HostConfig?.Binds, ['c:\\cache:c:\\cache']);
      assert.equal(HostConfig?.Mounts?.[1]?.Type, 'npipe');
    });

    test('the checkout goes to its place within the workspace', () => {
      assert.equal(checkoutPrefix(buildStage('id', [], windows).plan), 'src/app');
    });
  });
});
