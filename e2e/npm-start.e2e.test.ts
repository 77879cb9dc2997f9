import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { REPO_ROOT } from '@sortie/testing/server-process';

describe('npm start', () => {
  it('prints a sign-in link until somebody has signed in, and after that how to get one', async () => {
    const data = await mkdtemp(join(tmpdir(), 'sortie-npm-start-'));
    const started: NpmStart[] = [];
    const start = async (): Promise<NpmStart> => {
      const server = await npmStart(data);
      started.push(server);
      return server;
    };
    try {
      const first = await start();
      const used = linkOf(first.output);
      assert.match(
        first.output,
        /\n {2}npx sortie token .*\n {2}git remote add sortie http:\/\/\S+\/git\/OWNER\/NAME\.git\n {2}git push sortie HEAD\n/,
      );
      await first.stop();
      const second = await start();
      const link = linkOf(second.output);
      assert.notEqual(link.hash, used.hash, 'a fresh one, because the first may be lost');
      assert.equal(await signIn(link), 200);
      assert.notEqual(await signIn(link), 200, 'once');
      await second.stop();
      const third = await start();
      assert.match(third.output, /^Sign in at http:\/\/\S+ \(npx sortie sign-in makes a new link\)\.$/m);
      assert.doesNotMatch(third.output, /login\/link/);
    } finally {
      await Promise.all(started.map((server) => server.stop()));
      await rm(data, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});

interface NpmStart {
  readonly output: string;
  /** Sends SIGTERM to the process group, as a terminal that is closed or a service manager does. */
  stop(): Promise<void>;
}

/** Resolves when the last line of the greeting has been printed. */
async function npmStart(data: string): Promise<NpmStart> {
  const child = spawn('npm', ['start'], {
    cwd: REPO_ROOT,
    detached: true,
    env: { PATH: process.env.PATH, HOME: data, SORTIE_DATA: data, DRONE_SERVER_PORT: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The pipe closes when the last process of the group that writes to it has ended.
  const closed = once(child, 'close');
  const stop = async (): Promise<void> => {
    if (!child.stdout.closed && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await closed;
  };
  let output = '';
  const greeted = Promise.withResolvers<NpmStart>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (/git push sortie HEAD\n/.test(output)) greeted.resolve({ output, stop });
  });
  closed.then(() => greeted.reject(new Error(`npm start ended:\n${output}`)));
  return greeted.promise;
}

/** The one sign-in link in what was printed. */
function linkOf(output: string): URL {
  const links = [...output.matchAll(/^Sign in, once: (http:\/\/\S+\/login\/link#\S+)$/gm)];
  assert.equal(links.length, 1, output);
  return new URL(links[0]?.[1] ?? '');
}

/** Uses a link as its page does; returns the status. */
async function signIn(link: URL): Promise<number> {
  const answer = await fetch(new URL('/login/link', link), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: link.origin },
    body: JSON.stringify({ token: link.hash.slice(1) }),
  });
  return answer.status;
}
