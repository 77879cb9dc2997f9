import { mkdtemp } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseConfig } from '@sortie/server/config-database';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import type { ServerProcess } from '@sortie/testing/server-process';
import { type DatabaseMaker, databaseMakers } from './dispatch-data.ts';
import { type Figure, figureOf } from './figure.ts';
import { prepareHooks, SEAL_SECRET, type SignedRepo, signedPush, tally } from './hooks-world.ts';
import { nowMs, startBundledServer } from './scenario.ts';

const CLIENTS = [1, 4, 16, 64];
/** Milliseconds of each measured run. */
const RUN_MS = 3_000;
const SETTLE_MS = 2_000;
const KILL_AFTER = 400;
const ALL_BUILT_WITHIN_MS = 180_000;

/** Signed pushes of a fake Gogs: how many are accepted, how fast, and whether one is lost when the server is killed. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  for (const maker of databaseMakers()) {
    try {
      await measure(maker, print);
      await kill(maker, print);
    } finally {
      await maker.close();
    }
  }
}

interface World {
  readonly gogs: FakeGogs;
  readonly repos: readonly SignedRepo[];
  readonly config: DatabaseConfig;
  readonly data: string;
  start(): Promise<ServerProcess>;
}

async function openWorld(maker: DatabaseMaker): Promise<World> {
  const gogs = await startFakeGogs();
  const data = await mkdtemp(join(tmpdir(), 'sortie-bench-'));
  const { env, config } = await maker.make(data);
  const repos = await prepareHooks(config, gogs);
  const settings = {
    ...env,
    ...{ SORTIE_RUNNER: 'false', DRONE_GOGS_SERVER: gogs.url, DRONE_DATABASE_SECRET: SEAL_SECRET },
  };
  return { gogs, repos, config, data, start: () => startBundledServer(settings, data) };
}

async function measure(maker: DatabaseMaker, print: (figure: Figure) => void): Promise<void> {
  const world = await openWorld(maker);
  const server = await world.start();
  try {
    await delay(SETTLE_MS);
    await send(world, server.url, 4, SETTLE_MS);
    await allBuilt(world);
    for (const clients of CLIENTS) {
      const begun = nowMs();
      const { accepted, latencies } = await send(world, server.url, clients, RUN_MS);
      const rate = accepted.length / ((nowMs() - begun) / 1000);
      const sent = nowMs();
      await allBuilt(world);
      const about = `${clients} clients on ${maker.name}`;
      print(
        figureOf({ name: `accepted, ${about}`, unit: 'hooks/s', note: 'aim: at least 300 at 16' }, [rate]),
      );
      print(
        figureOf({ name: `answer p99, ${about}`, unit: 'ms', note: 'aim: below 100' }, [
          percentile(latencies, 0.99),
        ]),
      );
      print(
        figureOf({ name: `until all ${accepted.length} builds exist, ${about}`, unit: 's' }, [
          (nowMs() - sent) / 1000,
        ]),
      );
    }
  } finally {
    await server.dispose();
    await world.gogs.close();
  }
}

/** Kills the server in the middle, starts it again, and looks for every webhook that it had accepted. */
async function kill(maker: DatabaseMaker, print: (figure: Figure) => void): Promise<void> {
  const world = await openWorld(maker);
  const first = await world.start();
  const { accepted } = await send(world, first.url, 16, 60_000, (count) => {
    if (count === KILL_AFTER) void first.stop('SIGKILL');
  });
  const second = await world.start();
  try {
    await allBuilt(world);
    const { stored, builds } = await tally(world.config);
    const lost = accepted.filter((id) => stored.get(id) !== 'built').length;
    const twice = builds - stored.size;
    const name = `lost of ${accepted.length} accepted, kill -9 in the middle, ${maker.name}`;
    print(figureOf({ name, unit: 'hooks', note: `aim: 0; built twice: ${twice}` }, [lost]));
  } finally {
    await second.dispose();
    await world.gogs.close();
  }
}

interface Sent {
  /** Ids of the webhooks that were answered with success. */
  readonly accepted: readonly string[];
  readonly latencies: readonly number[];
}

/** Every client sends one after the other until the time is over or the server is gone. */
async function send(
  { gogs, repos }: World,
  url: string,
  clients: number,
  ms: number,
  onAccepted: (count: number) => void = () => undefined,
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const accepted: string[] = [];
  const latencies: number[] = [];
  const end = nowMs() + ms;
  let number = 0;
  const client = async (): Promise<void> => {
    while (nowMs() < end) {
      number += 1;
      const repo = repos[number % repos.length];
      if (repo === undefined) return;
      const { id, body, headers } = signedPush(gogs, repo, number);
      const begun = nowMs();
      const status = await post(agent, `${url}/hook`, headers, body);
      if (status === undefined) return;
      if (status !== 200 && status !== 202) throw new Error(`a webhook was answered with ${status}`);
      latencies.push(nowMs() - begun);
      accepted.push(id);
      onAccepted(accepted.length);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return { accepted, latencies };
}

/** The status; undefined when the connection broke. */
function post(
  agent: Agent,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
      answer.on('error', () => resolve(undefined));
    });
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
}

async function allBuilt({ config }: World): Promise<void> {
  const end = nowMs() + ALL_BUILT_WITHIN_MS;
  for (;;) {
    const { open } = await tally(config);
    if (open === 0) return;
    if (nowMs() > end) throw new Error(`${open} webhooks have no verdict`);
    await delay(100);
  }
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
}
