import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildStage } from '@sortie/testing/engine-contract';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import type Docker from 'dockerode';
import { systemClock, unixSeconds } from '../clock.ts';
import type { EngineStage } from '../engine.ts';
import { openDocker } from './client.ts';
import { DockerEngine } from './engine.ts';
import { EXPIRES_LABEL, OWNER_LABEL } from './object-name.ts';

const { signal } = new AbortController();

describe('a sweep of Docker', () => {
  let directory: string;
  let docker: Docker;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sortie-sweep-'));
    docker = await openDocker({});
    // What other programs left on this machine is not what the tests are about.
    await newEngine('nobody').sweep();
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const ownerOf = (name: string): string => `${name}-${process.pid}`;

  function newEngine(name: string, clock = systemClock()): DockerEngine {
    return new DockerEngine({
      owner: ownerOf(name),
      clock,
      tempDirectory: directory,
      git: { path: '/usr/bin:/bin' },
    });
  }

  /** A stage whose only step runs, by an engine that is then forgotten. */
  async function leave(engine: DockerEngine, labels: Readonly<Record<string, string>>): Promise<EngineStage> {
    const step = { name: 'a', image: TEST_IMAGE, script: 'sleep 1000' };
    const stage = buildStage(`left${labels[EXPIRES_LABEL] ?? ''}`, [step], { labels });
    await engine.setup(stage, signal);
    for (const planned of stage.plan.steps) {
      await engine.start(stage, { step: planned, environment: {}, output: () => undefined }, signal);
    }
    return stage;
  }

  /** How many containers, volumes and networks the owner has. */
  async function owned(name: string): Promise<readonly number[]> {
    const filters = { label: [`${OWNER_LABEL}=${ownerOf(name)}`] };
    const containers = await docker.listContainers({ all: true, filters });
    const volumes = await docker.listVolumes({ filters });
    const networks = await docker.listNetworks({ filters });
    return [containers.length, volumes.Volumes.length, networks.length];
  }

  test('removes what an earlier process of the same runner has left', async () => {
    const crashed = newEngine('sweep');
    const stage = await leave(crashed, {});
    const next = newEngine('sweep');
    assert.deepEqual(
      (await next.sweep()).map((text) => text.split(' ')[0]),
      ['container', 'volume', 'network'],
    );
    assert.deepEqual(await next.sweep(), []);
    await crashed.destroy(stage);
    await crashed.close();
    await next.close();
  });

  test('removes of other runners what has expired, and nothing else', async () => {
    const nowSeconds = unixSeconds(systemClock());
    // What serves several stages expires a day after it was made.
    const aDayAgo = { ...systemClock(), now: () => systemClock().now() - 25 * 3_600_000 };
    const [gone, alive] = [newEngine('gone', aDayAgo), newEngine('alive')];
    const expired = await leave(gone, { [EXPIRES_LABEL]: String(nowSeconds - 1) });
    const running = await leave(alive, { [EXPIRES_LABEL]: String(nowSeconds + 3600) });
    const eternal = await leave(alive, {});
    const next = newEngine('next');
    await next.sweep();
    assert.deepEqual(await owned('gone'), [0, 0, 0]);
    assert.deepEqual(await owned('alive'), [2, 2, 2]);
    await gone.destroy(expired);
    await alive.destroy(running);
    await alive.destroy(eternal);
    for (const engine of [gone, alive, next]) await engine.close();
  });

  test('may take a spare network after a day; a stage that would outlive it gets a new one', async () => {
    const nowSeconds = unixSeconds(systemClock());
    const engine = newEngine('spare');
    await engine.check(signal);
    const day = 24 * 3600;
    const short = await leave(engine, { [EXPIRES_LABEL]: String(nowSeconds + day - 60) });
    assert.ok(
      (await expiryOfNetworks('spare')).every(
        (expires) => expires >= nowSeconds + day && expires < nowSeconds + day + 3600,
      ),
    );
    await engine.check(signal);
    const long = await leave(engine, { [EXPIRES_LABEL]: String(nowSeconds + 2 * day) });
    assert.ok((await expiryOfNetworks('spare')).includes(nowSeconds + 2 * day));
    assert.deepEqual(await owned('spare'), [2, 2, 2], 'the spare one that was too old is gone');
    await engine.destroy(short);
    await engine.destroy(long);
    await engine.close();
    assert.deepEqual(await owned('spare'), [0, 0, 0]);
  });

  async function expiryOfNetworks(name: string): Promise<readonly number[]> {
    const networks = await docker.listNetworks({
      filters: { label: [`${OWNER_LABEL}=${ownerOf(name)}`] },
    });
    return networks.map(({ Labels }) => Number(Labels?.[EXPIRES_LABEL]));
  }
});
