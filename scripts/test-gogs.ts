/**
 * The whole loop with a real Gogs: sign-in, sync, activation, webhooks, builds, and what goes wrong behind our back.
 * With GOGS_URL and GOGS_ADMIN_TOKEN any Gogs from 0.11 on, where it makes people and repositories and removes them
 * again; without them the `gogs` of the PATH, in an empty folder.
 */
import { openGogsLoop } from '@sortie/testing/gogs-loop/gogs-loop';
import { runLoop } from '@sortie/testing/gogs-loop/run-loop';
import { startServerProcess } from '@sortie/testing/server-process';
import { findGogs, freePort, type PrivateGogs, startPrivateGogs } from './gogs/private-gogs.ts';
import { openRealGogs } from './gogs/real-gogs.ts';

const {
  GOGS_URL: url = '',
  GOGS_ADMIN_TOKEN: adminToken = '',
  GOGS_TEST_HOST: host = '127.0.0.1',
  PATH = '',
} = process.env;
const program = findGogs(PATH);
const problem = findProblem();
if (problem === undefined) await main();
else {
  console.error(problem);
  process.exitCode = 2;
}

function findProblem(): string | undefined {
  if (url === '' && adminToken === '') {
    if (program !== undefined) return undefined;
    return `There is no Gogs to try. Set GOGS_URL and GOGS_ADMIN_TOKEN (an access token of a site administrator:
Your Settings, Applications), or put a gogs binary on the PATH. A Gogs on another machine also needs GOGS_TEST_HOST,
the name by which it reaches this one, and that name in LOCAL_NETWORK_ALLOWLIST of its app.ini.`;
  }
  if (url === '') return 'GOGS_URL is missing: set it to the address of the Gogs, as http://127.0.0.1:3000.';
  if (!/^https?:\/\//.test(url)) return 'GOGS_URL is no address: write it as http://127.0.0.1:3000.';
  if (adminToken === '')
    return 'GOGS_ADMIN_TOKEN is missing: set it to an access token of a site administrator (Your Settings, Applications).';
  return undefined;
}

async function main(): Promise<void> {
  const own = url === '' && program !== undefined ? await startPrivateGogs(program) : undefined;
  try {
    process.exitCode = await tryGogs(own ?? { url, adminToken });
  } catch (error) {
    console.error('The loop could not begin, or not clean up after itself:', error);
    console.error('With 401 or 403 the token is not one of a site administrator.');
    process.exitCode = 1;
  } finally {
    await own?.close();
  }
}

async function tryGogs({
  url: at,
  adminToken: token,
}: Pick<PrivateGogs, 'url' | 'adminToken'>): Promise<number> {
  const gogs = openRealGogs(at, token);
  const isHere = host === '127.0.0.1';
  const port = isHere ? 0 : await freePort();
  const place: Readonly<Record<string, string>> = isHere
    ? {}
    : { DRONE_SERVER_PORT: `0.0.0.0:${port}`, DRONE_SERVER_HOST: `${host}:${port}` };
  const env = { SORTIE_RUNNER_ENGINES: 'exec', DRONE_GOGS_SERVER: gogs.url, ...place };
  const server = await startServerProcess({ env });
  try {
    return await runLoop(await openGogsLoop(gogs, server), server);
  } finally {
    await server.dispose();
    await gogs.close();
  }
}
