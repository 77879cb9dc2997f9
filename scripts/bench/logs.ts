import { once } from 'node:events';
import { clientOf } from '@sortie/testing/await-build';
import { openRepository, requireSuccess, watchPush } from './build-watch.ts';
import { dockerApi } from './docker-api.ts';
import { type Figure, figureOf } from './figure.ts';
import { readProcessFigures } from './process-figures.ts';
import { IMAGE, nowMs, startBundledServer } from './scenario.ts';

const LINE_BYTES = 70;
const COUNTS = [100_000, 1_000_000];

/**
 * Lines of 70 bytes from one step: how many are kept, how fast they arrive, and the most memory the server ever
 * used, against a client that only reads the same output from the Engine API.
 */
export async function run(print: (figure: Figure) => void): Promise<void> {
  for (const count of COUNTS) {
    const server = await startBundledServer();
    const repository = await openRepository(server, `ada/logs-${count}`, pipeline(count));
    const rates: number[] = [];
    const floors: number[] = [];
    const kept: number[] = [];
    try {
      for (let turn = 0; turn < 3; turn += 1) {
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
      const { peakRssBytes } = await readProcessFigures(server.child.pid ?? 0);
      const expected = `${count} lines of ${LINE_BYTES} bytes, the trace line not counted`;
      print(figureOf({ name: `${count} lines, kept`, unit: 'lines', note: expected }, kept));
      print(
        figureOf({ name: `${count} lines, rate`, unit: 'MB/s', note: 'aim: at least 15' }, rates, floors),
      );
      print(
        figureOf(
          { name: `${count} lines, peak memory of the server`, unit: 'MB', note: 'aim: at most 250' },
          [peakRssBytes / 1e6],
        ),
      );
    } finally {
      await repository.copy.dispose();
      await server.dispose();
    }
  }
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
