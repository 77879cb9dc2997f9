import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { FLUSH } from './pkt-line.ts';
import { commit, createWork, git, mustGit, startTestHost } from './test-host.ts';
import { commands, open, packOf, post } from './test-push.ts';

const ME = 'me:secret';

test('[scm B11] two pushes at once to one repository run one after the other, each with its event', async (t) => {
  let inside = 0;
  let most = 0;
  const seen: string[] = [];
  const fixture = await startTestHost(t, {
    onPush: async ({ changes }) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      seen.push(...changes.map(({ name }) => name));
      return [];
    },
  });
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  const results = await Promise.all(
    ['a', 'b', 'c'].map((name) => git(work, 'push', url, `main:refs/heads/${name}`)),
  );
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0, 0],
  );
  assert.deepEqual(seen.sort(), ['a', 'b', 'c']);
  assert.equal(most, 1);
  assert.equal(fixture.repos.size, 1);
});

test('[scm B11] of two pushes at once to one branch one is refused', async (t) => {
  const fixture = await startTestHost(t);
  const one = await createWork(fixture.folder, 'one');
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(one, 'push', url, 'main');
  await mustGit(fixture.folder, 'clone', '--quiet', url, 'two');
  const two = join(fixture.folder, 'two');
  await Promise.all([commit(one, 'from one'), commit(two, 'from two')]);
  const results = await Promise.all([one, two].map((work) => git(work, 'push', url, 'main')));
  assert.equal(results.filter(({ code }) => code === 0).length, 1);
  assert.equal(fixture.pushes.length, 2);
});

test('more requests than may wait are told to come back', async (t) => {
  const fixture = await startTestHost(t, { limits: { children: 1, waiting: 0 } });
  const work = await createWork(fixture.folder);
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  const slow = open(fixture);
  slow.on('error', () => undefined);
  slow.write(Buffer.concat([commands(head), (await packOf(work)).subarray(0, 20)]));
  const [started] = await once(slow, 'response');
  started.on('error', () => undefined);
  const { status, text } = await post(
    fixture,
    Buffer.concat([commands(head, 'refs/heads/b'), await packOf(work)]),
  );
  assert.equal(status, 503);
  assert.match(text, /Try again/);
  slow.destroy();
});

test('a host that is closed ends its children and refuses requests', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  const slow = open(fixture);
  slow.on('error', () => undefined);
  slow.write(Buffer.concat([commands(head), (await packOf(work)).subarray(0, 20)]));
  const [response] = await once(slow, 'response');
  await fixture.host.close();
  assert.match(await text(response), /error: The push was ended before it was complete.*\n?.*Push again/s);
  slow.destroy();
  const late = await post(fixture, FLUSH);
  assert.equal(late.status, 503);
  assert.match(late.text, /The server is stopping\./);
});

test('a lock file that a killed git left behind goes with the next failed push or the next start', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main');
  const lock = join(fixture.dirOf('me/demo'), 'refs', 'heads', 'main.lock');
  await writeFile(lock, '');
  await commit(work, 'second');
  assert.notEqual((await git(work, 'push', url, 'main')).code, 0);
  const repo = fixture.repos.get('me/demo') ?? assert.fail();
  await fixture.host.reconcile(repo, new Map());
  await assert.rejects(readFile(lock), { code: 'ENOENT' });
  await mustGit(work, 'push', url, 'main');
});
