import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awaitBuild, clientOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
} from '@sortie/testing/server-process';

/** A pipeline for every event, with one step that writes three lines. */
const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: hello
    commands:
      - echo one
      - echo "target=$DRONE_DEPLOY_TO color=$color"
`;

/** A running server with a built repository, and people of every kind. */
export interface ClientWorld {
  readonly server: ServerProcess;
  readonly url: string;
  /** Administrator `ada`, who owns `ada/demo`. */
  readonly token: string;
  /** A machine account without any rights. */
  readonly strangerToken: string;
  /** The commit that build 1 of `ada/demo` is for. */
  readonly sha: string;
  /** Resolves when the build is done. */
  done(number: number): Promise<void>;
  /** A request as `ada`, for what a client cannot prepare. */
  request(method: string, path: string, body?: object): Promise<Response>;
  close(): Promise<void>;
}

const STRANGER_TOKEN = 'sortie-test-stranger-token-0000002';

/** Starts the server, pushes `ada/demo` and waits for its first build. */
export async function createClientWorld(env: Readonly<Record<string, string>> = {}): Promise<ClientWorld> {
  const server = await startServerProcess({
    env: {
      SORTIE_RUNNER_ENGINES: 'exec',
      DRONE_CRON_DISABLED: 'true',
      SORTIE_RATE_LIMIT_FAILURES: '0',
      ...env,
    },
  });
  const { url, token } = server;
  const request = (method: string, path: string, body?: object) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const sha = await pushDemo(server);
  const client = clientOf(server);
  await awaitBuild(client, 'ada/demo', 1);
  const made = await request('POST', '/api/users', {
    login: 'stranger',
    machine: true,
    token: STRANGER_TOKEN,
  });
  if (!made.ok) throw new Error(`the stranger was refused: ${await made.text()}`);
  return {
    server,
    url,
    token,
    strangerToken: STRANGER_TOKEN,
    sha,
    request,
    done: async (number) => {
      await awaitBuild(client, 'ada/demo', number);
    },
    close: () => server.dispose(),
  };
}

async function pushDemo(server: ServerProcess): Promise<string> {
  const copy = await createWorkingCopy();
  try {
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--message', 'first');
    await copy.git('push', pushUrl(server, 'ada/demo'), 'main');
    return (await copy.git('rev-parse', 'HEAD')).stdout.trim();
  } finally {
    await copy.dispose();
  }
}
