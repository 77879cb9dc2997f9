import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openGogsApi } from './gogs-api.ts';

const run = promisify(execFile);
const STARTS_WITHIN_MS = 60_000;

export interface PrivateGogs {
  readonly url: string;
  readonly adminToken: string;
  close(): Promise<void>;
}

/** The first `gogs` of a list of folders as in PATH. */
export function findGogs(searchPath: string): string | undefined {
  const places = searchPath.split(delimiter).map((folder) => join(folder, 'gogs'));
  return places.find((place) => existsSync(place));
}

/** Starts the program in an empty folder, with an administrator. */
export async function startPrivateGogs(program: string): Promise<PrivateGogs> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-gogs-'));
  const url = `http://127.0.0.1:${await freePort()}/`;
  const user = userInfo().username;
  const config = join(folder, 'app.ini');
  for (const name of ['home', 'custom', 'data', 'repos', 'log']) await mkdir(join(folder, name));
  await writeFile(config, settings(folder, url, user));
  const env = {
    ...{ PATH: process.env.PATH, USER: user, HOME: join(folder, 'home') },
    ...{ GOGS_WORK_DIR: folder, GOGS_CUSTOM: join(folder, 'custom') },
  };
  const server = spawn(program, ['web', '--config', config], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const close = async (): Promise<void> => {
    await stop(server);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await answers(`${url}api/v1/users/search?q=x`, server);
    const password = 'Pw-9x4-long';
    const account = ['--name', 'ciroot', '--password', password, '--email', 'ciroot@example.test', '--admin'];
    // Only now: the command does not make the tables.
    await run(program, ['admin', 'create-user', '--config', config, ...account], { env });
    const basic = Buffer.from(`ciroot:${password}`).toString('base64');
    const api = openGogsApi(url, `Basic ${basic}`);
    const { sha1 } = await api.send<{ sha1: string }>('POST', 'users/ciroot/tokens', { name: 'loop' });
    return { url, adminToken: sha1, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function settings(folder: string, url: string, user: string): string {
  const { port } = new URL(url);
  return `RUN_USER = ${user}
RUN_MODE = prod
[server]
PROTOCOL = http
DOMAIN = 127.0.0.1
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
EXTERNAL_URL = ${url}
ROOT_URL = ${url}
OFFLINE_MODE = true
DISABLE_SSH = true
APP_DATA_PATH = ${folder}/data
[database]
TYPE = sqlite3
DB_TYPE = sqlite3
PATH = ${folder}/data/gogs.db
[repository]
ROOT = ${folder}/repos
SCRIPT_TYPE = sh
DEFAULT_BRANCH = main
[security]
SECRET_KEY = of-a-gogs-that-lives-for-a-minute
LOCAL_NETWORK_ALLOWLIST = 127.0.0.1,localhost
INSTALL_LOCK = true
[auth]
DISABLE_REGISTRATION = true
ENABLE_REGISTRATION_CAPTCHA = false
[cron]
ENABLED = false
[log]
MODE = console
LEVEL = Warn
ROOT_PATH = ${folder}/log
`;
}

/** Resolves when the program answers at the address; fails when it ends or a minute has passed. */
export async function answers(url: string, server: ChildProcess, title = 'gogs'): Promise<void> {
  const end = performance.now() + STARTS_WITHIN_MS;
  let cause: unknown;
  while (performance.now() < end && server.exitCode === null) {
    try {
      if ((await fetch(url)).ok) return;
    } catch (error) {
      cause = error;
    }
    await delay(300);
  }
  throw new Error(`${title} does not answer at ${url}`, { cause });
}

/** Resolves when the process has gone. */
export async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}

/** A port that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
