import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { awaitBuild, clientOf, stepOf } from '@sortie/testing/await-build';
import { REPO_ROOT, type ServerProcess, startServerProcess } from '@sortie/testing/server-process';

const run = promisify(execFile);
const IMAGE = 'busybox:1.37';

/** The commands of a page, block by block, as a reader would type them. */
async function blocksOf(page: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(REPO_ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

/** What a reader has that a test has not: npx and npm in the checkout, a person at the password prompt. */
const PRELUDE = `
set -eu
npx() { shift; "$SORTIE_NODE" "$SORTIE_MAIN" "$@"; }
sortie() { "$SORTIE_NODE" "$SORTIE_MAIN" "$@"; }
npm() { [ "$1" = start ] || { echo "npm $* is not run here" >&2; exit 1; }; }
`;

describe('the commands of the documentation', () => {
  let server: ServerProcess;
  let home: string;
  let token: string;
  let removeImage: () => Promise<void>;

  before(async () => {
    removeImage = await provideImage();
    home = await mkdtemp(join(tmpdir(), 'sortie-docs-'));
    server = await startServerProcess({ env: { DRONE_USER_CREATE: '' } });
    token = (await shell(home, 'npx sortie token')).trim();
    await writeFile(
      join(home, 'askpass'),
      `#!/bin/sh\ncase "$1" in Username*) echo admin;; *) echo ${token};; esac\n`,
    );
    await chmod(join(home, 'askpass'), 0o755);
  });
  after(async () => {
    await server?.dispose();
    await rm(home, { recursive: true, force: true });
    await removeImage?.();
  });

  async function shell(cwd: string, script: string): Promise<string> {
    const here = script.replaceAll('http://localhost:8080', server.url);
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      SORTIE_DATA: server.data,
      SORTIE_NODE: process.execPath,
      SORTIE_MAIN: join(REPO_ROOT, 'packages/sortie/src/main.ts'),
      GIT_ASKPASS: join(home, 'askpass'),
      GIT_AUTHOR_NAME: 'Reader',
      GIT_AUTHOR_EMAIL: 'reader@example.com',
      GIT_COMMITTER_NAME: 'Reader',
      GIT_COMMITTER_EMAIL: 'reader@example.com',
    };
    const { stdout, stderr } = await run('bash', ['-c', PRELUDE + here], { cwd, env });
    return stdout === '' ? stderr : stdout;
  }

  it('"Your first pipeline" leads from an empty folder to a green build', async () => {
    const page = 'docs/your-first-pipeline.md';
    const [start = '', make = '', repository = '', push = '', ...rest] = await blocksOf(page, 'sh');
    const [pipeline = ''] = await blocksOf(page, 'yaml');
    assert.deepEqual(rest, [], 'a new block of commands needs its place here');
    const save = `cat > .drone.yml <<'END'\n${pipeline}END\n`;
    const said = await shell(
      home,
      `${start}${make}${repository}${save}${push.replace('git push', 'git push 2>&1')}`,
    );
    assert.match(said, /build #1 started: http.*\/admin\/hello\/1/);
    const build = await awaitBuild(clientOf({ ...server, token }), 'admin/hello', 1);
    assert.equal(build.status, 'success');
  });

  it('"Your first pipeline" makes the build fail as it says, at the changed step', async () => {
    const page = await readFile(join(REPO_ROOT, 'docs/your-first-pipeline.md'), 'utf8');
    assert.match(page, /Change the last line of the file to `- test -f missing`/);
    const change = `git checkout --quiet -b fail\nsed -i '$s/- .*/- test -f missing/' .drone.yml\ngit commit --quiet --all -m fail\n`;
    const push =
      'git push --quiet http://localhost:8080/git/admin/hello.git fail\ngit checkout --quiet main\n';
    await shell(join(home, 'hello'), change + push);
    const build = await awaitBuild(clientOf({ ...server, token }), 'admin/hello', 2);
    assert.equal(build.status, 'failure');
    assert.deepEqual([stepOf(build, 'greet').status, stepOf(build, 'test').status], ['success', 'failure']);
  });

  it('a token with the options that "The Git host" names expires', async () => {
    const page = await readFile(join(REPO_ROOT, 'docs/git-host.md'), 'utf8');
    assert.match(page, /`--expires 720h`/);
    const short = (await shell(home, 'npx sortie token --expires 720h')).trim();
    const [newest] = (await clientOf({ ...server, token: short }).tokens.list()).toSorted(
      (a, b) => b.id - a.id,
    );
    assert.equal(newest?.expires, (newest?.created ?? 0) + 720 * 3600);
  });

  it('"The Git host" works from top to bottom in the repository of that page', async () => {
    const blocks = await blocksOf('docs/git-host.md', 'sh');
    // Without something new a push would say "Everything up-to-date", and a clone needs an empty place.
    const script = blocks
      .join('')
      .replaceAll('git push', 'git commit --quiet --allow-empty -m change\ngit push')
      .replace('git clone', 'cd "$(mktemp -d)"\ngit clone');
    assert.match(script, /mktemp/);
    await shell(join(home, 'hello'), script);
    const build = await awaitBuild(clientOf({ ...server, token }), 'admin/hello', 4);
    assert.deepEqual(build.params, { TARGET: 'staging' });
  });

  it('"Coming from Drone" looks at the file of that repository', async () => {
    const [look = '', ...rest] = await blocksOf('docs/coming-from-drone.md', 'sh');
    assert.deepEqual(rest, [], 'a new block of commands needs its place here');
    const said = await shell(join(home, 'hello'), look);
    assert.match(said, /greet/);
  });

  it('README builds a repository of one’s own', async () => {
    const [first = '', start = '', own = '', connect = '', test = '', ...rest] = await blocksOf(
      'README.md',
      'sh',
    );
    assert.deepEqual(rest, [], 'a new block of commands needs its place here');
    assert.deepEqual([first, start, test], ['npm ci\nnpm run demo\n', 'npm start\n', 'npm ci && npm test\n']);
    // What these settings lead to is tried in gogs-loop.e2e.test.ts.
    assert.match(connect, /^export DRONE_GOGS_SERVER=.*\nexport DRONE_SERVER_HOST=/);
    const script = await readFile(join(REPO_ROOT, '.ci/run'), 'utf8');
    for (const command of ['npm ci', 'npm test', 'demo -- --once'])
      assert.ok(script.includes(command), command);
    await shell(
      join(home, 'hello'),
      `git remote remove sortie\n${start}${own.replace('hello.git', 'own.git')}`,
    );
    assert.equal((await awaitBuild(clientOf({ ...server, token }), 'admin/own', 1)).status, 'success');
  });
});

/** Gives the test image the name that the pages use, unless the machine has that image. */
async function provideImage(): Promise<() => Promise<void>> {
  if ((await docker('GET', `/images/${IMAGE}/json`)) === 200) return async () => undefined;
  const [repository, tag] = IMAGE.split(':');
  assert.equal(await docker('POST', `/images/sortie-busybox:1/tag?repo=${repository}&tag=${tag}`), 201);
  return async () => void (await docker('DELETE', `/images/${IMAGE}?noprune=1`));
}

function docker(method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: '/var/run/docker.sock', method, path: `/v1.41${path}` };
    const outgoing = request(options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    outgoing.on('error', reject).end();
  });
}
