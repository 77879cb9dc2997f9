import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRunnerProcess } from '@sortie/testing/runner-process';
import { startServerProcess } from '@sortie/testing/server-process';
import { createMember, type Member } from './member.ts';
import type { SmallDisk } from './small-disk.ts';

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
    folder,
    launch: async (given) => {
      const env = { ...SERVER_SETTINGS, ...given, DRONE_SERVER_PORT: `127.0.0.1:${port}` };
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
  /** The disk of its spool, where it has one of its own. */
  readonly disk: SmallDisk | undefined;
}

/** The data folder of a runner, and where in it its reports are kept. */
export function runnerFolders(
  folder: string,
  name: string,
): { readonly data: string; readonly spool: string } {
  const data = join(folder, name);
  return { data, spool: join(data, 'runner', 'spool') };
}

const RUNNER_MAIN = fileURLToPath(new URL('./runner-main.ts', import.meta.url));

/** A `sortie runner` that has the `dummy` engine too. */
export function createRunner(plan: RunnerPlan): Member {
  const { name, folder, disk } = plan;
  const { data } = runnerFolders(folder, name);
  return createMember({
    name,
    data,
    folder,
    disk,
    launch: async (given) => {
      const env = {
        ...given,
        SORTIE_DATA: data,
        SORTIE_RUNNER_ENGINES: plan.engines,
        SORTIE_RUNNER_SUBNETS: plan.subnets,
        DRONE_RUNNER_NAME: name,
        DRONE_RUNNER_ENVIRON: plan.environ,
        DRONE_RPC_SECRET: plan.token,
      };
      const runner = await startRunnerProcess(plan.url, env, [RUNNER_MAIN]);
      return { ...runner, tidy: () => runner.dispose() };
    },
  });
}
