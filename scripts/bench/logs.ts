import { once } from 'node:events';
import { clientOf } from '@sortie/testing/await-build';
import { startRunnerProcess } from '@sortie/testing/runner-process';
import type { ServerProcess } from '@sortie/testing/server-process';
import { openRepository, type Pushed, requireSuccess, watchPush } from './build-watch.ts';
import { dockerApi } from './docker-api.ts';
import { type Figure, figureOf } from './figure.ts';
import { readProcessFigures } from './process-figures.ts';
import { BUNDLE, IMAGE, nowMs, startBundledServer } from './scenario.ts';

const LINE_BYTES = 70;
const CASES = [
  { count: 100_000, place: 'inside' },
  { count: 1_000_000, place: 'inside' },
  { count: 1_000_000, place: 'apart' },
] as const;
const RUNS = 3;
const RPC_SECRET = 'sortie-bench-runner-secret-0001';

interface Case {
  readonly count: number;
  /** Where the runner is: in the server's process, or in one of its own with spool and HTTP in between. */
  readonly place: 'inside' | 'apart';
}

/** What one case needs, and the processes whose memory is looked at, by name. */
interface Ends {
  readonly server: ServerProcess;
  readonly processes: ReadonlyMap<string, number>;
  dispose(): Promise<void>;
}

/**
 * Lines of 70 bytes from one step: how many are kept, how fast they arrive, and the most memory that server and runner
 * ever used, against a client that only reads the same output from the Engine API.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  for (const one of CASES) {
    const ends = await (one.place === 'inside' ? startTogether() : startApart());
    const repository = await openRepository(ends.server, `ada/logs-${one.count}`, pipeline(one.count));
    try {
      await measure(one, ends, repository, print);
    } finally {
      await repository.copy.dispose();
      await ends.dispose();
    }
  }
}

async function measure(
  { count, place }: Case,
  { server, processes }: Ends,
  repository: Pushed,
  print: (figure: Figure) => void,
): Promise<void> {
  const rates: number[] = [];
  const floors: number[] = [];
  const kept: number[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    floors.push(megabytes(count) / ((await readOutputMs(count)) / 1000));
    let begun = 0;
    let number = 0;
    const times = await watchPush(repository, {
      step: 'lines',
      onRunning: (at) => {
        begun = nowMs();
        number = at.build;
      },
    });
    requireSuccess(times);
    rates.push(megabytes(count) / ((times.finishedMs - begun) / 1000));
    kept.push(await countLines(clientOf(server), { slug: repository.slug, number }));
  }
  const name = `${count} lines, runner ${place === 'inside' ? 'in the server' : 'apart'}`;
  const expected = `${count} lines of ${LINE_BYTES} bytes, the trace line not counted`;
  print(figureOf({ name: `${name}, kept`, unit: 'lines', note: expected }, kept));
  const note = count < 1_000_000 ? 'aim: at least 15' : 'aim: at least 0.6 of a bare attach';
  print(figureOf({ name: `${name}, rate`, unit: 'MB/s', note }, rates, floors));
  for (const [process, pid] of processes) {
    const { peakRssBytes } = await readProcessFigures(pid);
    const about = { name: `${name}, peak memory of the ${process}`, unit: 'MB', note: 'aim: at most 250' };
    print(figureOf(about, [peakRssBytes / 1e6]));
  }
}

async function startTogether(): Promise<Ends> {
  const server = await startBundledServer();
  const processes = new Map([['server', server.child.pid ?? 0]]);
  return { server, processes, dispose: () => server.dispose() };
}

async function startApart(): Promise<Ends> {
  const server = await startBundledServer({ SORTIE_RUNNER: 'false', DRONE_RPC_SECRET: RPC_SECRET });
  const env = { SORTIE_RUNNER_ENGINES: 'docker', DRONE_RPC_SECRET: RPC_SECRET };
  const runner = await startRunnerProcess(server.url, env, [BUNDLE, 'runner']);
  const processes = new Map([
    ['server', server.child.pid ?? 0],
    ['runner', runner.child.pid ?? 0],
  ]);
  const dispose = async (): Promise<void> => {
    await runner.stop();
    await runner.dispose();
    await server.dispose();
  };
  return { server, processes, dispose };
}

function command(count: number): string {
  const text = 'x'.repeat(LINE_BYTES - 1);
  return `yes ${text} | head -n ${count}`;
}

function pipeline(count: number): string {
  const step = `  - name: lines\n    image: ${IMAGE}\n    commands:\n      - ${command(count)}\n`;
  return `kind: pipeline\ntype: docker\nname: default\nclone:\n  disable: true\nsteps:\n${step}`;
}

function megabytes(count: number): number {
  return (count * LINE_BYTES) / 1e6;
}

async function readOutputMs(count: number): Promise<number> {
  const api = dockerApi();
  const body = {
    Image: IMAGE,
    Cmd: ['/bin/sh', '-c', command(count)],
    HostConfig: { LogConfig: { Type: 'none' } },
  };
  const { Id } = (await api.call('POST', '/containers/create', { ...body, AttachStdout: true })) as {
    Id: string;
  };
  const begun = nowMs();
  const output = await api.open('POST', `/containers/${Id}/attach?stream=1&stdout=1`);
  await api.call('POST', `/containers/${Id}/start`);
  output.resume();
  await once(output, 'end');
  const taken = nowMs() - begun;
  await api.call('DELETE', `/containers/${Id}?force=1`);
  return taken;
}

/** Counts the lines of the stored log by its bytes, part by part, without those of the trace. */
async function countLines(
  client: ReturnType<typeof clientOf>,
  { slug, number }: { readonly slug: string; readonly number: number },
): Promise<number> {
  const wanted = Buffer.from(`${'x'.repeat(LINE_BYTES - 1)}\n`);
  const ref = { repo: slug, build: number, stage: 1, step: 1 };
  const { bytes } = await client.logs.text(ref);
  const log = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = log.indexOf(10) + 1;
  let lines = 0;
  for (let at = first; at < log.length; at += LINE_BYTES) {
    if (log.compare(wanted, 0, LINE_BYTES, at, at + LINE_BYTES) === 0) lines += 1;
  }
  return lines;
}
