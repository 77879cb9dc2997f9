import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type Docker from 'dockerode';
import { openDocker } from './client.ts';
import { awaitRunning, HOLD, letGo, runSteps } from './docker-run.fixture.ts';
import { DockerEngine } from './engine.ts';

const MIB = 1024 * 1024;

describe('what containers are given', () => {
  const name = `options-${process.pid}`;
  let docker: Docker;
  let engine: DockerEngine;

  before(async () => {
    docker = await openDocker({});
    await docker.createNetwork({ Name: name });
    await docker.createVolume({ Name: name });
    engine = new DockerEngine({
      owner: name,
      tempDirectory: tmpdir(),
      git: { path: '/usr/bin:/bin' },
      networks: [name],
      defaults: {
        volumes: [`${name}:/kept`],
        devices: ['/dev/null:/dev/nothing'],
        limits: {
          memoryBytes: 64 * MIB,
          shmBytes: 32 * MIB,
          cpuQuota: 50_000,
          cpuPeriod: 100_000,
          cpuShares: 512,
        },
      },
    });
  });
  after(async () => {
    await engine.close();
    await docker.getNetwork(name).remove();
    await docker.getVolume(name).remove();
  });

  test('by the step: hosts, names, user, devices, memory and shared memory', async () => {
    const { steps, log } = await runSteps(
      engine,
      'own',
      [
        {
          name: 'a',
          user: '65534:65534',
          dns: ['9.9.9.9'],
          dnsSearch: ['corp.example'],
          extraHosts: ['db.example:10.1.2.3'],
          shmSizeBytes: 8 * MIB,
          mounts: [{ volume: 'ram', path: '/ram' }],
          devices: [{ volume: 'zero', path: '/dev/nil' }],
          networkMode: 'bridge',
          script: [
            'id -u; id -g',
            'grep db.example /etc/hosts | tr "\\t" " "',
            'grep -E "^(nameserver|search)" /etc/resolv.conf',
            'df -m /dev/shm | tail -1 | tr -s " " | cut -d" " -f2',
            'df -m /ram | tail -1 | tr -s " " | cut -d" " -f1,2',
            'head -c 3 /dev/nil | wc -c',
          ].join('\n'),
        },
      ],
      {
        plan: {
          volumes: [
            { name: 'ram', kind: 'tmpfs', sizeBytes: 4 * MIB },
            { name: 'zero', kind: 'host', path: '/dev/zero' },
          ],
        },
      },
    );
    assert.deepEqual(steps, ['a success 0'], log('a'));
    const want = [
      '65534',
      '65534',
      '10.1.2.3 db.example',
      'nameserver 9.9.9.9',
      'search corp.example',
      '8',
      'tmpfs 4',
      '3',
    ];
    assert.deepEqual(log('a').trim().split('\n').sort(), want.sort());
  });

  test('by the runner: volumes, devices, networks and limits', async () => {
    const inspected: Docker.ContainerInspectInfo[] = [];
    let isSeen = false;
    const { steps, log } = await runSteps(
      engine,
      'shared',
      [
        {
          name: 'a',
          script: [
            'echo kept > /kept/file; cat /dev/nothing; df -m /dev/shm | tail -1 | tr -s " " | cut -d" " -f2',
            HOLD,
          ].join('\n'),
        },
        { name: 'b', script: 'cat /kept/file' },
      ],
      {
        onOutput: async (step) => {
          if (step !== 'a' || isSeen) return;
          isSeen = true;
          const [id = ''] = await awaitRunning(docker, name, ['a']);
          inspected.push(await docker.getContainer(id).inspect());
          await letGo(docker, name, 'a');
        },
      },
    );
    assert.deepEqual(steps, ['a success 0', 'b success 0']);
    assert.deepEqual([log('a'), log('b')], ['32\nup\n', 'kept\n']);
    const [{ HostConfig, NetworkSettings } = assert.fail('the container was seen')] = inspected;
    assert.deepEqual([HostConfig.Memory, HostConfig.CpuShares, HostConfig.CpuQuota], [64 * MIB, 512, 50_000]);
    const joined = NetworkSettings.Networks[name];
    assert.ok(joined?.Aliases?.includes(name));
    assert.equal(Object.keys(NetworkSettings.Networks).length, 2);
  });
});
