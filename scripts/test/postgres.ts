import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A PostgreSQL cluster of our own, in a temporary folder, gone after `stop`. */
export interface PrivateCluster {
  readonly url: string;
  stop(): Promise<void>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const run = promisify(execFile);
const READY_WITHIN_MS = 120_000;

/**
 * Starts a cluster with the `initdb` and `postgres` of `binFolder`, reachable on the loopback address only, with
 * a random password. As root it runs as the system's `postgres` or `nobody` account: the server refuses root.
 */
export async function startCluster(binFolder: string): Promise<PrivateCluster> {
  const account = await accountForServer();
  const folder = await mkdtemp(join(tmpdir(), 'sortie-postgres-'));
  if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid);
  try {
    const password = randomBytes(18).toString('hex');
    await initialise(binFolder, folder, password, account);
    return await serve(binFolder, folder, password, account);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function initialise(bin: string, folder: string, password: string, account: Account): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(passwordFile, account.uid, account.gid);
  }
  const args = ['-D', join(folder, 'data'), '-U', 'sortie', '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'];
  await run(join(bin, 'initdb'), [...args, '--locale=C', `--pwfile=${passwordFile}`], {
    ...account,
    cwd: folder,
  });
}

async function serve(
  bin: string,
  folder: string,
  password: string,
  account: Account,
): Promise<PrivateCluster> {
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
  ];
  const args = ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn(join(bin, 'postgres'), args, {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  await readyLine(server.stderr, ended);
  return {
    url: `postgres://sortie:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      // SIGINT is the server's "fast" shutdown: sessions are cut, nothing is waited for.
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server says that it takes connections; keeps reading afterwards so that it never blocks. */
function readyLine(log: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (why: string) => reject(new Error(`PostgreSQL ${why}: ${text.trim().slice(-500)}`));
    const limit = setTimeout(() => fail('is not ready in time'), READY_WITHIN_MS);
    ended.then(() => fail('ended at once'), reject).finally(() => clearTimeout(limit));
    log.setEncoding('utf8');
    log.on('data', (piece: string) => {
      if (text.length < 100_000) text += piece;
      if (!text.includes('ready to accept connections')) return;
      clearTimeout(limit);
      resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new Error('no free port on the loopback address');
  return address.port;
}

async function accountForServer(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const entry = ['postgres', 'nobody'].map((name) => lines.find((line) => line[0] === name)).find(Boolean);
  if (entry === undefined)
    throw new Error('PostgreSQL refuses to run as root, and there is no postgres account.');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}
