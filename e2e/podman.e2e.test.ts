import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import { type PodmanService, podmanMissing, startPodmanService } from '@sortie/testing/podman-service';
import { type RunnerProcess, startRunnerProcess } from '@sortie/testing/runner-process';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';
import { TEST_IMAGE } from '@sortie/testing/test-image';

const SECRET = 'a-secret-that-runners-and-server-share';
const SLUG = 'ada/podman';

/** `hold` runs until a file appears, so that what waits for its turn meanwhile can be seen. */
const ALL = `kind: pipeline
type: docker
name: default
services:
  - name: web
    image: ${TEST_IMAGE}
    commands: ['while :; do echo pong | nc -l -p 8080; done']
volumes:
  - name: cache
    temp: {}
steps:
  - name: hold
    image: ${TEST_IMAGE}
    volumes: [{name: cache, path: /cache}]
    commands: ['echo kept > /cache/file', 'while [ ! -f go ]; do sleep 0.05; done']
  - name: share
    image: ${TEST_IMAGE}
    volumes: [{name: cache, path: /cache}]
    commands: [cat /cache/file]
  - name: bytes
    image: ${TEST_IMAGE}
    commands: [sh bytes.sh]
  - name: ask
    image: ${TEST_IMAGE}
    commands: ['until nc -w 10 web 8080 < /dev/null > got && grep -q pong got; do sleep 0.1; done', 'cat got']
  - name: plugin
    image: ${TEST_IMAGE}
    entrypoint: [/bin/sh, -c]
    command: ['echo $PLUGIN_WORD']
    settings: {word: said}
  - name: fails
    image: ${TEST_IMAGE}
    commands: [exit 3]
  - name: after
    image: ${TEST_IMAGE}
    commands: ['echo $DRONE_BUILD_STATUS']
    when: {status: [failure]}
  - name: absent
    image: ${TEST_IMAGE}
    entrypoint: [/no/such/program]
    when: {status: [failure]}
`;

const LONG = `kind: pipeline
type: docker
name: default
steps:
  - name: long
    image: ${TEST_IMAGE}
    commands: ["trap '' TERM", 'while :; do sleep 1; done']
  - name: never
    image: ${TEST_IMAGE}
    commands: [echo never]
`;

const BYTES_SH = `seq 1 20000
printf 'half\\rwhole\\n\\033[1mbold\\033[0m \\377\\000 no end of line'
`;
const NUMBERS = Array.from({ length: 20_000 }, (_, at) => `${at + 1}\n`).join('');

describe('a runner with Podman', { skip: podmanMissing() }, () => {
  let podman: PodmanService;
  let server: ServerProcess;
  let runner: RunnerProcess;
  let copy: WorkingCopy;
  let client: Client;

  before(async () => {
    podman = await startPodmanService(TEST_IMAGE);
    server = await startServerProcess({ env: { SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET } });
    client = clientOf(server);
    runner = await startRunnerProcess(server.url, {
      DRONE_RPC_SECRET: SECRET,
      DOCKER_HOST: podman.host,
      SORTIE_RUNNER_ENGINES: 'docker',
      SORTIE_RUNNER_SUBNETS: '10.219.0.0/20',
    });
    copy = await createWorkingCopy();
    await writeFile(join(copy.directory, 'bytes.sh'), BYTES_SH);
  });
  after(async () => {
    await runner?.dispose();
    await copy?.dispose();
    await server?.dispose();
    await podman?.dispose();
  });

  async function push(pipeline: string): Promise<void> {
    await writeFile(join(copy.directory, '.drone.yml'), pipeline);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'build it');
    await copy.git('push', pushUrl(server, SLUG), 'main');
  }

  /** Of the steps whose containers run, in order. */
  async function runningSteps(): Promise<readonly string[]> {
    return (await podman.ask('ps', '--format', '{{index .Labels "io.drone.step.name"}}')).toSorted();
  }

  it('runs steps that share files, a service and volumes, and keeps what they say to the byte', async () => {
    await push(ALL);
    await becomes(runningSteps, ['ask', 'bytes', 'hold', 'share', 'web'], () => runner.output());
    const filter = ['--filter', 'label=io.drone.step.name=hold'];
    const [hold = ''] = await podman.ask('ps', '--quiet', ...filter);
    await podman.ask('exec', hold, 'touch', 'go');
    const build = await awaitBuild(client, SLUG, 1);
    const statuses = ['web', 'hold', 'share', 'bytes', 'ask', 'plugin', 'fails', 'after', 'absent'].map(
      (name) => `${name} ${stepOf(build, name).status} ${stepOf(build, name).exit_code}`,
    );
    assert.deepEqual(statuses, [
      'web success 0',
      'hold success 0',
      'share success 0',
      'bytes success 0',
      'ask success 0',
      'plugin success 0',
      'fails failure 3',
      'after success 0',
      'absent error 255',
    ]);
    const log = (name: string): Promise<string> => logOf(client, SLUG, build, name);
    assert.equal(await log('share'), '+ cat /cache/file\nkept\n');
    const ref = { repo: SLUG, build: 1, stage: 1, step: stepOf(build, 'bytes').number };
    const { bytes } = await client.logs.text(ref);
    const end = Buffer.from('half\rwhole\n\x1b[1mbold\x1b[0m \xff\x00 no end of line', 'latin1');
    assert.ok(Buffer.concat([Buffer.from(`+ sh bytes.sh\n${NUMBERS}`), end]).equals(Buffer.from(bytes)));
    assert.match(await log('ask'), /\npong\n$/);
    assert.equal(await log('plugin'), 'said\n');
    assert.match(await log('after'), /\nfailure\n$/);
    assert.match(stepOf(build, 'absent').error ?? '', /cannot be started: .*no such file or directory/);
  });

  it('kills a step that is cancelled', async () => {
    await push(LONG);
    await awaitBuild(client, SLUG, 2, ({ stages }) => {
      return stages?.[0]?.steps?.some(({ name, status }) => name === 'long' && status === 'running') === true;
    });
    await client.builds.cancel(SLUG, 2);
    const build = await awaitBuild(client, SLUG, 2, ({ stages }) => stages?.[0]?.status === 'killed');
    assert.deepEqual([stepOf(build, 'long').status, stepOf(build, 'never').status], ['killed', 'skipped']);
    await becomes(runningSteps, []);
  });

  it('leaves nothing behind', async () => {
    assert.equal(await runner.stop('SIGTERM'), 0);
    assert.deepEqual(await podman.ask('ps', '--all', '--quiet'), []);
    assert.deepEqual(await podman.ask('volume', 'ls', '--quiet'), []);
    assert.deepEqual(await podman.ask('network', 'ls', '--format', '{{.Name}}'), ['podman']);
  });
});
