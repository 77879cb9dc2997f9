import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answers, freePort, type PrivateGogs, stop } from '../gogs/private-gogs.ts';

const run = promisify(execFile);

/**
 * Starts the program in an empty folder, with an administrator. `staticRoot` is the source tree of a program that was
 * built without its templates.
 */
export async function startPrivateGitea(program: string, staticRoot = ''): Promise<PrivateGogs> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-gitea-'));
  const url = `http://127.0.0.1:${await freePort()}/`;
  const user = userInfo().username;
  const config = join(folder, 'app.ini');
  await writeFile(config, settings({ folder, url, user, staticRoot }));
  const env = { PATH: process.env.PATH, USER: user, HOME: folder, GITEA_WORK_DIR: folder };
  const gitea = async (...words: readonly string[]): Promise<string> =>
    (await run(program, [...words, '--config', config], { env })).stdout;
  try {
    await gitea('migrate');
    const account = ['--username', 'ciroot', '--password', 'Pw-9x4-long', '--email', 'ciroot@example.test'];
    await gitea('admin', 'user', 'create', '--admin', ...account, '--must-change-password=false');
    const token = ['--username', 'ciroot', '--scopes', 'all', '--raw'];
    const printed = await gitea('admin', 'user', 'generate-access-token', ...token);
    const adminToken = printed.trim().split('\n').at(-1) ?? '';
    const server = spawn(program, ['web', '--config', config], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const close = async (): Promise<void> => {
      await stop(server);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    };
    try {
      await answers(`${url}api/v1/version`, server, 'gitea');
    } catch (error) {
      await close();
      throw error;
    }
    return { url, adminToken, close };
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

interface Place {
  readonly folder: string;
  readonly url: string;
  readonly user: string;
  readonly staticRoot: string;
}

function settings({ folder, url, user, staticRoot }: Place): string {
  const key = () => randomBytes(32).toString('base64url');
  return `RUN_USER = ${user}
RUN_MODE = prod
WORK_PATH = ${folder}
${user === 'root' ? 'I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true' : ''}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${new URL(url).port}
ROOT_URL = ${url}
OFFLINE_MODE = true
DISABLE_SSH = true
${staticRoot === '' ? '' : `STATIC_ROOT_PATH = ${staticRoot}`}
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = ${key()}
[oauth2]
JWT_SECRET = ${key()}
INVALIDATE_REFRESH_TOKENS = true
[webhook]
ALLOWED_HOST_LIST = external,127.0.0.1
[service]
DISABLE_REGISTRATION = true
[log]
MODE = console
LEVEL = Warn
[cron]
ENABLED = false
`;
}
