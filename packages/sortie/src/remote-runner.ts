import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPainter } from '@sortie/cli/paint';
import { systemClock } from '@sortie/engine/clock';
import { type ConnectedServer, connectServer } from '@sortie/runner/extended/connect-server';
import { createDroneService } from '@sortie/runner/rpc/drone-service';
import { greetServer, type ServerKind } from '@sortie/runner/rpc/greet-server';
import type { Transport } from '@sortie/runner/rpc/transport';
import type { StatusDeps } from '@sortie/runner/status/answer';
import { createHistory, type History } from '@sortie/runner/status/history';
import type { Config } from '@sortie/server/config-build';
import { lockDataFolder, prepareDataFolder } from '@sortie/server/data-folder';
import { decryptSecret } from '@sortie/server/seal/repo-cipher';
import { writeAuthorities } from '@sortie/server/write-authorities';
import { type Logger, pino } from 'pino';
import {
  checkEngines,
  closeEngines,
  identityOf,
  notesOf,
  startEngineRunner,
  usable,
} from './engine-runner.ts';
import { openEngines } from './engines.ts';
import { openTransport } from './open-transport.ts';
import { createLineRing, type LineRing, listenForStatus, processNumbers } from './runner-status.ts';
import { readSettings } from './settings.ts';
import { listenToStopSignals, type StopSignals } from './stop-signals.ts';
import { VERSION } from './version.ts';

/** What official servers and their pages bear of one log. */
const LOG_LIMIT_BYTES = 5 * 2 ** 20;
/** After the second signal what can be reported is reported, for so long. */
const LAST_WORDS_MS = 3000;

/** `sortie runner`: runs pipelines for a server on another machine, until it is told to stop. */
export async function runRemotely(open: typeof openEngines = openEngines): Promise<void> {
  const signals = listenToStopSignals();
  const given = readSettings(process.env);
  // Beside what a server on this machine keeps, and swept apart from it.
  const config = { ...given, dataFolder: join(given.dataFolder, 'runner') };
  const ring = createLineRing();
  const stderr = pino.destination({ dest: 2, sync: true });
  const write = (line: string): void => {
    ring.write(line);
    stderr.write(line);
  };
  const log = pino({ level: config.logging.level, base: undefined }, { write });
  for (const warning of config.warnings) log.warn(warning);
  const transport = openTransport(config, { log, proxies: process.env });
  await prepareDataFolder(config.dataFolder);
  const unlock = lockDataFolder(config.dataFolder);
  try {
    const engines = open(config, await writeAuthorities(config.dataFolder, config.services.caPath));
    const history = createHistory(Date.now);
    const name = config.runner.name === '' ? hostname() : config.runner.name;
    const state: RunnerState = { history, connected: undefined };
    const page = await listenForStatus(config.runner, statusOf({ config, name, state, ring }));
    try {
      await work({ config, name, log, transport, signals, state, engines }, page);
    } finally {
      page.close();
      page.closeAllConnections();
    }
  } finally {
    transport.close();
    unlock();
  }
}

/** What the pages show of it. */
interface RunnerState {
  readonly history: History;
  connected: ConnectedServer | undefined;
}

interface RemoteRunner {
  readonly config: Config;
  readonly name: string;
  readonly state: RunnerState;
  readonly log: Logger;
  readonly transport: Transport;
  readonly signals: StopSignals;
  readonly engines: ReturnType<typeof openEngines>;
}

function statusOf({
  config,
  name,
  state,
  ring,
}: Pick<RemoteRunner, 'config' | 'name' | 'state'> & { readonly ring: LineRing }): StatusDeps {
  const { capacity, remote } = config.runner;
  return {
    name,
    history: state.history,
    login: remote.login,
    logLines: ring.lines,
    metrics: () => ({
      capacity,
      spooled: state.connected?.spooled ?? 0,
      version: VERSION,
      process: processNumbers(),
    }),
  };
}

async function work(
  { config, name, log, transport, signals, state, engines }: RemoteRunner,
  page: Server,
): Promise<void> {
  const checks = await checkEngines(engines);
  const stopping = new AbortController();
  const ending = new AbortController();
  const calls = {
    transport,
    clock: systemClock(),
    sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }),
    random: Math.random,
    log: log.child({ runner: name }),
  };
  const stopped = signals.first.then((signal) =>
    stopping.abort(new Error(`the runner was stopped (${signal})`)),
  );
  const kind = await greetServer(calls, stopping.signal);
  const about = { identity: identityOf(config, name, usable(checks)), folder: config.dataFolder };
  const connected =
    kind && (await connect(kind, { ...calls, ...about, signal: ending.signal }, stopping.signal));
  if (connected !== undefined) {
    state.connected = connected;
    const service = state.history.watch(connected.service);
    // What official servers and their pages bear is less than ours do.
    const limitBytes = Math.min(
      kind === 'sortie' ? Number.POSITIVE_INFINITY : LOG_LIMIT_BYTES,
      config.logs.limitBytes,
    );
    const runner = startEngineRunner({ config, log, service, engines, name, checks, limitBytes });
    greet({ config, name, notes: notesOf(checks), types: usable(checks), page });
    await stopped;
    process.stdout.write(`\nStopping (${await signals.first}) when the running stages have ended.\n`);
    await stop(runner, connected, { signals, drainMs: config.runner.remote.drainMs, ending });
  }
  await closeEngines(engines);
}

/** Our own contract where the server speaks it, the one of official servers elsewhere. */
async function connect(
  kind: ServerKind,
  options: Parameters<typeof connectServer>[0],
  stopping: AbortSignal,
): Promise<ConnectedServer | undefined> {
  if (kind === 'sortie') return connectServer(options, stopping);
  const service = createDroneService({ ...options, decrypt: decryptSecret });
  return { service, spooled: 0, idle: () => service.idle() };
}

/**
 * Lets stages end until the time is up or somebody asks again; then they are killed, and have a moment to say so. A
 * server that is away is not waited for any longer than that.
 */
async function stop(
  runner: { stop(graceMs: number): Promise<void> },
  server: Pick<ConnectedServer, 'idle'>,
  { signals, drainMs, ending }: { signals: StopSignals; drainMs: number; ending: AbortController },
): Promise<void> {
  const done = runner.stop(drainMs).then(() => server.idle());
  const lastWords = async (): Promise<void> => {
    await delay(LAST_WORDS_MS, undefined, { ref: false });
    ending.abort(new Error('the runner has to stop at once'));
  };
  void delay(drainMs, undefined, { ref: false }).then(lastWords);
  const gaveUp = signals.again.then(async () => {
    void runner.stop(0);
    await lastWords();
    await delay(LAST_WORDS_MS, undefined, { ref: false });
    return 'gave up' as const;
  });
  // Something that does not let itself be stopped would keep the process for ever.
  if ((await Promise.race([done, gaveUp])) === 'gave up') process.exit(1);
}

function greet(about: {
  readonly config: Config;
  readonly name: string;
  readonly notes: readonly string[];
  readonly types: readonly string[];
  readonly page: Server;
}): void {
  const painter = createPainter(process.stdout.isTTY === true);
  const { proto, host } = about.config.runner.remote;
  const { port } = about.page.address() as AddressInfo;
  const types = about.types.length === 0 ? 'none' : about.types.join(', ');
  const lines = [
    painter.strong(`Sortie runner ${about.name} works for ${proto}://${host}`),
    `  runs pipelines of type: ${types}, ${about.config.runner.capacity} at once`,
    `  health: http://localhost:${port}/healthz`,
    ...about.notes.map((note) => `  note: ${note}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
