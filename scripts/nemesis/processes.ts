import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRunnerProcess } from '@sortie/testing/runner-process';
import { startServerProcess } from '@sortie/testing/server-process';

/** What was done to a process; times in Unix milliseconds, `toMs` when it was there again. */
export interface DoneFault {
  readonly target: string;
  readonly kind: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A process that may be killed and comes back under the same name, folder and address. */
export interface Member {
  readonly name: string;
  readonly data: string;
  /** False while something is being done to it. */
  readonly isFree: boolean;
  readonly history: readonly DoneFault[];
  start(): Promise<void>;
  /** SIGKILL, and a new start after so long. */
  kill(downMs: number): Promise<void>;
  /** SIGSTOP for so long. */
  pause(lengthMs: number): Promise<void>;
  /** By SIGTERM, for good. */
  end(): Promise<void>;
}

interface Started {
  readonly child: { kill(signal: NodeJS.Signals): boolean };
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Removes what belongs to the process and not to the member. */
  tidy?(): Promise<void>;
}

interface MemberDeps {
  readonly name: string;
  readonly data: string;
  /** Where the output of all its processes is kept. */
  readonly logs: string;
  readonly launch: () => Promise<Started>;
}

function createMember({ name, data, logs, launch }: MemberDeps): Member {
  let process: Started | undefined;
  let isFree = false;
  const history: DoneFault[] = [];
  const keep = async (): Promise<void> => {
    const text = process?.output() ?? '';
    await appendFile(join(logs, `${name}.log`), `${text}\n---\n`);
    await process?.tidy?.();
  };
  const start = async (): Promise<void> => {
    process = await launch();
    isFree = true;
  };
  const during = async (kind: string, work: () => Promise<void>): Promise<void> => {
    isFree = false;
    const fromMs = Date.now();
    await work();
    isFree = true;
    history.push({ target: name, kind, fromMs, toMs: Date.now() });
  };
  return {
    name,
    data,
    get isFree() {
      return isFree;
    },
    history,
    start,
    kill: (downMs) =>
      during('kill', async () => {
        await process?.stop('SIGKILL');
        await keep();
        await wait(downMs);
        await start();
      }),
    pause: (lengthMs) =>
      during('pause', async () => {
        process?.child.kill('SIGSTOP');
        await wait(lengthMs);
        process?.child.kill('SIGCONT');
      }),
    async end() {
      isFree = false;
      await process?.stop('SIGTERM');
      await keep();
    },
  };
}

/** Leases of seconds, so that a run of minutes sees them end. */
const SERVER_SETTINGS = {
  SORTIE_RUNNER: 'false',
  SORTIE_SWEEP_INTERVAL: '1s',
  SORTIE_RPC_POLL: '5s',
  SORTIE_RPC_WATCH: '5s',
  SORTIE_RPC_OFFER: '3s',
  SORTIE_RPC_ACCEPT_LEASE: '10s',
  SORTIE_RPC_LEASE: '15s',
  SORTIE_LEASE: '15s',
  SORTIE_RPC_REFUSAL_DELAY: '1s',
};

/** The server; after its first start it always has the same port. `port` is 0 until then. */
export function createServer(folder: string): Member & { readonly port: number; readonly token: string } {
  const data = join(folder, 'server');
  let port = 0;
  let token = '';
  const member = createMember({
    name: 'server',
    data,
    logs: folder,
    launch: async () => {
      const env = { ...SERVER_SETTINGS, DRONE_SERVER_PORT: `127.0.0.1:${port}` };
      const server = await startServerProcess({ data, env });
      port = Number(new URL(server.url).port);
      token = server.token;
      return server;
    },
  });
  return Object.defineProperties(member as Member & { port: number; token: string }, {
    port: { get: () => port },
    token: { get: () => token },
  });
}

export interface RunnerPlan {
  readonly name: string;
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  readonly engines: string;
  /** A part of the address space that no other runner uses. */
  readonly subnets: string;
  /** Environment of every step. */
  readonly environ: string;
}

/** A `sortie runner`. */
export function createRunner(plan: RunnerPlan): Member {
  const data = join(plan.folder, plan.name);
  return createMember({
    name: plan.name,
    data,
    logs: plan.folder,
    launch: async () => {
      const runner = await startRunnerProcess(plan.url, {
        SORTIE_DATA: data,
        SORTIE_RUNNER_ENGINES: plan.engines,
        SORTIE_RUNNER_SUBNETS: plan.subnets,
        DRONE_RUNNER_NAME: plan.name,
        DRONE_RUNNER_ENVIRON: plan.environ,
        DRONE_RPC_SECRET: plan.token,
      });
      return { ...runner, tidy: () => runner.dispose() };
    },
  });
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
