import { readEventStream, type StreamOptions } from './event-stream.ts';
import { stepPath } from './paths.ts';
import type { Transport } from './transport.ts';
import type { Build, LogLine, Repo, StepRef } from './types.ts';

/**
 * What the stream of builds tells. `resync`: the connection was lost for a while, so read again what matters.
 * `retry`: it is lost now, the `failures`-th time in a row.
 */
export type BuildStreamEvent =
  | { readonly type: 'open' }
  | { readonly type: 'resync' }
  | { readonly type: 'build'; readonly id: string; readonly repo: Repo; readonly build: Build }
  | { readonly type: 'retry'; readonly failures: number; readonly delayMs: number };

/** What the stream of a log tells. `line.text` keeps its newline. */
export type LogStreamEvent =
  | { readonly type: 'open' }
  | { readonly type: 'line'; readonly pos: number; readonly time: number; readonly text: string }
  | { readonly type: 'retry'; readonly failures: number; readonly delayMs: number }
  | { readonly type: 'end'; readonly reason: 'finished' };

export interface LogStreamOptions extends StreamOptions {
  /** The first line wanted; 0 by default. */
  readonly fromPos?: number;
  /** False leaves out the stored log of a step that is not live. */
  readonly readsStored?: boolean;
}

/** Every change of every build that the caller may see, as full snapshots, until the server ends the stream. */
export async function* streamBuilds(
  transport: Transport,
  options: StreamOptions = {},
): AsyncGenerator<BuildStreamEvent> {
  for await (const event of readEventStream(transport, '/api/stream', options)) {
    if (event.type === 'open') {
      yield { type: 'open' };
      if (event.isReconnect) yield { type: 'resync' };
    } else if (event.type === 'retry') {
      yield { type: 'retry', failures: event.failures, delayMs: event.delayMs };
    } else if (event.message.event === 'message') {
      const repo = JSON.parse(event.message.data) as Repo;
      if (repo.build !== undefined) yield { type: 'build', id: event.message.id, repo, build: repo.build };
    }
  }
}

/**
 * The lines of a step in order, each once: repeated lines are dropped, missing ones read from the stored log.
 * A finished step gives its stored log and ends.
 */
export async function* streamLog(
  transport: Transport,
  ref: StepRef,
  options: LogStreamOptions = {},
): AsyncGenerator<LogStreamEvent> {
  const { fromPos = 0, readsStored = true, ...rest } = options;
  const { repo, build, stage, step } = ref;
  const path = `/api/stream/${stepPath({ repo, build, stage, step })}`;
  const lastEventId = fromPos > 0 ? String(fromPos - 1) : undefined;
  let next = fromPos;
  let hasStreamed = false;
  for await (const event of readEventStream(transport, path, { lastEventId, ...rest })) {
    if (event.type === 'open') {
      yield { type: 'open' };
      continue;
    }
    if (event.type === 'retry') {
      yield { type: 'retry', failures: event.failures, delayMs: event.delayMs };
      continue;
    }
    if (event.message.event !== 'message') continue;
    hasStreamed = true;
    const line = JSON.parse(event.message.data) as LogLine;
    const missing = line.pos > next ? await storedLines(transport, ref, options.signal) : [];
    for (const found of [...missing.filter((stored) => stored.pos < line.pos), line]) {
      if (found.pos < next) continue;
      next = found.pos + 1;
      yield { type: 'line', pos: found.pos, time: found.time, text: found.out };
    }
  }
  if (!hasStreamed && readsStored) {
    for (const line of await storedLines(transport, ref, options.signal)) {
      if (line.pos >= next) yield { type: 'line', pos: line.pos, time: line.time, text: line.out };
    }
  }
  yield { type: 'end', reason: 'finished' };
}

/** The stored lines of a step as Drone's array. */
export function storedLines(
  transport: Transport,
  ref: StepRef,
  signal: AbortSignal | undefined,
): Promise<readonly LogLine[]> {
  return transport.json('GET', logPath(ref), { signal });
}

/** The address of a step's log. */
export function logPath(ref: StepRef): string {
  const [owner, name, build, stage, step] = stepPath(ref).split('/');
  return `/api/repos/${owner}/${name}/builds/${build}/logs/${stage}/${step}`;
}
