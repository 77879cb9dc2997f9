import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';
import { TEST_IMAGE } from '@sortie/testing/test-image';

const slug = 'ada/docker';

const LONG = `kind: pipeline
type: docker
name: default
services:
  - name: db
    image: ${TEST_IMAGE}
    commands: [sleep 1000]
steps:
  - name: long
    image: ${TEST_IMAGE}
    commands: [echo marker, sleep 1000]
  - name: never
    image: ${TEST_IMAGE}
    commands: [echo never]
`;

const WRONG = `kind: pipeline
type: docker
name: default
steps:
  - name: good
    image: ${TEST_IMAGE}
    commands: [echo kept]
  - name: absent
    image: localhost:1/none:1
    commands: [echo never]
---
kind: pipeline
type: docker
name: commands
steps:
  - name: unknown
    image: ${TEST_IMAGE}
    commands: [no-such-program]
`;

describe('a build in Docker', () => {
  let folder: string;
  let data: string;
  let copy: WorkingCopy;
  let proxy: DockerProxy;
  let server: ServerProcess;
  let env: Readonly<Record<string, string>>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-docker-'));
    data = join(folder, 'data');
    proxy = new DockerProxy(join(folder, 'docker.sock'));
    await proxy.open();
    env = { DOCKER_HOST: `unix://${proxy.path}`, SORTIE_RUNNER_ENGINES: 'docker' };
    server = await startServerProcess({ data, env });
    copy = await createWorkingCopy();
  });
  afterEach(async () => {
    await server.stop('SIGTERM');
    await proxy.close();
    await copy.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function push(pipeline: string): Promise<Client> {
    await writeFile(join(copy.directory, '.drone.yml'), pipeline);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'build it');
    await copy.git('push', pushUrl(server, slug), 'main');
    return clientOf(server);
  }

  function longRuns(client: Client, number: number): Promise<unknown> {
    return awaitBuild(client, slug, number, ({ status, stages }) => {
      assert.ok(['pending', 'running'].includes(status), `build #${number} ended: ${JSON.stringify(stages)}`);
      return stages?.[0]?.steps?.some((step) => step.name === 'long' && step.status === 'running') === true;
    });
  }

  it('ends with cause and remedy when Docker goes away, and the next one runs when it is back', async () => {
    const client = await push(LONG);
    await longRuns(client, 1);
    const cutMs = Date.now();
    await proxy.close();
    const build = await awaitBuild(client, slug, 1);
    // Who only asks the daemon now and then notices after half a minute; here a connection has broken.
    assert.ok(Date.now() - cutMs < 25_000, 'within seconds');
    const [stage] = build.stages ?? [];
    assert.equal(stage?.status, 'error');
    assert.match(stage?.error ?? '', /^The Docker daemon does not answer: .+\. Start Docker, or correct/);
    assert.deepEqual([stepOf(build, 'long').status, stepOf(build, 'never').status], ['error', 'skipped']);
    await proxy.open();
    await copy.git('push', pushUrl(server, slug), 'main:refs/heads/again');
    await longRuns(client, 2);
    await server.stop('SIGTERM');
    assert.deepEqual(objectsOf(data), [], 'what the first build had left is gone too');
  });

  it('ends as lost after kill -9 of the server, and the next start removes what it had in Docker', async () => {
    await longRuns(await push(LONG), 1);
    await server.stop('SIGKILL');
    const left = objectsOf(data);
    for (const kind of ['container', 'network', 'volume']) {
      assert.ok(
        left.some((object) => object.startsWith(`${kind} `)),
        `${kind} in ${left}`,
      );
    }
    server = await startServerProcess({ data, env });
    const build = await awaitBuild(clientOf(server), slug, 1);
    assert.match(build.stages?.[0]?.error ?? '', /runner lost/);
    await becomes(() => objectsOf(data).filter((object) => left.includes(object)), []);
    await server.stop('SIGTERM');
    assert.deepEqual(objectsOf(data), []);
  });

  it('says why an image or a command cannot be had, and keeps the logs', async () => {
    const client = await push(WRONG);
    const build = await awaitBuild(client, slug, 1);
    const absent = stepOf(build, 'absent');
    assert.deepEqual([absent.status, absent.exit_code], ['error', 255]);
    assert.match(absent.error ?? '', /^The image localhost:1\/none:1 cannot be pulled: .+ Check its name/);
    assert.equal(await logOf(client, slug, build, 'good'), '+ echo kept\nkept\n');
    const unknown = stepOf(build, 'unknown');
    assert.deepEqual([unknown.status, unknown.exit_code], ['failure', 127]);
    assert.match(await logOf(client, slug, build, 'unknown', 2), /no-such-program: not found/);
  });
});

/** The socket of Docker under another name, which can be taken away. */
class DockerProxy {
  readonly path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async open(): Promise<void> {
    this.#server = createServer((client) => {
      const docker = connect('/var/run/docker.sock');
      for (const socket of [client, docker]) {
        this.#sockets.add(socket);
        const end = (): void => {
          this.#sockets.delete(socket);
          client.destroy();
          docker.destroy();
        };
        // An error is followed by the end of the connection, which is all that a proxy has to tell.
        socket.on('error', end).on('close', end);
      }
      client.pipe(docker).pipe(client);
    }).listen(this.path);
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** `kind name` of everything in Docker that carries the data folder in its labels. */
function objectsOf(data: string): readonly string[] {
  const list = (kind: string, name: string, ...args: string[]): readonly string[] =>
    execFileSync('docker', [...args, '--format', `${kind} {{.${name}}}\t{{.Labels}}`])
      .toString()
      .split('\n')
      .filter((line) => line.includes(data))
      .map((line) => line.split('\t')[0] ?? '');
  return [
    ...list('container', 'Names', 'ps', '--all'),
    ...list('network', 'Name', 'network', 'ls'),
    ...list('volume', 'Name', 'volume', 'ls'),
  ];
}
