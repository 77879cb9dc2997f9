import { mkdtemp } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claimsPerSecond, type DatabaseMaker, databaseMakers, fillQueue } from './dispatch-data.ts';
import { type Figure, figureOf } from './figure.ts';
import { nowMs, startBundledServer } from './scenario.ts';

const STAGES = 1_000;
const SLOTS = 50;
const SLOTS_PER_RUNNER = 5;
const RUNS = 3;
const SETTLE_MS = 3_000;
const SECRET = 'bench-secret';
const FILTER = JSON.stringify({ kind: 'pipeline', type: 'docker', os: 'linux', arch: 'amd64' });

/** How fast a full queue is handed to official runners: each slot asks for a stage and accepts it, again and again. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  for (const maker of databaseMakers()) {
    const rates: number[] = [];
    const latencies: Latencies[] = [];
    const floors: number[] = [];
    try {
      for (let turn = 0; turn <= RUNS; turn += 1) {
        const floor = await claimsPerSecond(maker, STAGES);
        const { rate, latency } = await dispatchAll(maker);
        await maker.close();
        if (turn === 0) continue;
        floors.push(floor);
        rates.push(rate);
        latencies.push(latency);
      }
    } finally {
      await maker.close();
    }
    const about = `${STAGES} stages to ${SLOTS} slots on ${maker.name}`;
    print(
      figureOf(
        { name: about, unit: 'stages/s', note: 'aim: at least 500; floor: bare claims' },
        rates,
        floors,
      ),
    );
    const p99 = { name: `hand-over p99, ${about}`, unit: 'ms', note: 'aim: below 100' };
    print(
      figureOf(
        p99,
        latencies.map(({ all }) => all),
      ),
    );
    for (const part of ['first', 'rest'] as const) {
      const note =
        part === 'first' ? `slowest of the first ${SLOTS}, in a cold server` : `without the first ${SLOTS}`;
      print(
        figureOf(
          { ...p99, name: `${p99.name}, ${part}`, note },
          latencies.map((latency) => latency[part]),
        ),
      );
    }
  }
}

/** Milliseconds of the hand-over that 99 of 100 are faster than: of all, of those that were asked for first, of the others. */
type Latencies = Readonly<Record<'all' | 'first' | 'rest', number>>;

/** Empties a queue of `STAGES` through a server of its own. */
async function dispatchAll(
  maker: DatabaseMaker,
): Promise<{ readonly rate: number; readonly latency: Latencies }> {
  const data = await mkdtemp(join(tmpdir(), 'sortie-bench-'));
  const { env, config } = await maker.make(data);
  await fillQueue(config, STAGES);
  const server = await startBundledServer(
    { ...env, SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: SECRET, SORTIE_RPC_POLL: '1s' },
    data,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: SLOTS });
  try {
    // Runners ping before they poll, so their connections stand.
    await Promise.all(Array.from({ length: SLOTS }, () => call(agent, `${server.url}/rpc/v2/ping`, '')));
    // A server that has just started looks through everything that is open; that is not what is measured.
    await delay(SETTLE_MS);
    const taken = new Set<number>();
    const handOvers: { readonly asked: number; readonly took: number }[] = [];
    const begun = nowMs();
    let ended = begun;
    const slot = async (at: number): Promise<void> => {
      const machine = `machine-${Math.floor(at / SLOTS_PER_RUNNER)}`;
      while (taken.size < STAGES) {
        const asked = nowMs();
        const { id } = JSON.parse(await call(agent, `${server.url}/rpc/v2/stage`, FILTER)) as { id?: number };
        if (id === undefined) continue;
        await call(agent, `${server.url}/rpc/v2/stage/${id}?machine=${machine}`, '');
        ended = nowMs();
        handOvers.push({ asked, took: ended - asked });
        if (taken.has(id)) throw new Error(`stage ${id} was handed over twice`);
        taken.add(id);
      }
    };
    await Promise.all(Array.from({ length: SLOTS }, (_, at) => slot(at)));
    const inOrder = handOvers.sort((left, right) => left.asked - right.asked).map(({ took }) => took);
    const p99 = (part: readonly number[]) => percentile(part, 0.99);
    const latency = {
      all: p99(inOrder),
      first: p99(inOrder.slice(0, SLOTS)),
      rest: p99(inOrder.slice(SLOTS)),
    };
    return { rate: STAGES / ((ended - begun) / 1000), latency };
  } finally {
    agent.destroy();
    await server.dispose();
  }
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
}

/** Go's client, as official runners use it, without what a browser's would do around it. */
function call(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-drone-token': SECRET, 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text += piece;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${url} answered ${answer.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
