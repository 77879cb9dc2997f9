import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import { type RunnerProcess, startRunnerProcess } from '@sortie/testing/runner-process';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const SECRET = 'a-secret-that-runners-and-server-share';
const SLUG = 'ada/paused';

/** Leases are short here, so that a pause of a runner outlasts them. */
describe('a runner that is stopped with SIGSTOP for longer than its lease', () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  let copy: WorkingCopy;

  before(async () => {
    const env = { SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET, SORTIE_LEASE: '5s' };
    server = await startServerProcess({ env: { ...env, SORTIE_SWEEP_INTERVAL: '200ms' } });
    runner = await startRunnerProcess(server.url, { DRONE_RPC_SECRET: SECRET });
    copy = await createWorkingCopy();
  });
  after(async () => {
    runner?.child.kill('SIGCONT');
    await runner?.dispose();
    await copy?.dispose();
    await server?.dispose();
  });

  async function push(command: string): Promise<void> {
    const steps = `steps:\n  - name: works\n    commands:\n      - |-\n        ${command}\n`;
    const config = `kind: pipeline\ntype: exec\nname: default\nclone: {disable: true}\n${steps}`;
    await writeFile(join(copy.directory, '.drone.yml'), config);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'work');
    await copy.git('push', pushUrl(server, SLUG), 'main');
  }

  /** Whether the process that the step has become is there. */
  async function isRunning(pidFile: string): Promise<boolean> {
    try {
      process.kill(Number(await readFile(pidFile, 'utf8')), 0);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
      throw error;
    }
  }

  it('has lost its stage; back again it kills what it still runs, and takes the next one', async () => {
    const client = clientOf(server);
    const pidFile = join(server.data, 'pid');
    await push(`echo $$$$ > ${pidFile}; echo begun; exec sleep 600`);
    const running = await awaitBuild(client, SLUG, 1, (build) => {
      const step = build.stages?.[0]?.steps?.find(({ name }) => name === 'works');
      return step?.status === 'running';
    });
    const step = stepOf(running, 'works').number;
    for await (const event of client.streamLog({ repo: SLUG, build: 1, stage: 1, step })) {
      if (event.type === 'line' && event.text.trim() === 'begun') break;
    }
    runner.child.kill('SIGSTOP');
    const lost = await awaitBuild(client, SLUG, 1);
    assert.deepEqual([lost.status, stepOf(lost, 'works').reason], ['error', 'runner-lost']);
    assert.equal(await isRunning(pidFile), true);
    runner.child.kill('SIGCONT');
    await runner.printed(/the lease of a stage was lost/);
    await becomes(() => isRunning(pidFile), false);
    await push('echo next');
    assert.equal((await awaitBuild(client, SLUG, 2)).status, 'success');
    const build = await client.builds.get(SLUG, 1);
    assert.equal(build.status, 'error');
    assert.match(await logOf(client, SLUG, build, 'works'), /begun\n\[runner lost: the log ends here\]\n$/);
  });
});
