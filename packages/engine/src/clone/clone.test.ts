import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { PlanClone } from '@sortie/core/plan';
import { type CloneOptions, cloneRepository, type GitProgram } from './clone.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';

describe('clone', () => {
  let root = '';
  let directory = '';
  let made = 0;
  const commits: Record<string, string> = {};

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sortie-clone-'));
    await git('.', 'init', '--quiet', '--initial-branch=main', 'work');
    await commit('one');
    await commit('two');
    await git('work', 'tag', '-a', '-m', 'first', 'v1');
    await git('work', 'checkout', '-q', '-b', 'feature', commits.one ?? '');
    await commit('pull');
    await git('work', 'update-ref', 'refs/pull/7/head', commits.pull ?? '');
    await git('work', 'checkout', '-q', 'main');
    await commit('three');
    await commit('dropped');
    await git('work', 'reset', '-q', '--hard', 'HEAD~1');
    await git('.', 'clone', '--quiet', '--mirror', 'work', 'remote.git');
    await git('remote.git', 'config', 'http.receivepack', 'false');
  });

  after(() => rm(root, { recursive: true, force: true }));

  beforeEach(async () => {
    made += 1;
    directory = join(root, `checkout-${made}`);
    await mkdir(directory);
  });

  async function git(where: string, ...args: readonly string[]): Promise<string> {
    const identity = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' };
    const committer = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    const env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1', ...identity, ...committer };
    const { stdout } = await promisify(execFile)('git', args, { cwd: join(root, where), env });
    return stdout.trim();
  }

  async function commit(name: string): Promise<void> {
    await writeFile(join(root, 'work', `${name}.txt`), name);
    await git('work', 'add', '.');
    await git('work', 'commit', '-q', '-m', name);
    commits[name] = await git('work', 'rev-parse', 'HEAD');
  }

  interface Done {
    readonly exitCode: number;
    readonly log: string;
    readonly files: readonly string[];
  }

  async function clone(members: Partial<PlanClone>, options: Partial<CloneOptions> = {}): Promise<Done> {
    const chunks: Uint8Array[] = [];
    const program: GitProgram = { path: PATH, protocols: ['file', 'http'] };
    const plan: PlanClone = {
      url: `file://${root}/remote.git`,
      ref: 'refs/heads/main',
      commit: '',
      branch: 'main',
      depth: 0,
      retries: 0,
      skipVerify: false,
      trace: false,
      ...members,
    };
    const exitCode = await cloneRepository(program, {
      clone: plan,
      directory,
      environment: {},
      signal: new AbortController().signal,
      output: (bytes) => void chunks.push(bytes),
      ...options,
    });
    const files = (await readdir(directory)).filter((name) => name !== '.git').sort();
    return { exitCode, log: Buffer.concat(chunks).toString(), files };
  }

  const inCheckout = (...args: readonly string[]): Promise<string> => git(`checkout-${made}`, ...args);

  test('a branch at its commit, on a local branch of that name', async () => {
    const { exitCode, log, files } = await clone({ commit: commits.three });
    assert.equal(exitCode, 0, log);
    assert.deepEqual(files, ['one.txt', 'three.txt', 'two.txt']);
    assert.equal(await inCheckout('rev-parse', 'HEAD'), commits.three);
    assert.equal(await inCheckout('symbolic-ref', '--short', 'HEAD'), 'main');
    assert.equal(await inCheckout('status', '--porcelain'), '');
    assert.ok(
      log.startsWith('+ git fetch --no-tags origin +refs/heads/main:refs/remotes/origin/main\n'),
      log,
    );
  });

  test('a branch without a commit, at its tip', async () => {
    assert.equal((await clone({})).exitCode, 0);
    assert.equal(await inCheckout('rev-parse', 'HEAD'), commits.three);
  });

  test('a depth cuts the history', async () => {
    assert.equal((await clone({ commit: commits.three, depth: 1 })).exitCode, 0);
    assert.equal(await inCheckout('rev-list', '--count', 'HEAD'), '1');
  });

  test('a commit that the branch has left behind, although the depth is smaller', async () => {
    const { exitCode, log, files } = await clone({ commit: commits.one, depth: 1 });
    assert.equal(exitCode, 0, log);
    assert.deepEqual(files, ['one.txt']);
  });

  test('a commit that is not there any more is a clear error', async () => {
    const { exitCode, log } = await clone({ commit: 'b'.repeat(40), depth: 1 });
    assert.equal(exitCode, 128);
    assert.match(log, /The commit b{40} is no longer on the server: it is not in refs\/heads\/main/);
  });

  test('a tag at its commit, detached', async () => {
    const { exitCode, log } = await clone({ ref: 'refs/tags/v1', commit: commits.two, depth: 1 });
    assert.equal(exitCode, 0, log);
    assert.equal(await inCheckout('rev-parse', 'HEAD'), commits.two);
    assert.equal(await inCheckout('describe', '--tags'), 'v1');
    assert.equal(await inCheckout('rev-parse', '--abbrev-ref', 'HEAD'), 'HEAD');
  });

  for (const depth of [0, 1]) {
    test(`a pull request merged into its target, with depth ${depth}`, async () => {
      const ref = 'refs/pull/7/head';
      const { exitCode, log, files } = await clone({ ref, commit: commits.pull, depth });
      assert.equal(exitCode, 0, log);
      assert.deepEqual(files, ['one.txt', 'pull.txt', 'three.txt', 'two.txt']);
      assert.equal(await inCheckout('rev-parse', 'HEAD^1'), commits.three);
      assert.equal(await inCheckout('rev-parse', 'HEAD^2'), commits.pull);
      assert.equal(await inCheckout('log', '-1', '--format=%cn <%ce>'), 'drone <noreply@drone>');
    });
  }

  test('a commit without a branch', async () => {
    assert.equal((await clone({ ref: '', branch: '', commit: commits.pull })).exitCode, 0);
    assert.equal(await inCheckout('rev-parse', 'HEAD'), commits.pull);
  });

  test('a missing branch fails with what git says, after the retries', async () => {
    const { exitCode, log } = await clone({ branch: 'nowhere', retries: 2 });
    assert.equal(exitCode, 128);
    assert.equal(log.match(/couldn't find remote ref/g)?.length, 3);
    assert.equal(log.match(/trying again/g)?.length, 2);
  });

  test('a git program that is missing has a remedy', async () => {
    const program = { program: 'git-that-is-not-there', path: PATH, protocols: ['file'] };
    const url = `file://${root}/remote.git`;
    const plan = {
      url,
      ref: '',
      commit: '',
      branch: 'main',
      depth: 0,
      retries: 0,
      skipVerify: false,
      trace: false,
    };
    const signal = new AbortController().signal;
    const options = { clone: plan, directory, environment: {}, signal, output: () => undefined };
    await assert.rejects(cloneRepository(program, options), { code: 'git-missing' });
  });

  test('an abort kills git with its helpers and rejects with the reason', async () => {
    const abort = new AbortController();
    const server = createServer(() => abort.abort(new Error('cancelled')));
    const url = await listen(server);
    await assert.rejects(clone({ url: `${url}/remote.git` }, { signal: abort.signal }), /cancelled/);
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
  });

  test('credentials reach the server, but neither the log nor the repository', async () => {
    const seen = new Set<string | undefined>();
    const server = createServer((request, response) => {
      seen.add(request.headers.authorization);
      const isAllowed = request.headers.authorization === `Basic ${btoa('ada:hunter2')}`;
      if (!isAllowed) return void response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const env = {
        PATH,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: path,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        GIT_PROTOCOL: request.headers['git-protocol']?.toString(),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      };
      const backend = spawn('git', ['http-backend'], { env });
      request.pipe(backend.stdin);
      void relay(backend.stdout, response);
    });
    const url = await listen(server);
    const credentials = { machine: '127.0.0.1', login: 'ada', password: 'hunter2' };
    const { exitCode, log } = await clone(
      { url: `${url}/remote.git`, commit: commits.three },
      { credentials },
    );
    assert.equal(exitCode, 0, log);
    assert.deepEqual([...seen], [`Basic ${btoa('ada:hunter2')}`]);
    const config = await readFile(join(directory, '.git', 'config'), 'utf8');
    for (const secret of ['hunter2', btoa('ada:hunter2')]) {
      assert.ok(!log.includes(secret));
      assert.ok(!config.includes(secret));
    }
    await promisify(server.close.bind(server))();
  });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

/** A CGI answer: headers, an empty line, the body. */
async function relay(
  output: AsyncIterable<Buffer>,
  response: {
    setHeader(name: string, value: string): unknown;
    end(body: Buffer): unknown;
    statusCode: number;
  },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of output) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const end = all.indexOf('\r\n\r\n');
  for (const line of all.subarray(0, end).toString().split('\r\n')) {
    const [name = '', value = ''] = line.split(': ');
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(all.subarray(end + 4));
}
