import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import type Docker from 'dockerode';
import { systemClock } from '../clock.ts';
import { openDocker } from './client.ts';
import { NetworkPool } from './networks.ts';
import { SubnetPool } from './subnets.ts';

/** More than Docker's own pool of addresses has. */
const MANY = 36;

describe('networks of stages in Docker', () => {
  let docker: Docker;
  const owner = `networks-${process.pid}`;
  const labels = { 'io.sortie.owner': owner };

  before(async () => {
    docker = await openDocker({});
  });
  after(async () => {
    const left = await docker.listNetworks({ filters: { label: [`io.sortie.owner=${owner}`] } });
    for (const { Id } of left) await docker.getNetwork(Id).remove();
  });

  function poolOf(ranges: readonly string[], options: Readonly<Record<string, string>> = {}): NetworkPool {
    return new NetworkPool({ labels, clock: systemClock(), subnets: new SubnetPool(ranges), options });
  }

  const use = { labels, containers: 3, os: 'linux' };

  async function subnetOf(name: string): Promise<string | undefined> {
    return (await docker.getNetwork(name).inspect()).IPAM?.Config?.[0]?.Subnet;
  }

  test('there are more of them than Docker has by itself', async () => {
    const pool = poolOf(['10.214.0.0/16']);
    const names: string[] = [];
    for (let count = 0; count < MANY; count += 1) names.push(await pool.take(docker, use));
    const subnets = await Promise.all(names.map(subnetOf));
    assert.equal(new Set(subnets).size, MANY);
    assert.ok(subnets.every((subnet) => subnet?.startsWith('10.214.')));
    for (const name of names) await docker.getNetwork(name).remove();
  });

  test('a spare one goes from stage to stage, but not with somebody in it, and not for ever', async () => {
    let nowMs = systemClock().now();
    const clock = { ...systemClock(), now: () => nowMs };
    const pool = new NetworkPool({
      labels,
      clock,
      subnets: new SubnetPool(['10.217.0.0/24']),
      options: {},
    });
    pool.refill(docker);
    const first = await pool.take(docker, use);
    assert.equal(pool.mayKeep(first), true);
    pool.keep(first);
    assert.equal(await pool.take(docker, use), first);
    const stranger = await docker.createContainer({
      Image: TEST_IMAGE,
      Cmd: ['sleep', '1000'],
      HostConfig: { NetworkMode: first },
    });
    await stranger.start();
    pool.keep(first);
    const second = await pool.take(docker, use);
    assert.notEqual(second, first);
    assert.equal(pool.mayKeep(second), true);
    await stranger.remove({ force: true });
    assert.equal(await pool.take(docker, use), first, 'it is used again when the stranger has gone');
    nowMs += 13 * 3_600_000;
    assert.equal(pool.mayKeep(first), false);
    await docker.getNetwork(first).remove();
    pool.keep(first);
    assert.notEqual(await pool.take(docker, use), first, 'one that is gone is not handed out');
  });

  test('one whose addresses somebody else has got gets others, and those of Docker when none are left', async () => {
    const taken = { Name: `${owner}-taken`, Labels: labels, IPAM: { Config: [{ Subnet: '10.215.0.0/26' }] } };
    await docker.createNetwork(taken);
    const pool = poolOf(['10.215.0.0/25'], { 'com.docker.network.driver.mtu': '1400' });
    const [first, second] = [await pool.take(docker, use), await pool.take(docker, use)];
    assert.equal(await subnetOf(first), '10.215.0.64/26');
    assert.ok(!(await subnetOf(second))?.startsWith('10.215.'));
    const { Options } = await docker.getNetwork(first).inspect();
    // Podman has a name of its own for it.
    assert.equal(Options?.['com.docker.network.driver.mtu'] ?? Options?.mtu, '1400');
  });
});
