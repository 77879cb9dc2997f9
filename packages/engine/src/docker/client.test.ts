import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDocker } from './client.ts';
import { DockerEngine } from './engine.ts';

test('the daemon is spoken to in the version that is asked for, and in its own without one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sortie-client-'));
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.setHeader('connection', 'close').end('{}');
  });
  const socket = join(directory, 'docker.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  for (const apiVersion of ['1.41', 'v1.24', undefined]) {
    const docker = await openDocker({ host: `unix://${socket}`, apiVersion });
    await docker.version();
  }
  assert.deepEqual(paths, ['/v1.41/version', '/v1.24/version', '/version']);
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

test('a version that the daemon does not speak is reported by the name of its setting', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sortie-client-'));
  const message = 'client version 9.99 is too new. Maximum supported API version is 1.41';
  const server = createServer((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ message }));
  });
  const socket = join(directory, 'docker.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const engine = new DockerEngine({
    host: `unix://${socket}`,
    apiVersion: '9.99',
    owner: 'test',
    git: { path: '/usr/bin' },
    tempDirectory: directory,
  });
  await assert.rejects(engine.check(AbortSignal.timeout(60_000)), {
    code: 'config-value',
    message: /DOCKER_API_VERSION.*Maximum supported API version is 1\.41/,
  });
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

for (const apiVersion of ['latest', '1', '1.41/../x', '', 'v']) {
  test(`a version ${JSON.stringify(apiVersion)} of the API of Docker is refused by the name of its setting`, async () => {
    await assert.rejects(openDocker({ apiVersion }), { code: 'config-value', message: /DOCKER_API_VERSION/ });
  });
}
