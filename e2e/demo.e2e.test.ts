import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { REPO_ROOT } from '@sortie/testing/server-process';

/** As a person runs it: through npm, in a process group of its own, like a terminal's foreground job. */
describe('npm run demo', () => {
  let folder: string;
  let child: ChildProcess;
  let output: string;
  let isClosed: boolean;
  let changed: () => void;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-demo-test-'));
    output = '';
    isClosed = false;
    changed = () => undefined;
  });
  afterEach(async () => {
    assert.ok(child.pid, 'npm could not be started');
    const group = -child.pid;
    // Killed at once, it could not remove what it has in Docker.
    if (isAlive(group)) process.kill(group, 'SIGINT');
    try {
      await groupEnded();
    } finally {
      if (isAlive(group)) process.kill(group, 'SIGKILL');
    }
    await rm(folder, { recursive: true, force: true });
  });

  function start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<number | null> {
    child = spawn('npm', ['run', '--silent', 'demo', '--', ...args], {
      cwd: REPO_ROOT,
      detached: true,
      env: { ...process.env, TMPDIR: folder, DRONE_SERVER_PORT: '127.0.0.1:0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      changed();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    // Not `exit`: that may come before the last lines have been read.
    return once(child, 'close').then(([code]) => {
      isClosed = true;
      changed();
      return code as number | null;
    });
  }

  /** Resolves when the pattern has been printed. */
  async function printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(output)) {
      if (isClosed) assert.fail(`the demo ended before it printed ${pattern}:\n${output}`);
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  }

  /** npm gives the prompt back at once; what it had started is still tidying up. */
  async function groupEnded(): Promise<void> {
    await becomes(
      () => isAlive(-(child.pid ?? 0)),
      false,
      () => `the demo did not end:\n${output}`,
    );
  }

  /** What Docker, the process table and the temporary folder still hold of a demo in this folder. */
  async function leftovers(): Promise<readonly string[]> {
    const docker = (...args: string[]) => execFileSync('docker', args).toString().split('\n');
    const format = '{{.Name}} {{.Labels}}';
    const objects = [
      ...docker('ps', '--all', '--format', '{{.Names}} {{.Labels}}'),
      ...docker('network', 'ls', '--format', format),
      ...docker('volume', 'ls', '--format', format),
    ].filter((line) => line.includes(folder));
    const processes = execFileSync('sh', [
      '-c',
      `grep -lz "^TMPDIR=${folder}$" /proc/[0-9]*/environ 2>/dev/null || true`,
    ]);
    return [...objects, ...processes.toString().split('\n').filter(Boolean), ...(await readdir(folder))];
  }

  it('--once shows the push, the log of every step and the result, and ends with the status of the build', async () => {
    const ended = start(['--once']);
    await printed(/^Sortie is ready at /m);
    const readyMs = performance.now();
    await printed(/^\[prepare\] /m);
    const waitedMs = performance.now() - readyMs;
    assert.equal(await ended, 0, output);
    // Five seconds are the goal on an idle machine; a runner that misses the push would wait much longer.
    assert.ok(waitedMs < 25_000, `the first line of a step came ${waitedMs} ms after the start`);
    assert.match(output, /^Sortie is ready at http:\/\/localhost:\d+$/m);
    assert.match(output, /remote: build #1 started: http/);
    for (const step of ['clone', 'prepare', 'test', 'count', 'fetch', 'web']) {
      assert.match(output, new RegExp(`^\\[${step}\\] `, 'm'));
      assert.match(output, new RegExp(`^✔ success {2}${step}$`, 'm'));
    }
    assert.match(output, /^\[fetch\] Hello, admin!$/m);
    assert.match(output, /^build #1: success after \d+ s\nhttp:\/\/localhost:\d+\/admin\/demo\/1$/m);
    assert.deepEqual(await leftovers(), []);
  });

  it('without Docker says so in one sentence and runs the same steps on the host', async () => {
    assert.equal(await start(['--once'], { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }), 0, output);
    assert.match(
      output,
      /^.*Docker.*nonexistent.*The example runs on this machine itself instead of in containers\.$/m,
    );
    assert.match(output, /^\[fetch\] Hello, admin!$/m);
    assert.deepEqual(await leftovers(), []);
  });

  it('goes on serving after the build, and Ctrl-C leaves nothing behind', async () => {
    const ended = start([]);
    await printed(/until you press Ctrl-C/);
    const url = /Sign in, once: {2}(\S+)\/login\/link#/.exec(output)?.[1] ?? '';
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await ended;
    await groupEnded();
    assert.deepEqual(await leftovers(), []);
  });

  it('interrupted in the middle of a build leaves nothing behind either', async () => {
    const ended = start([]);
    await printed(/\[count\] working 1 of 3/);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await ended;
    await groupEnded();
    assert.deepEqual(await leftovers(), []);
  });
});

/** True while a process, or with a negative number a group, exists. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
