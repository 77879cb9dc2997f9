import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  REPO_ROOT,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const run = promisify(execFile);

const OLD_KEY = 'bea26a2221fd8090ea38720fc445eca6';
const NEW_KEY = '589396227fff5a93ba934965e8735f88';
const STORED = 'correct-horse-battery-staple';
const INLINE = 'encrypted-in-the-file';

const PIPELINE = `kind: pipeline
type: exec
name: default
clone: {disable: true}
steps:
  - name: use
    environment:
      STORED: {from_secret: stored}
      INLINE: {from_secret: inline}
      GLOBAL: {from_secret: global}
    commands:
      - echo "$STORED and $INLINE and $GLOBAL"
      - printf '%s' "$STORED$INLINE$GLOBAL" | wc -c
  - name: without
    commands:
      - echo "nothing:$STORED$INLINE$GLOBAL"
`;

/** A real server over three lives on one data folder, each with other keys. */
describe('secrets on a real server', () => {
  const slug = 'ada/demo';
  let server: ServerProcess;
  let client: Client;
  let copy: WorkingCopy;

  before(async () => {
    copy = await createWorkingCopy();
    await start({ DRONE_DATABASE_SECRET: OLD_KEY });
  });
  after(async () => {
    await copy?.dispose();
    await server?.dispose();
  });

  async function start(env: Readonly<Record<string, string>>, data?: string): Promise<void> {
    server = await startServerProcess({ env: { SORTIE_RUNNER_ENGINES: 'exec', ...env }, data });
    client = clientOf(server);
  }

  async function push(config: string): Promise<void> {
    await writeFile(join(copy.directory, '.drone.yml'), config);
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--allow-empty', '--message', 'change');
    await copy.git('push', pushUrl(server, slug), 'main');
  }

  async function send(method: string, path: string, body: object): Promise<Record<string, string>> {
    const response = await client.request(method, path, { json: body });
    const text = await response.text();
    assert.ok(!text.includes(STORED) && !text.includes(INLINE), `${path} shows a value`);
    return JSON.parse(text);
  }

  async function rotate(env: Readonly<Record<string, string>>): Promise<{ code: number; said: string }> {
    const main = join(REPO_ROOT, 'packages/sortie/src/main.ts');
    const settings = { PATH: process.env.PATH, HOME: server.data, SORTIE_DATA: server.data, ...env };
    try {
      const { stdout } = await run(process.execPath, [main, 'rotate-secrets'], {
        env: settings,
        cwd: server.data,
      });
      return { code: 0, said: stdout };
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && 'stderr' in error);
      return { code: Number(error.code), said: String(error.stderr) };
    }
  }

  async function expectMasked(number: number): Promise<void> {
    const build = await awaitBuild(client, slug, number);
    assert.equal(build.status, 'success', JSON.stringify(build));
    const log = await logOf(client, slug, build, 'use');
    assert.match(log, /\n\*+ and \*+ and \*+\n/);
    const length = `${STORED}${INLINE}for everybody`.length;
    assert.match(log, new RegExp(`\\n *${length}\\n`), 'the step had the real values');
    assert.match(await logOf(client, slug, build, 'without'), /\nnothing:\n$/);
  }

  it('set over the API reach the steps that name them, and no log', async () => {
    await push('kind: pipeline\ntype: exec\nname: default\nsteps: []\n');
    const made = await send('POST', `/api/repos/${slug}/secrets`, { name: 'stored', data: STORED });
    assert.deepEqual([made.name, made.data], ['stored', undefined]);
    await send('POST', '/api/secrets/__global__', { name: 'global', data: 'for everybody' });
    const { data } = await send('POST', `/api/repos/${slug}/encrypt`, { data: INLINE });
    await push(`${PIPELINE}---\nkind: secret\nname: inline\ndata: ${data}\n`);
    const [newest] = await client.builds.list(slug);
    await expectMasked(newest?.number ?? 0);
  });

  it('[scm X17] stand nowhere in the data folder and in nothing that the server has said', async () => {
    const files = await readdir(server.data, { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    assert.ok(paths.some((path) => path.includes('/logs/')));
    for (const path of paths) {
      const bytes = await readFile(path).catch(goneIsEmpty);
      for (const value of [STORED, INLINE, 'for everybody', OLD_KEY]) {
        assert.ok(!bytes.includes(value), `${path} holds ${value}`);
      }
    }
    assert.ok(!server.output().includes(STORED));
  });

  it('are not rotated beside a server that does not know the new key', async () => {
    const keys = { DRONE_DATABASE_SECRET: NEW_KEY, SORTIE_DATABASE_SECRET_PREVIOUS: OLD_KEY };
    const { code, said } = await rotate(keys);
    assert.equal(code, 1);
    assert.match(said, /does not know the new key yet[\s\S]*Restart it/);
  });

  it('are rotated beside a server that has both keys, which then needs the new one only', async () => {
    const { data } = server;
    const keys = { DRONE_DATABASE_SECRET: NEW_KEY, SORTIE_DATABASE_SECRET_PREVIOUS: OLD_KEY };
    await server.stop();
    await start(keys, data);
    const { code, said } = await rotate(keys);
    assert.equal(code, 0, said);
    assert.match(said, /Encrypted [1-9]\d* values anew[\s\S]*No other key is needed any more/);
    assert.match((await rotate(keys)).said, /Encrypted 0 values anew/);
    await server.stop();
    await assert.rejects(start({ DRONE_DATABASE_SECRET: OLD_KEY }, data), /encrypted with the key/);
    await start({ DRONE_DATABASE_SECRET: NEW_KEY }, data);
    const [newest] = await client.builds.list(slug);
    await copy.git('commit', '--quiet', '--allow-empty', '--message', 'again');
    await copy.git('push', pushUrl(server, slug), 'main');
    await expectMasked((newest?.number ?? 0) + 1);
  });

  it('[ops C62] do not start with a key of 31 characters', async () => {
    const { data } = server;
    await server.stop();
    const short = { DRONE_DATABASE_SECRET: NEW_KEY.slice(1) };
    await assert.rejects(start(short, data), /DRONE_DATABASE_SECRET needs a key of 32 characters, not 31/);
    await start({ DRONE_DATABASE_SECRET: NEW_KEY }, data);
  });
});

/** What the server has removed since it was listed holds nothing. */
function goneIsEmpty(error: NodeJS.ErrnoException): Buffer {
  if (error.code !== 'ENOENT') throw error;
  return Buffer.alloc(0);
}
