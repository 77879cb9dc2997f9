/**
 * The whole loop with a real Gitea or Forgejo: application, sign-in with consent, sync, activation, webhooks, builds,
 * statuses, pull requests, and what goes wrong behind our back. SORTIE_TEST_GITEA is the path of a program, which is run
 * in an empty folder, or with GITEA_ADMIN_TOKEN the address of one that runs, where it makes people and repositories
 * and removes them again.
 */
import { openGiteaLoop } from '@sortie/testing/gitea-loop/gitea-loop';
import { runLoop } from '@sortie/testing/gogs-loop/run-loop';
import { startServerProcess } from '@sortie/testing/server-process';
import { startPrivateGitea } from './gitea/private-gitea.ts';
import { openRealGitea } from './gitea/real-gitea.ts';
import { freePort } from './gogs/private-gogs.ts';

const {
  SORTIE_TEST_GITEA: place = '',
  SORTIE_TEST_GITEA_STATIC: staticRoot = '',
  GITEA_ADMIN_TOKEN: adminToken = '',
  GITEA_TEST_HOST: host = '127.0.0.1',
} = process.env;
const isAddress = /^https?:\/\//.test(place);

if (place === '' || (isAddress && adminToken === '')) {
  console.error(`There is no Gitea to try. Set SORTIE_TEST_GITEA to the path of a gitea program, or to the address of one that
runs, with GITEA_ADMIN_TOKEN, an access token of a site administrator with all scopes (Settings, Applications). A Gitea on
another machine also needs GITEA_TEST_HOST, the name by which it reaches this one, and that name in ALLOWED_HOST_LIST of
its app.ini.`);
  process.exitCode = 2;
} else await main();

async function main(): Promise<void> {
  const own = isAddress ? undefined : await startPrivateGitea(place, staticRoot);
  try {
    process.exitCode = await tryGitea(own?.url ?? place, own?.adminToken ?? adminToken);
  } catch (error) {
    console.error('The loop could not begin, or not clean up after itself:', error);
    console.error('With 401 or 403 the token is not one of a site administrator, or lacks a scope.');
    process.exitCode = 1;
  } finally {
    await own?.close();
  }
}

async function tryGitea(url: string, token: string): Promise<number> {
  const gitea = openRealGitea(url, token);
  const port = await freePort();
  const bind = host === '127.0.0.1' ? host : '0.0.0.0';
  try {
    const { id, secret } = await gitea.addApplication(`http://${host}:${port}/login`);
    const server = await startServerProcess({
      env: {
        ...{ SORTIE_RUNNER_ENGINES: 'exec', DRONE_GITEA_SERVER: gitea.url },
        ...{ DRONE_GITEA_CLIENT_ID: id, DRONE_GITEA_CLIENT_SECRET: secret },
        ...{ DRONE_SERVER_PORT: `${bind}:${port}`, DRONE_SERVER_HOST: `${host}:${port}` },
      },
    });
    try {
      return await runLoop(await openGiteaLoop(gitea, { ...server, url: `http://${host}:${port}` }), server);
    } finally {
      await server.dispose();
    }
  } finally {
    await gitea.close();
  }
}
