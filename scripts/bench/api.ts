import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type ServerProcess, startServerProcess } from '@sortie/testing/server-process';
import { ask, type LoadOrder, type LoadResult } from './api-client.ts';
import { type ApiData, prepareApiData } from './api-data.ts';
import { measureWaits } from './api-waits.ts';
import { type Figure, figureOf } from './figure.ts';
import { readProcessFigures } from './process-figures.ts';
import { BUNDLE } from './scenario.ts';

const BUILDS = 1_000_000;
const FEW_BUILDS = 100;
const CONNECTIONS = 16;
const RUNS = 5;
const RUN_MS = 1_000;

/** What is asked for, and the aims: requests per second at least, 99th percentile at most. */
const CASES = [
  { name: 'user', pathOf: () => '/api/user', perSecond: 7_000, p99Ms: 22 },
  { name: 'repository', pathOf: ({ slug }: ApiData) => `/api/repos/${slug}`, perSecond: 5_500, p99Ms: 39 },
  {
    name: 'list of 25 builds',
    pathOf: ({ slug }: ApiData) => `/api/repos/${slug}/builds`,
    perSecond: 2_500,
    p99Ms: 77,
  },
  {
    name: 'build with 10 steps',
    pathOf: ({ slug, build }: ApiData) => `/api/repos/${slug}/builds/${build}`,
    perSecond: 2_500,
    p99Ms: 49,
  },
] as const;

/** A server that knows nothing and answers everything with the text it was given. */
const BARE = `let body = ''; process.stdin.on('data', (chunk) => { body += chunk }).on('end', () => {
  require('node:http').createServer((request, answer) => {
    answer.setHeader('content-type', 'application/json'); answer.end(body);
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })
})`;

/** Requests per second of reading routes, over few and many builds, and what open waits cost. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const client = fork(join(import.meta.dirname, 'api-client.ts'));
  try {
    for (const builds of [FEW_BUILDS, BUILDS]) {
      const data = await prepareApiData(builds);
      const server = await startApiServer(data);
      try {
        for (const { name, pathOf, perSecond, p99Ms } of CASES) {
          const about = `${name}, ${builds} builds`;
          for (const figure of await measure(
            { client, server },
            { about, path: pathOf(data), perSecond, p99Ms },
          )) {
            print(figure);
          }
        }
        if (builds === BUILDS)
          for (const figure of await measureWaits({ client, server, data })) print(figure);
      } finally {
        await server.stop();
      }
    }
  } finally {
    client.kill();
  }
}

/** The limits of a public server are not what is measured. */
function startApiServer({ folder }: ApiData): Promise<ServerProcess> {
  return startServerProcess({
    entry: BUNDLE,
    data: folder,
    env: { SORTIE_RUNNER_ENGINES: '', SORTIE_RATE_LIMIT: '0' },
  });
}

interface Sides {
  readonly client: ChildProcess;
  readonly server: ServerProcess;
}

interface Aim {
  readonly about: string;
  readonly path: string;
  readonly perSecond: number;
  readonly p99Ms: number;
}

async function measure({ client, server }: Sides, aim: Aim): Promise<readonly Figure[]> {
  const authorization = `Bearer ${server.token}`;
  const answer = await fetch(server.url + aim.path, { headers: { authorization } });
  if (!answer.ok) throw new Error(`${aim.path} answers ${answer.status}`);
  const floor = await startBareServer(await answer.text());
  const order = {
    kind: 'load',
    path: aim.path,
    authorization,
    connections: CONNECTIONS,
    ms: RUN_MS,
  } as const;
  const ours: Measured[] = [];
  const bare: Measured[] = [];
  for (let turn = 0; turn <= RUNS; turn += 1) {
    const floorRun = await load(client, floor.child, { ...order, port: floor.port });
    const run = await load(client, server.child, { ...order, port: Number(new URL(server.url).port) });
    // The first turn warms both sides.
    if (turn === 0) continue;
    bare.push(floorRun);
    ours.push(run);
  }
  floor.child.kill();
  const figure = (about: Parameters<typeof figureOf>[0], read: (run: Measured) => number): Figure =>
    figureOf(about, ours.map(read).map(twoDecimals), bare.map(read).map(twoDecimals));
  return [
    figure(
      { name: aim.about, unit: 'requests/s', note: `aim: at least ${aim.perSecond}` },
      (run) => run.perSecond,
    ),
    figure(
      { name: `${aim.about}, 99th percentile`, unit: 'ms', note: `aim: at most ${aim.p99Ms}` },
      (run) => run.p99Ms,
    ),
    // Hardly depends on what else the machine does.
    figure({ name: `${aim.about}, processor time`, unit: 'µs/request' }, (run) => run.cpuUs),
  ];
}

interface Measured extends LoadResult {
  /** Processor time of the server for each request, in microseconds. */
  readonly cpuUs: number;
}

async function load(client: ChildProcess, server: ChildProcess, order: LoadOrder): Promise<Measured> {
  const pid = server.pid ?? 0;
  const before = await readProcessFigures(pid);
  const result = await ask<LoadResult>(client, order);
  const after = await readProcessFigures(pid);
  return { ...result, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / result.requests };
}

async function startBareServer(
  body: string,
): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, ['-e', BARE], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(body);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(line.toString()), child };
}

function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}
