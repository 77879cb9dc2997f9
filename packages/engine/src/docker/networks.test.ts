import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { openDocker } from './client.ts';
import { NetworkPool, type NetworkUse } from './networks.ts';
import { EXPIRES_LABEL } from './object-name.ts';
import { SubnetPool } from './subnets.ts';

const DAY_SECONDS = 24 * 3600;

/** Spare networks on a daemon that answers as it is told to. */
describe('a spare network', () => {
  let folder: string;
  let server: Server;
  let docker: Docker;
  let pool: NetworkPool;
  let nowMs: number;
  /** What the daemon says to calls such as `DELETE`; what is not listed goes well. */
  let refusals: Map<string, number>;
  let removed: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-networks-'));
    nowMs = 0;
    refusals = new Map();
    removed = [];
    server = createServer((request, response) => {
      const method = request.method ?? '';
      request.resume();
      const status = refusals.get(method);
      if (method === 'DELETE' && status === undefined)
        removed.push((request.url ?? '').split('/').at(-1) ?? '');
      if (status !== undefined) response.writeHead(status).end('{"message":"it has active endpoints"}');
      else response.writeHead(method === 'DELETE' ? 204 : 200).end('{"Id":"n1","Containers":{}}');
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve));
    docker = await openDocker({ host: `unix://${folder}/docker.sock` });
    const clock = {
      now: () => nowMs,
      after(_ms: number, call: () => void) {
        queueMicrotask(call);
        return () => undefined;
      },
    };
    const subnets = new SubnetPool(['10.9.0.0/24'], () => []);
    pool = new NetworkPool({ labels: {}, clock, subnets, options: {} });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
    await rm(folder, { recursive: true });
  });

  /** What a stage needs that ends within the hour. */
  function aUse(): NetworkUse {
    const labels = { [EXPIRES_LABEL]: String(Math.floor(nowMs / 1000) + 3600) };
    return { labels, containers: 2, os: 'linux' };
  }

  async function aSpare(): Promise<string> {
    const name = await pool.take(docker, aUse());
    pool.keep(name);
    return name;
  }

  it('goes to the next stage when the daemon says that it is empty', async () => {
    const spare = await aSpare();
    assert.equal(await pool.take(docker, aUse()), spare);
  });

  for (const status of [403, 404, 500]) {
    it(`that is too old stops no stage when its removal is answered with ${status}`, async () => {
      const spare = await aSpare();
      nowMs += DAY_SECONDS * 1000;
      refusals.set('DELETE', status);
      assert.notEqual(await pool.take(docker, aUse()), spare);
      refusals.clear();
      await pool.close(docker);
      assert.deepEqual(removed, status === 404 ? [] : [spare], 'it is tried again as long as it is there');
    });
  }

  it('is neither used nor forgotten when the daemon does not say what is in it', async () => {
    const spare = await aSpare();
    refusals.set('GET', 500);
    assert.notEqual(await pool.take(docker, aUse()), spare);
    refusals.clear();
    assert.equal(await pool.take(docker, aUse()), spare);
  });

  it('is not forgotten when the daemon goes away meanwhile', async () => {
    const spare = await aSpare();
    const elsewhere = await openDocker({ host: `unix://${folder}/gone.sock` });
    await assert.rejects(pool.take(elsewhere, aUse()));
    assert.equal(await pool.take(docker, aUse()), spare);
  });
});
