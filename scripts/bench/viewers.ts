import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openRepository, requireSuccess, type StepAt, watchPush } from './build-watch.ts';
import { type Figure, figureOf } from './figure.ts';
import { readProcessFigures } from './process-figures.ts';
import { startBundledServer } from './scenario.ts';
import { openViewer, type Viewer } from './viewer-client.ts';
import { lagsOf, requireComplete } from './viewer-lines.ts';

const VIEWERS = Number(process.env.SORTIE_BENCH_VIEWERS ?? 200);
const LINES_PER_SECOND = 2000;
const SECONDS = 10;
const RUNS = 3;

/** Writes numbered lines of about 70 bytes with the time of their writing, once the file is there. */
const WRITER = `
const { existsSync, writeSync } = require('node:fs');
const lines = ${LINES_PER_SECOND * SECONDS};
let begun, next = 0;
const timer = setInterval(() => {
  if (begun === undefined) {
    if (!existsSync(process.argv[2])) return;
    begun = performance.now();
  }
  const due = Math.min(lines, Math.floor(((performance.now() - begun) * ${LINES_PER_SECOND}) / 1000));
  let text = '';
  for (; next < due; next += 1) text += (next + ' ' + Date.now() + ' ').padEnd(69, 'x') + '\\n';
  for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(1, rest));
  if (next === lines) clearInterval(timer);
}, 10);
`;

/** The same bytes with nothing in between: what a program writes becomes events, ten times a second, for everybody. */
const FLOOR = `
const { spawn } = require('node:child_process');
const http = require('node:http');
const viewers = new Set();
const server = http.createServer((_, answer) => {
  answer.writeHead(200, { 'content-type': 'text/event-stream' });
  answer.write(': ping\\n\\n');
  viewers.add(answer);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '', pos = 0;
child.stdout.setEncoding('utf8').on('data', (part) => { text += part; });
function send() {
  const lines = text.split('\\n');
  text = lines.pop();
  const events = lines.map((line) => {
    const data = JSON.stringify({ pos, out: line + '\\n', time: 0 });
    return 'id: ' + pos++ + '\\ndata: ' + data + '\\n\\n';
  });
  const bytes = Buffer.from(events.join(''));
  if (bytes.length > 0) for (const viewer of viewers) viewer.write(bytes);
}
const timer = setInterval(send, 100);
child.stdout.on('end', () => {
  clearInterval(timer);
  send();
  for (const viewer of viewers) viewer.end('event: error\\ndata: eof\\n\\n');
});
`;

interface Measured {
  /** Milliseconds from the writing of a line to its arrival, of all lines at all viewers, in order of size. */
  readonly lags: Float64Array;
  /** Processor time of the serving process per second of the stream, in milliseconds. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

/**
 * Many viewers follow the log of one step that writes 2,000 lines a second: how long a line takes from the program to
 * a viewer, against a bare server that hands the same bytes to as many connections.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const ours: Measured[] = [];
  const floor: Measured[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    floor.push(await measureFloor());
    ours.push(await measureOurs());
  }
  const about = `${VIEWERS} viewers of ${LINES_PER_SECOND} lines/s`;
  for (const [share, name] of [
    [0.5, 'p50'],
    [0.99, 'p99'],
    [1, 'max'],
  ] as const) {
    const note = 'aim: below 1000; no line was lost or doubled';
    const at = ({ lags }: Measured): number => lags[Math.ceil(lags.length * share) - 1] ?? Number.NaN;
    print(figureOf({ name: `${about}, lag ${name}`, unit: 'ms', note }, ours.map(at), floor.map(at)));
  }
  const cpu = ({ cpuMs }: Measured): number => cpuMs;
  const memory = ({ peakRssBytes }: Measured): number => peakRssBytes / 1e6;
  print(figureOf({ name: `${about}, processor`, unit: 'ms/s' }, ours.map(cpu), floor.map(cpu)));
  print(
    figureOf(
      { name: `${about}, peak memory`, unit: 'MB', note: 'aim: at most 250' },
      ours.map(memory),
      floor.map(memory),
    ),
  );
}

async function measureOurs(): Promise<Measured> {
  const server = await startBundledServer({ SORTIE_RUNNER_ENGINES: 'exec' });
  const script = join(server.data, 'writer.cjs');
  const go = join(server.data, 'go');
  await writeFile(script, WRITER);
  const command = `'${process.execPath}' '${script}' '${go}'`;
  const repository = await openRepository(server, 'ada/viewers', pipeline(command));
  try {
    const following: Promise<Measured>[] = [];
    const follow = ({ repo, build, stage, step }: StepAt): Promise<Measured> => {
      const url = `${server.url}/api/stream/${repo}/${build}/${stage}/${step}`;
      return watchStream(server.child, { url, token: server.token }, () => writeFile(go, ''));
    };
    const times = await watchPush(repository, {
      step: 'lines',
      onRunning: (at) => void following.push(follow(at)),
    });
    const [measured] = await Promise.all(following);
    requireSuccess(times);
    if (measured === undefined) throw new Error('the step was never seen to run');
    return measured;
  } finally {
    await repository.copy.dispose();
    await server.dispose();
  }
}

async function measureFloor(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-bench-'));
  const script = join(folder, 'writer.cjs');
  const go = join(folder, 'go');
  await writeFile(script, WRITER);
  const child = spawn(process.execPath, ['-e', FLOOR, script, go], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(child.stdout, 'data');
    const url = `http://127.0.0.1:${Number(port)}/`;
    return await watchStream(child, { url, token: '' }, () => writeFile(go, ''));
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** Opens all viewers of a stream, lets its lines begin and reads to its end. The lines begin also after a failure. */
async function watchStream(
  { pid = 0 }: ChildProcess,
  stream: { readonly url: string; readonly token: string },
  begin: () => Promise<void>,
): Promise<Measured> {
  const viewers: Viewer[] = [];
  try {
    for (let count = 0; count < VIEWERS; count += 1) {
      const viewer = openViewer(stream.url, stream.token, count === 0);
      viewers.push(viewer);
      await viewer.opened;
    }
  } finally {
    await begin();
  }
  const before = await readProcessFigures(pid);
  const ended = Promise.all(viewers.map((viewer) => viewer.ended));
  await pause(SECONDS * 1000);
  const after = await readProcessFigures(pid);
  await ended;
  const lines = requireComplete(viewers, LINES_PER_SECOND * SECONDS);
  return {
    lags: lagsOf(viewers, lines),
    cpuMs: (after.cpuMs - before.cpuMs) / SECONDS,
    peakRssBytes: after.peakRssBytes,
  };
}

function pipeline(command: string): string {
  const step = `  - name: lines\n    commands:\n      - ${JSON.stringify(command)}\n`;
  return `kind: pipeline\ntype: exec\nname: default\nclone:\n  disable: true\nsteps:\n${step}`;
}
