import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { findGit } from './git.ts';
import { encodePacket, FLUSH } from './pkt-line.ts';
import { ZERO_ID } from './refs.ts';
import { commit, createWork, git, mustGit, startTestHost } from './test-host.ts';
import { commands, commitBytes, open, packOf, post, temporaryFiles } from './test-push.ts';

const ME = 'me:secret';

test('[scm B5] a push of more than one MiB comes as probe and chunks and makes one event', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const head = await commitBytes(work, 1_500_000);
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  assert.deepEqual(
    fixture.pushes.map(({ changes }) => changes.map(({ after }) => after)),
    [[head]],
  );
});

test('[scm B5] a probe alone is answered and creates nothing', async (t) => {
  const fixture = await startTestHost(t);
  assert.deepEqual(await post(fixture, FLUSH), { status: 200, text: '' });
  assert.equal(fixture.repos.size + fixture.pushes.length, 0);
});

test('[scm B5] a request body may be compressed with gzip; other and damaged encodings are refused', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  const body = Buffer.concat([commands(head), await packOf(work)]);
  assert.equal((await post(fixture, body, { 'content-encoding': 'br' })).status, 415);
  const damaged = await post(fixture, body, { 'content-encoding': 'gzip' });
  assert.deepEqual([damaged.status, fixture.pushes.length], [400, 0]);
  const taken = await post(fixture, gzipSync(body), { 'content-encoding': 'gzip' });
  assert.match(taken.text, /unpack ok/);
  assert.equal(fixture.pushes[0]?.changes[0]?.after, head);
});

test('[scm B10] a push over the quota is refused with limit and remedy, and leaves nothing behind', async (t) => {
  const fixture = await startTestHost(t, { limits: { repoBytes: 200_000 } });
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main');
  await commitBytes(work, 600_000);
  const pushed = await git(work, 'push', url, 'main');
  assert.notEqual(pushed.code, 0);
  assert.match(
    pushed.stderr,
    /remote: error: The push would take the repository over its limit of 0\.19 MiB/,
  );
  assert.match(pushed.stderr, /remote: hint: Remove large files/);
  assert.equal(fixture.pushes.length, 1);
  assert.deepEqual(await temporaryFiles(fixture), []);
});

test('[scm B10] a full repository takes deletions only', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main', 'main:refs/heads/old');
  const repo = fixture.repos.get('me/demo') ?? assert.fail();
  fixture.repos.set('me/demo', { ...repo, quotaBytes: 10 });
  await commit(work, 'second');
  const refused = await git(work, 'push', url, 'main');
  assert.match(refused.stderr, /remote: error: .* over its limit/);
  assert.match(refused.stderr, /\[remote rejected\] main -> main \(repo-quota\)/);
  await mustGit(work, 'push', url, ':refs/heads/old');
  assert.equal(fixture.pushes.length, 2);
});

test('[scm B10] a damaged pack is refused in words, and leaves nothing behind', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  const pack = await packOf(work);
  const damaged = Buffer.from(pack);
  damaged[pack.length >> 1] = (damaged[pack.length >> 1] ?? 0) ^ 0xff;
  for (const bad of [damaged, pack.subarray(0, pack.length - 30), pack.subarray(0, 12), Buffer.alloc(0)]) {
    const { status, text } = await post(fixture, Buffer.concat([commands(head), bad]));
    assert.equal(status, 200);
    assert.match(text, /error: The pushed data is damaged or incomplete/);
    assert.match(text, /ng refs\/heads\/main/);
  }
  assert.equal(fixture.pushes.length, 0);
  assert.deepEqual(await temporaryFiles(fixture), []);
});

test('[scm B10] a pack that lacks objects of its commit is refused', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const pack = await packOf(work);
  const { text } = await post(fixture, Buffer.concat([commands('1'.repeat(40)), pack]));
  assert.match(text, /ng refs\/heads\/main/);
  assert.equal(fixture.pushes.length, 0);
});

test('[scm B10] a client that breaks off in the pack leaves no process, no files and no lock', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const head = await commitBytes(work, 300_000);
  const pack = await packOf(work);
  const request = open(fixture);
  request.on('error', () => undefined);
  request.write(Buffer.concat([commands(head), pack.subarray(0, 200_000)]));
  // The status line says that git has been started.
  const [response] = await once(request, 'response');
  response.on('error', () => undefined);
  request.destroy();
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  assert.equal(fixture.pushes.length, 1);
  assert.deepEqual(await temporaryFiles(fixture), []);
  const stopped = fixture.logs.find(({ fields }) => fields.stopped === 'aborted');
  assert.equal(stopped?.fields.refs, 0);
});

test('[scm B10] a push that takes longer than the limit is ended with a sentence', async (t) => {
  const fixture = await startTestHost(t, { limits: { childMs: 2_000 } });
  const work = await createWork(fixture.folder);
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  const request = open(fixture);
  request.on('error', () => undefined);
  request.write(commands(head));
  request.write((await packOf(work)).subarray(0, 20));
  const [response] = await once(request, 'response');
  assert.match(await text(response), /error: The push took too long/);
  request.destroy();
});

test('[scm B10] a full disk is named as the cause', async (t) => {
  const real = await findGit({ searchPath: process.env.PATH ?? '' });
  const folder = await mkdtemp(join(tmpdir(), 'sortie-stub-'));
  t.after(() => rm(folder, { recursive: true }));
  const stub = join(folder, 'git');
  const script = `#!/bin/sh
case "$*" in
*--advertise-refs*) ;;
*receive-pack*)
  echo 'fatal: write error: No space left on device' >&2
  exit 128 ;;
esac
exec ${real.path} "$@"
`;
  await writeFile(stub, script, { mode: 0o755 });
  const fixture = await startTestHost(t, { git: { ...real, path: stub } });
  const work = await createWork(fixture.folder);
  const pushed = await git(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  assert.match(pushed.stderr, /error: The disk of the server is full/);
  assert.notEqual(pushed.code, 0);
});

test('a request that is not in the form of the protocol is 400', async (t) => {
  const fixture = await startTestHost(t);
  const id = '1'.repeat(40);
  const bodies = [
    'zzzz',
    '0001',
    'ffff',
    '00',
    encodePacket('push-cert\0x\n'),
    Buffer.concat([encodePacket(`${'1'.repeat(64)} ${'2'.repeat(64)} refs/heads/main\0\n`), FLUSH]),
    Buffer.concat([encodePacket(`${ZERO_ID} ${id} refs/heads/`, Buffer.from([0xff, 0xfe])), FLUSH]),
  ];
  for (const body of bodies) assert.equal((await post(fixture, Buffer.from(body))).status, 400);
  assert.equal(fixture.repos.size, 0);
});

test('a ref name that leads out of the repository is refused by git and never read', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  const pack = await packOf(work);
  for (const ref of [
    'refs/heads/../../../escape',
    'HEAD',
    '--upload-pack=x',
    'refs/heads/-x/../y',
    'refs/heads/a b',
  ]) {
    const { text } = await post(fixture, Buffer.concat([commands(head, ref), pack]));
    assert.match(text, /ng /, ref);
  }
  assert.equal(fixture.pushes.length, 0);
  assert.ok(!(await readdir(fixture.folder, { recursive: true })).some((name) => name.includes('escape')));
});

test('a pack that says to hold too many objects, and too many refs, are refused before git starts', async (t) => {
  const fixture = await startTestHost(t, { limits: { objects: 100, refs: 3 } });
  const many = Buffer.from('PACK\0\0\0\u0002\0\0\0\u00ff', 'latin1');
  const objects = await post(fixture, Buffer.concat([commands('1'.repeat(40)), many]));
  assert.match(objects.text, /The push holds 255 objects, more than 100/);
  const work = await createWork(fixture.folder);
  const url = fixture.remote(ME, 'me/demo');
  await mustGit(work, 'push', url, 'main', 'main:refs/heads/a', 'main:refs/heads/b');
  const refs = await git(work, 'push', url, 'main:refs/heads/c');
  assert.match(refs.stderr, /remote: error: A repository can have at most 3 branches and tags/);
  await mustGit(work, 'push', url, ':refs/heads/b');
  await mustGit(work, 'push', url, 'main:refs/heads/c');
});
