import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { awaitBuild, clientOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  REPO_ROOT,
  type ServerProcess,
  startServerProcess,
} from '@sortie/testing/server-process';

const run = promisify(execFile);
const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: test
    commands:
      - echo "version $version"
      - echo "not ok 1 - adds numbers"
      - exit 3
`;

interface Reply {
  readonly [member: string]: unknown;
}

describe('the calls of "For scripts and agents"', () => {
  let server: ServerProcess;
  let token: string;
  let blocks: readonly string[];

  before(async () => {
    server = await startServerProcess({
      env: { SORTIE_RUNNER_ENGINES: 'exec', DRONE_USER_CREATE: 'username:admin,admin:true' },
    });
    const page = await readFile(join(REPO_ROOT, 'docs/agents.md'), 'utf8');
    blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
    token = (await shell(blocks[0]?.replace('npx sortie', 'sortie') ?? '')).trim();
    const admin = (await shell('sortie token --name admin')).trim();
    const copy = await createWorkingCopy();
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--message', 'first');
    await copy.git('push', pushUrl({ url: server.url, token: admin }, 'admin/hello', 'admin'), 'main');
    await copy.dispose();
    await awaitBuild(clientOf({ url: server.url, token: admin }), 'admin/hello', 1);
  });
  after(async () => server?.dispose());

  async function shell(script: string): Promise<string> {
    const main = join(REPO_ROOT, 'packages/sortie/src/main.ts');
    const env = {
      PATH: process.env.PATH,
      SORTIE_DATA: server.data,
      SORTIE: server.url,
      TOKEN: token,
      SORTIE_NODE: process.execPath,
      SORTIE_MAIN: main,
    };
    const prelude = 'set -eu\nsortie() { "$SORTIE_NODE" "$SORTIE_MAIN" "$@"; }\n';
    const { stdout } = await run('bash', ['-c', prelude + script], { env });
    return stdout;
  }

  /** The answers of the block that holds this text; a block may make several calls. */
  async function runBlock(text: string): Promise<string> {
    const found = blocks.filter((block) => block.includes(text));
    assert.equal(found.length, 1, `one block with ${text}`);
    return shell(found[0] ?? '');
  }
  const json = async (text: string) => JSON.parse(await runBlock(text)) as Reply;

  it('start a build once, however often the call is repeated', async () => {
    const first = await json('Idempotency-Key: release-1.4.2');
    assert.partialDeepStrictEqual(first, { number: 2, event: 'custom', params: { version: '1.4.2' } });
    assert.equal((await json('Idempotency-Key: release-1.4.2')).number, 2);
  });

  it('wait until it is done, and say what failed', async () => {
    // The build may need more than the minute of one call; whoever waits asks again.
    let waited = await json('wait=60&until=finished');
    for (let calls = 1; waited.finished === 0 && calls < 5; calls += 1)
      waited = await json('wait=60&until=finished');
    assert.partialDeepStrictEqual(waited, { number: 2, status: 'failure' });
    const summary = await runBlock('summary?format=text');
    assert.match(summary, /test/);
    assert.match(summary, /not ok 1 - adds numbers/);
    assert.match(summary, /\b3\b/);
    assert.match(await runBlock('logs/1/2?format=text'), /^version 1\.4\.2$/m);
  });

  it('create and rotate a secret without ever seeing it', async () => {
    const made = await runBlock('"data": "correct horse"');
    const changed = await runBlock('"data": "battery staple"');
    const everywhere = await runBlock('/api/secrets/rotate');
    assert.equal((JSON.parse(made) as Reply).name, 'registry_password');
    assert.doesNotMatch(made + changed + everywhere, /correct horse|battery staple|tr0ub4dor/);
    assert.match(everywhere, /admin\/hello/);
  });

  it('activate what can be activated and name what cannot', async () => {
    const answer = await runBlock('/api/repos/activate');
    assert.match(answer, /admin\/hello/);
    assert.match(answer, /admin\/unknown.*not-found/s);
  });

  it('rotate the token itself', async () => {
    const tokens = JSON.parse(
      await shell('curl -sS -H "Authorization: Bearer $(sortie token --name x)" "$SORTIE/api/user/tokens"'),
    ) as { id: number; name: string }[];
    const id = tokens.find(({ name }) => name === 'release-bot')?.id;
    const block =
      blocks.find((known) => known.includes('/rotate" ') || known.includes('tokens/1/rotate')) ?? '';
    const admin = '$(sortie token --name y)';
    const answer = await shell(block.replace('tokens/1/', `tokens/${id}/`).replace('$TOKEN', admin));
    assert.match(String((JSON.parse(answer) as Reply).token), /^sortie_/);
    assert.partialDeepStrictEqual(await json('wait=60&until=finished'), { number: 2 });
  });

  it('pause the queue, show what would be cancelled, and let it go on', async () => {
    const admin = (await shell('sortie token --name freeze')).trim();
    const before = token;
    token = admin;
    const answer = await runBlock('/api/builds/cancel');
    token = before;
    assert.match(answer, /dry_run/);
  });
});
