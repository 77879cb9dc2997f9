import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: hello
    commands:
      - echo "hello $DRONE_BUILD_EVENT $DRONE_BUILD_PARENT $WHO"
`;

/** A real server: builds that a person, the clock, or an approval starts. */
describe('a build that nobody pushed', () => {
  let server: ServerProcess;
  let client: Client;
  let copy: WorkingCopy;
  const slug = 'ada/demo';

  before(async () => {
    server = await startServerProcess({ env: { SORTIE_RUNNER_ENGINES: 'exec' } });
    client = clientOf(server);
    copy = await createWorkingCopy();
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--message', 'first');
    await copy.git('push', pushUrl(server, slug), 'main');
    await awaitBuild(client, slug, 1);
  });
  after(async () => {
    await copy?.dispose();
    await server?.dispose();
  });

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${server.token}` };
    const response = await fetch(`${server.url}/api/repos/${slug}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${method} ${path} answers ${response.status}`);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  it('[api createBuild] is of a branch of the built-in Git host, with parameters that its steps see', async () => {
    const { number } = await call<{ number: number }>('POST', '/builds?branch=main&WHO=ada');
    const build = await awaitBuild(client, slug, number);
    assert.equal(build.status, 'success');
    assert.match(await logOf(client, slug, build, 'hello'), /^hello custom 0 ada$/m);
  });

  it('[api restartBuild] is an earlier one again, which it names', async () => {
    const { number } = await call<{ number: number }>('POST', '/builds/1?WHO=grace');
    const build = await awaitBuild(client, slug, number);
    assert.match(await logOf(client, slug, build, 'hello'), /^hello push 1 grace$/m);
  });

  it('[api createCronJob] is started by the clock when it is due, long before the interval is over', async () => {
    const { counter } = await call<{ counter: number }>('GET', '');
    await call('POST', '/cron', { name: 'often', expr: '@every 1s', branch: 'main' });
    const build = await awaitBuild(client, slug, counter + 1);
    await call('DELETE', '/cron/often');
    assert.deepEqual([build.event, build.cron, build.trigger], ['cron', 'often', '@cron']);
  });

  it('[api approveBuild] waits on a protected repository until it is approved, and says so to who pushes', async () => {
    await call('PATCH', '', { protected: true });
    await copy.git('commit', '--quiet', '--allow-empty', '--message', 'second');
    const { stderr } = await copy.git('push', pushUrl(server, slug), 'main');
    assert.match(stderr, /remote: note: .*the repository is protected .* not signed/);
    // The clock may have started one more before its job was removed.
    const builds = await client.builds.list(slug);
    const number = builds.find(({ message }) => message.trim() === 'second')?.number ?? 0;
    const blocked = await client.builds.get(slug, number);
    assert.deepEqual([blocked.status, blocked.stages?.[0]?.status], ['pending', 'blocked']);
    await call('POST', `/builds/${number}/approve/1`);
    assert.equal((await awaitBuild(client, slug, number)).status, 'success');
  });
});
