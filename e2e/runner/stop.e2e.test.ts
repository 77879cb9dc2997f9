import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { awaitBuild, clientOf } from '@sortie/testing/await-build';
import { type RunnerProcess, startRunnerProcess } from '@sortie/testing/runner-process';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const SECRET = 'a-secret-that-runners-and-server-share';
const SLUG = 'ada/drained';
const CONFIG = `kind: pipeline
type: exec
name: default
clone: {disable: true}
steps:
  - name: long
    commands: [exec sleep 600]
`;

/** One runner with one stage that does not end by itself. */
describe('a runner with a stage that goes on and on', () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  let copy: WorkingCopy;

  before(async () => {
    server = await startServerProcess({ env: { SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET } });
    runner = await startRunnerProcess(server.url, {
      DRONE_RPC_SECRET: SECRET,
      SORTIE_RUNNER_DRAIN: '2s',
      DRONE_UI_USERNAME: 'ada',
      DRONE_UI_PASSWORD: 'page-password',
    });
    copy = await createWorkingCopy();
    await writeFile(join(copy.directory, '.drone.yml'), CONFIG);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'long');
    await copy.git('push', pushUrl(server, SLUG), 'main');
    await awaitBuild(clientOf(server), SLUG, 1, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'long');
      return step?.status === 'running';
    });
  });
  after(async () => {
    await runner?.dispose();
    await copy?.dispose();
    await server?.dispose();
  });

  it('shows it on its own port: numbers for everybody, pages for whoever has the password', async () => {
    const [, base = ''] = await runner.printed(/health: (http:\S+\/)healthz/);
    const numbers = await (await fetch(`${base}metrics`)).text();
    assert.match(numbers, /^sortie_runner_running_stages 1$/m);
    assert.match(numbers, /^sortie_runner_spooled_stages 1$/m);
    assert.equal((await fetch(base)).status, 401);
    const authorization = `Basic ${Buffer.from('ada:page-password').toString('base64')}`;
    const page = await fetch(base, { headers: { authorization } });
    assert.match(await page.text(), /ada\/drained #1/);
  });

  it('ends it when the time for draining is over, says so, and is gone', async () => {
    assert.equal(await runner.stop('SIGTERM'), 0);
    const build = await awaitBuild(clientOf(server), SLUG, 1);
    assert.equal(build.status, 'killed');
    assert.match(build.stages?.[0]?.error ?? '', /the runner is stopping/);
    assert.equal(build.stages?.[0]?.steps?.[0]?.reason, 'cancelled');
  });
});
