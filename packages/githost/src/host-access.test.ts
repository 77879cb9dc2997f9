import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { Access } from './host-deps.ts';
import { commit, createWork, git, mustGit, startTestHost } from './test-host.ts';

const ME = 'me:secret';
const SERVICE = 'info/refs?service=git-receive-pack';

interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly challenge: string | undefined;
}

/** Sends the path as it is: fetch would tidy `..` away. */
function ask(
  origin: string,
  path: string,
  options: { login?: string; method?: string; type?: string } = {},
): Promise<RawAnswer> {
  const headers: Record<string, string> = {};
  if (options.login !== undefined) headers.authorization = `Basic ${btoa(options.login)}`;
  if (options.type !== undefined) headers['content-type'] = options.type;
  return new Promise((resolve, reject) => {
    const { port } = new URL(origin);
    const sent = httpRequest(
      { port, host: '127.0.0.1', path, method: options.method ?? 'GET', headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            text,
            challenge: response.headers['www-authenticate'],
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(options.method === 'POST' ? '0000' : undefined);
  });
}

test('[scm B2] without or with wrong credentials known and unknown repositories answer 401 alike', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  for (const service of ['git-receive-pack', 'git-upload-pack']) {
    for (const login of [undefined, 'me:wrong']) {
      const [known, unknown] = await Promise.all(
        ['demo', 'absent'].map((name) =>
          ask(fixture.origin, `/git/me/${name}.git/info/refs?service=${service}`, { login }),
        ),
      );
      assert.equal(known?.status, 401);
      assert.match(known?.challenge ?? '', /^Basic realm=/);
      assert.deepEqual(known, unknown);
    }
  }
  assert.equal(fixture.pushes.length, 1);
});

test('[scm B2] git shows that the password is wrong, in a sentence', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const pushed = await git(work, 'push', fixture.remote('me:wrong', 'me/demo'), 'main');
  assert.match(pushed.stderr, /remote: The login or the password is wrong/);
  assert.equal(fixture.repos.size, 0);
});

test('[scm B2] credentials appear in no log entry', async (t) => {
  const fixture = await startTestHost(t, { onPush: async () => Promise.reject(new Error('broken')) });
  const work = await createWork(fixture.folder);
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  assert.ok(fixture.logs.length >= 2);
  const encoded = btoa(ME);
  const text = JSON.stringify(fixture.logs);
  assert.ok(!text.includes('secret') && !text.includes(encoded), text);
});

test('[scm B3] an account that may only read is refused with a sentence, and nothing moves', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  const head = await mustGit(work, 'rev-parse', 'HEAD');
  await commit(work, 'second');
  const reader = fixture.remote('reader:secret', 'me/demo');
  const pushed = await git(work, 'push', reader, 'main');
  assert.match(pushed.stderr, /remote: reader may read me\/demo, but not push to it/);
  assert.match(pushed.stderr, /403/);
  assert.match(await mustGit(work, 'ls-remote', reader, 'main'), new RegExp(head));
  assert.equal(fixture.pushes.length, 1);
});

test('a push into the namespace of somebody else is not found, with the remedy', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  const pushed = await git(work, 'push', fixture.remote('you:secret', 'me/demo'), 'main');
  assert.match(pushed.stderr, /remote: .*\/git\/you\/NAME\.git/);
  assert.equal(fixture.repos.size, 0);
});

test('a public repository can be cloned, but not pushed to, without credentials', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  fixture.repos.set('me/demo', { ...(fixture.repos.get('me/demo') ?? assert.fail()), isPublic: true });
  const url = `${fixture.origin}/git/me/demo.git`;
  await mustGit(fixture.folder, 'clone', '--quiet', url, 'out');
  const pushed = await git(work, 'push', url, 'main:refs/heads/b');
  assert.notEqual(pushed.code, 0);
  assert.equal((await ask(fixture.origin, `/git/me/demo.git/${SERVICE}`)).status, 401);
});

test('[scm B13] names that could leave the folder or shadow a route are 404 with the rule', async (t) => {
  const fixture = await startTestHost(t);
  const names = [
    '../x',
    '..',
    '.',
    'a/b/c',
    '%2e%2e/x',
    'me/%2e%2e',
    'me/..',
    'me/x.git.lock',
    'me/x.lock',
    'me/.hidden',
    'me/-x',
    '-me/x',
    'api/x',
    'me/a..b',
    'me/a%00b',
    'me/a\\b',
    `me/${'x'.repeat(101)}`,
    'me/',
    '/x',
    'me//x',
    'me/x%2f..%2fy',
  ];
  for (const name of names) {
    const { status, text } = await ask(fixture.origin, `/git/${name}.git/${SERVICE}`, { login: ME });
    assert.equal(status, 404, name);
    assert.match(text, /\.\n.+\.\n$/, name);
  }
  assert.equal(fixture.repos.size, 0);
  assert.deepEqual(await readdir(fixture.folder), []);
});

test('[scm B13] upper case and a missing .git reach the same repository', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  await mustGit(work, 'push', `${fixture.origin.replace('//', `//${ME}@`)}/git/ME/Demo`, 'main');
  assert.deepEqual([...fixture.repos.keys()], ['me/demo']);
  await mustGit(work, 'ls-remote', fixture.remote(ME, 'me/DEMO'));
});

test('[scm B15] a build token of another repository is refused with 401, its own is taken', async (t) => {
  const fixture = await startTestHost(t);
  const work = await createWork(fixture.folder);
  await mustGit(work, 'push', fixture.remote(ME, 'me/demo'), 'main');
  await mustGit(work, 'push', fixture.remote(ME, 'me/other'), 'main');
  await mustGit(work, 'ls-remote', fixture.remote('ci:build', 'me/demo'));
  const refs = 'info/refs?service=git-upload-pack';
  assert.equal((await ask(fixture.origin, `/git/me/other.git/${refs}`, { login: 'ci:build' })).status, 401);
  assert.equal((await ask(fixture.origin, `/git/me/demo.git/${refs}`, { login: 'ci:old' })).status, 401);
  assert.equal((await ask(fixture.origin, `/git/me/demo.git/${SERVICE}`, { login: 'ci:build' })).status, 403);
});

test('[scm B16] a form that a web page posts is 415 whoever sends it', async (t) => {
  const fixture = await startTestHost(t);
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain', undefined]) {
    const { status } = await ask(fixture.origin, '/git/me/demo.git/git-receive-pack', {
      method: 'POST',
      type,
      login: ME,
    });
    assert.equal(status, 415, String(type));
  }
  assert.equal(fixture.repos.size, 0);
});

test('the dumb protocol and other paths and methods are refused', async (t) => {
  const fixture = await startTestHost(t);
  assert.equal((await ask(fixture.origin, '/git/me/demo.git/info/refs')).status, 403);
  assert.equal((await ask(fixture.origin, '/git/me/demo.git/info/refs?service=git-archive')).status, 403);
  for (const path of ['HEAD', 'objects/info/packs', 'config', 'git-upload-archive', 'info/refs/x']) {
    assert.equal((await ask(fixture.origin, `/git/me/demo.git/${path}`)).status, 404, path);
  }
  assert.equal((await ask(fixture.origin, '/git/me/demo.git/git-upload-pack')).status, 404);
  assert.equal((await ask(fixture.origin, `/git/me/demo.git/${SERVICE}`, { method: 'PUT' })).status, 404);
});

test('an error of the caller answers with its status, an unknown one hides its text', async (t) => {
  const known = await startTestHost(t, {
    authenticate: async () => Promise.reject(new AppError('account-inactive', 'Account is not active.')),
  });
  assert.deepEqual(await ask(known.origin, `/git/me/demo.git/${SERVICE}`, { login: ME }), {
    status: 403,
    text: 'Account is not active.\n',
    challenge: undefined,
  });
  const unknown = await startTestHost(t, {
    authorize: () => Promise.reject<Access>(new Error('select * from users')),
  });
  const answer = await ask(unknown.origin, `/git/me/demo.git/${SERVICE}`, { login: ME });
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.text, /select/);
  assert.equal(unknown.logs[0]?.message, 'git request failed');
});
