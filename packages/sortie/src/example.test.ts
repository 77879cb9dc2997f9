import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { DockerAddress } from '@sortie/engine/docker/client';
import { chooseExample } from './example.ts';

const { signal } = new AbortController();

describe('the example of the demo', () => {
  let directory: string;
  let daemon: Server;
  let address: DockerAddress;
  /** Tags that the daemon has. */
  let local: readonly string[];
  let asked: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sortie-example-'));
    local = [];
    asked = [];
    daemon = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://docker');
      request.resume();
      asked.push(`${request.method} ${pathname}${searchParams.get('fromImage') ?? ''}`);
      const isList = pathname.endsWith('/images/json');
      response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isList ? [{ RepoTags: local }] : { message: 'pull access denied' }));
    });
    daemon.listen(join(directory, 'docker.sock'));
    await once(daemon, 'listening');
    address = { host: `unix://${join(directory, 'docker.sock')}` };
  });
  afterEach(async () => {
    const closed = once(daemon, 'close');
    daemon.close();
    daemon.closeAllConnections();
    await closed;
    await rm(directory, { recursive: true });
  });

  it('runs on the host and says so when no image is there and none can be pulled', async () => {
    const { pipeline, note } = await chooseExample({ address, problems: [] }, signal);
    assert.match(pipeline, /^type: exec$/m);
    assert.equal(
      note,
      'The image busybox:1.37 is neither on this machine nor can it be pulled. ' +
        'The example runs on this machine itself instead of in containers.',
    );
    assert.equal(asked.length, 2);
    assert.match(asked[1] ?? '', /^POST .*\/images\/create.*busybox/);
  });

  it('runs in containers of an image that is there already, without a pull', async () => {
    local = ['other:1', 'alpine:latest'];
    const { pipeline, note } = await chooseExample({ address, problems: [] }, signal);
    assert.match(pipeline, /^type: docker$/m);
    assert.match(pipeline, /^ +image: alpine:latest$/m);
    assert.doesNotMatch(pipeline, /busybox/);
    assert.equal(note, undefined);
    assert.equal(asked.length, 1);
  });

  it('asks nothing of a Docker that cannot be used, and gives the reason', async () => {
    const { pipeline, note } = await chooseExample({ address, problems: ['Docker is off.'] }, signal);
    assert.match(pipeline, /^type: exec$/m);
    assert.equal(note, 'Docker is off. The example runs on this machine itself instead of in containers.');
    assert.deepEqual(asked, []);
  });
});
