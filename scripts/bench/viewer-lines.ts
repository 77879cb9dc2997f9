import { Buffer } from 'node:buffer';
import type { Viewer } from './viewer-client.ts';

/** Where the event of a line ends in the stream, and when the line was written (unix milliseconds). */
interface StreamedLine {
  readonly end: number;
  readonly writtenMs: number;
}

const EVENT_END = Buffer.from('\n\n');

/**
 * The lines that the first viewer has read, of which none may be missing, doubled or out of order; all other viewers
 * must have read the same bytes. `count` lines begin with their number and the time.
 */
export function requireComplete(viewers: readonly Viewer[], count: number): readonly StreamedLine[] {
  const [sample] = viewers;
  if (sample === undefined) throw new Error('there is no viewer');
  const odd = viewers.findIndex((one) => one.bytes !== sample.bytes || one.checksum !== sample.checksum);
  if (odd >= 0) {
    throw new Error(`viewer ${odd} has read ${viewers[odd]?.bytes} bytes, the first one ${sample.bytes}`);
  }
  const lines: StreamedLine[] = [];
  let position = 0;
  for (const { end, line } of eventsOf(Buffer.concat(sample.kept))) {
    if (line === undefined) continue;
    if (line.pos !== position) throw new Error(`line ${line.pos} came where line ${position} was due`);
    position += 1;
    const [, number, time] = /^(\d+) (\d+) x+\n$/.exec(line.out) ?? [];
    // The trace of the command.
    if (number === undefined && lines.length === 0) continue;
    if (Number(number) !== lines.length) {
      throw new Error(`what came after ${lines.length} lines was ${JSON.stringify(line.out)}`);
    }
    lines.push({ end, writtenMs: Number(time) });
  }
  if (lines.length !== count) throw new Error(`${lines.length} of ${count} lines arrived`);
  return lines;
}

/** How long each line took to each viewer, in milliseconds and in order of size. */
export function lagsOf(viewers: readonly Viewer[], lines: readonly StreamedLine[]): Float64Array {
  const lags = new Float64Array(viewers.length * lines.length);
  let at = 0;
  for (const { arrivals } of viewers) {
    let arrival = 0;
    for (const { end, writtenMs } of lines) {
      while ((arrivals[arrival] ?? Number.POSITIVE_INFINITY) < end) arrival += 2;
      lags[at] = (arrivals[arrival + 1] ?? Number.POSITIVE_INFINITY) - writtenMs;
      at += 1;
    }
  }
  return lags.sort();
}

interface StreamEvent {
  readonly end: number;
  /** Absent in the event that ends the stream. */
  readonly line: { readonly pos: number; readonly out: string } | undefined;
}

function* eventsOf(bytes: Buffer): Generator<StreamEvent> {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(EVENT_END, at) + EVENT_END.length;
    if (end < EVENT_END.length) throw new Error('the stream ended within an event');
    const [, data] = /^id: \d+\ndata: (.*)\n\n$/.exec(bytes.toString('utf8', at, end)) ?? [];
    const line = data === undefined ? undefined : (JSON.parse(data) as StreamEvent['line']);
    yield { end, line };
    at = end;
  }
}
