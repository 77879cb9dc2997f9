import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FollowedBuild, followBuild } from '@sortie/cli/follow';
import { createPainter } from '@sortie/cli/paint';
import { AppError } from '@sortie/core/errors';
import { createClient } from '@sortie/sdk/client';
import type { Config } from '@sortie/server/config-build';
import { type Logger, pino } from 'pino';
import { dockerAddress } from './engines.ts';
import { chooseExample, type Example, pushExample } from './example.ts';
import { type Launched, launch } from './launch.ts';
import { readSettings } from './settings.ts';
import { listenToStopSignals } from './stop-signals.ts';

export interface DemoOptions {
  /** End with the result of the build instead of serving on. */
  readonly isOnce: boolean;
}

/** Exit status after Ctrl-C, by convention of shells. */
const INTERRUPTED = 130;

/**
 * `sortie demo`: a server on a fresh data folder, a real push of the example, its log as it happens, the result.
 * Returns the exit status: 0 when the build passed. Nothing is left behind, however it ends.
 */
export async function demo({ isOnce }: DemoOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-demo-'));
  const log = pino({ level: 'warn', base: undefined }, pino.destination({ dest: 2, sync: true }));
  const { first: stopped } = listenToStopSignals();
  try {
    const launched = await launchDemo(folder, log);
    try {
      return await run({ launched, folder, isOnce, stopped });
    } finally {
      await launched.close(0);
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface DemoRun {
  readonly launched: Launched;
  readonly folder: string;
  readonly isOnce: boolean;
  readonly stopped: Promise<NodeJS.Signals>;
}

async function run({ launched, folder, isOnce, stopped }: DemoRun): Promise<number> {
  const write = (text: string): void => void process.stdout.write(text);
  const painter = createPainter(process.stdout.isTTY === true);
  const { server } = launched;
  write(`${painter.strong(`Sortie is ready at ${server.publicUrl}`)}\n`);
  const halt = new AbortController();
  const interrupted = stopped.then(() => {
    halt.abort(new Error('stopped'));
    return INTERRUPTED;
  });
  const finished = showBuild({ launched, folder, write, signal: halt.signal }).catch((error: unknown) => {
    if (halt.signal.aborted) return INTERRUPTED;
    throw error;
  });
  const status = await Promise.race([finished, interrupted]);
  if (isOnce || halt.signal.aborted) return status;
  const link = await server.firstSignIn();
  write(`\nSign in, once:  ${link ?? server.publicUrl}\nThe server goes on until you press Ctrl-C.\n`);
  await stopped;
  write('\nStopping; nothing stays behind.\n');
  return status;
}

interface ShowDeps {
  readonly launched: Launched;
  readonly folder: string;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

async function showBuild({ launched, folder, write, signal }: ShowDeps): Promise<number> {
  const { server } = launched;
  const example = await chooseExample(
    { address: dockerAddress(launched.config), problems: launched.engineNotes },
    signal,
  );
  if (example.note !== undefined) write(`${example.note}\n`);
  const { login, text: token } = await server.adminToken('demo');
  const client = createClient({ baseUrl: server.publicUrl, token });
  const slug = `${login}/demo`;
  const useColor = process.stdout.isTTY === true;
  const opened = Promise.withResolvers<void>();
  const following = followBuild({ client, write, useColor }, (repo) => repo.slug === slug, {
    signal,
    onOpen: opened.resolve,
  });
  // Subscribed first: the first line of the first step must not be missed.
  await Promise.race([opened.promise, following]);
  const [followed] = await Promise.all([
    following,
    push({ example, server, folder, slug, token, write, signal }),
  ]);
  return report(followed, server.publicUrl, write);
}

async function push(deps: {
  readonly example: Example;
  readonly server: Launched['server'];
  readonly folder: string;
  readonly slug: string;
  readonly token: string;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { example, server, folder, slug, token, write, signal } = deps;
  const url = `${server.publicUrl}/git/${slug}.git`;
  write(`$ git push ${url}\n`);
  write(await pushExample(example, { directory: join(folder, 'example'), url, token, signal }));
}

function report({ repo, build }: FollowedBuild, publicUrl: string, write: (text: string) => void): number {
  const seconds = build.finished - (build.started === 0 ? build.finished : build.started);
  write(
    `\nbuild #${build.number}: ${build.status} after ${seconds} s\n${publicUrl}/${repo.slug}/${build.number}\n`,
  );
  return build.status === 'success' ? 0 : 1;
}

async function launchDemo(folder: string, log: Logger): Promise<Launched> {
  const config = demoConfig(folder);
  try {
    return await launch(config, log);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'port-in-use') throw error;
    process.stdout.write(`${error.message} The demo takes a free port instead.\n`);
    return launch(demoConfig(folder, '127.0.0.1:0'), log);
  }
}

/** The demo runs a pipeline on the machine itself where it must, so it listens to this machine alone. */
function demoConfig(folder: string, address?: string): Config {
  return readSettings(process.env, {
    SORTIE_DATA: join(folder, 'data'),
    SORTIE_RUNNER: 'true',
    SORTIE_RUNNER_ENGINES: 'docker,exec',
    DRONE_SERVER_PORT: address ?? process.env.DRONE_SERVER_PORT ?? '127.0.0.1:8080',
    DRONE_USER_CREATE: '',
    DRONE_DATABASE_DRIVER: 'sqlite3',
    DRONE_DATABASE_DATASOURCE: '',
  });
}
