import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const slug = 'ada/long';

/** The first step ends, the second says that it runs and then waits for ever. */
const LONG = `kind: pipeline
type: exec
name: default
steps:
  - name: short
    commands: [echo done]
  - name: long
    commands:
      - echo "marker $SORTIE_MARKER"
      - sleep 1000
  - name: never
    commands: [echo never]
---
kind: pipeline
type: exec
name: later
depends_on: [default]
steps:
  - name: never
    commands: [echo never]
`;

describe('a server that goes away in the middle of a build', () => {
  let copy: WorkingCopy;
  let data: string;
  let server: ServerProcess;
  const env = { SORTIE_RUNNER_ENGINES: 'exec', DRONE_RUNNER_ENVIRON: `SORTIE_MARKER:m${process.pid}` };

  before(async () => {
    copy = await createWorkingCopy();
    await writeFile(join(copy.directory, '.drone.yml'), LONG);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'long');
  });
  after(() => copy.dispose());

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'sortie-crash-'));
    server = await startServerProcess({ data, env });
    await copy.git('push', pushUrl(server, slug), 'main');
    await awaitBuild(clientOf(server), slug, 1, (build) => {
      const long = build.stages?.[0]?.steps?.find((step) => step.name === 'long');
      return long?.status === 'running';
    });
    await awaitLog(server, /marker m\d+/);
  });
  afterEach(async () => {
    // Not by kill -9: the processes of its steps would outlive the test.
    await server.stop('SIGTERM');
    await rm(data, { recursive: true, force: true, maxRetries: 3 });
  });

  it('by kill -9 shows the build in error after the next start, keeps what was logged, and builds again', async () => {
    await server.stop('SIGKILL');
    server = await startServerProcess({ data, env });
    const client = clientOf(server);
    const build = await awaitBuild(client, slug, 1);
    assert.equal(build.status, 'error');
    assert.match(build.stages?.[0]?.error ?? '', /runner lost/);
    assert.deepEqual(
      build.stages?.map((stage) => [stage.name, stage.status]),
      [
        ['default', 'error'],
        ['later', 'skipped'],
      ],
    );
    assert.deepEqual(
      build.stages?.[0]?.steps?.map((step) => [step.name, step.status]),
      [
        ['clone', 'success'],
        ['short', 'success'],
        ['long', 'error'],
        ['never', 'skipped'],
      ],
    );
    assert.equal(await logOf(client, slug, build, 'short'), '+ echo done\ndone\n');
    assert.match(await logOf(client, slug, build, 'long'), /^\+ echo .*\nmarker m\d+\n/);
    await noProcessWith(`m${process.pid}`);
    await copy.git('push', pushUrl(server, slug), 'main:refs/heads/again');
    // The server has another port now: the clone of a repository that it knows must go there.
    const again = await awaitBuild(client, slug, 2, (next) => {
      const steps = next.stages?.[0]?.steps ?? [];
      return next.finished > 0 || steps.some(({ name, started = 0 }) => name === 'short' && started > 0);
    });
    assert.equal(stepOf(again, 'clone').status, 'success');
  });

  it('by SIGTERM ends its steps, reports the build as killed with the reason, and leaves no process', async () => {
    const code = await server.stop('SIGTERM');
    assert.equal(code, 0, server.output());
    await noProcessWith(`m${process.pid}`);
    server = await startServerProcess({ data, env });
    const build = await clientOf(server).builds.get(slug, 1);
    assert.equal(build.status, 'killed');
    assert.match(build.stages?.[0]?.error ?? '', /stopping/);
    assert.deepEqual([stepOf(build, 'long').status, stepOf(build, 'never').status], ['killed', 'skipped']);
    assert.deepEqual(await readdir(join(data, 'exec')).catch(() => []), []);
  });

  it('cancelled over the API ends its processes and every stage at once', async () => {
    const client = clientOf(server);
    const cancelled = await client.builds.cancel(slug, 1);
    assert.equal(cancelled.status, 'killed');
    const build = await awaitBuild(client, slug, 1, (seen) => seen.cancelling !== true);
    assert.deepEqual(
      build.stages?.map((stage) => stage.status),
      ['killed', 'skipped'],
    );
    assert.equal(stepOf(build, 'long').status, 'killed');
    await noProcessWith(`m${process.pid}`);
  });
});

async function awaitLog(server: ServerProcess, pattern: RegExp): Promise<void> {
  const client = clientOf(server);
  const build = await client.builds.get(slug, 1);
  const step = stepOf(build, 'long').number;
  for await (const event of client.streamLog({ repo: slug, build: 1, stage: 1, step })) {
    if (event.type === 'line' && pattern.test(event.text)) return;
  }
  throw new Error(`the log of the step ended without ${pattern}`);
}

/** Environments of all processes are searched; those of the test itself do not hold the marker. */
async function noProcessWith(marker: string): Promise<void> {
  const script = `grep -lz "^SORTIE_MARKER=${marker}$" /proc/[0-9]*/environ 2>/dev/null || true`;
  await becomes(() => execFileSync('sh', ['-c', script]).toString().trim(), '');
}
