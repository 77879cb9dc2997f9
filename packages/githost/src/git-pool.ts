import { BusyError, createGate, STOPPING } from './gate.ts';
import type { GitBinary } from './git.ts';
import { type GitEnd, type GitProcess, type StartGitOptions, startGit } from './git-process.ts';
import type { OpenObjects } from './objects.ts';
import { Shared } from './shared.ts';

/** Starts git children, a bounded number at a time. */
export interface GitPool {
  /**
   * `transfer` is for children that live as long as a client sends or receives, `session` for readers that stay
   * open while a push is announced, `query` for short ones. They have separate places: slow clients never keep a
   * pipeline file from being read, and who holds one place only ever waits for a later lane of this list.
   */
  start(lane: Lane, args: readonly string[], options?: ChildOptions): Promise<GitProcess>;
  /** Runs a query to its end. Output over `maxBytes` ends the child and gives `isCut`. */
  read(args: readonly string[], options?: ReadOptions): Promise<GitOutput>;
  /** Readers of objects that are in use, by the directory of their repository. */
  readonly readers: Shared<OpenObjects>;
  /** Ends the transfers and refuses new ones; queries go on. */
  stopTransfers(): Promise<void>;
  /** Ends everything and refuses new children. */
  close(): Promise<void>;
}

export type Lane = 'transfer' | 'session' | 'query';
export type ChildOptions = Pick<StartGitOptions, 'signal' | 'protocol' | 'maxInputBytes' | 'variables'>;

export interface ReadOptions extends ChildOptions {
  readonly input?: string;
  readonly maxBytes?: number;
}

export interface GitOutput extends GitEnd {
  readonly stdout: Buffer;
  readonly isCut: boolean;
}

export interface GitPoolDeps {
  readonly git: GitBinary;
  readonly root: string;
  readonly limits: GitPoolLimits;
}

export interface GitPoolLimits {
  /** Children per lane that run at once. */
  readonly children: number;
  /** Requests that may wait for a place to transfer. */
  readonly waiting: number;
  /** Wall-clock time of one child. */
  readonly childMs: number;
}

const QUERY_OUTPUT = 16 * 1024 * 1024;

export function createGitPool(deps: GitPoolDeps): GitPool {
  const { git, root, limits } = deps;
  const lanes = {
    transfer: createGate({ width: limits.children, maxWaiting: limits.waiting }),
    session: createGate({ width: limits.children * 2, maxWaiting: Number.POSITIVE_INFINITY }),
    // Queries are ours and short: they may queue without bound.
    query: createGate({ width: limits.children, maxWaiting: Number.POSITIVE_INFINITY }),
  };
  const running = {
    transfer: new Set<GitProcess>(),
    session: new Set<GitProcess>(),
    query: new Set<GitProcess>(),
  };
  const closing = {
    transfer: new AbortController(),
    session: new AbortController(),
    query: new AbortController(),
  };

  async function start(lane: Lane, args: readonly string[], options: ChildOptions = {}): Promise<GitProcess> {
    const stop = closing[lane].signal;
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
    const leave = await lanes[lane].enter(signal);
    try {
      const child = await startGit(git, args, { ...options, signal, root, limitMs: limits.childMs });
      running[lane].add(child);
      const forget = child.ended.then(() => {
        running[lane].delete(child);
        leave();
      });
      return { ...child, ended: forget.then(() => child.ended) };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async function stop(lane: Lane): Promise<void> {
    closing[lane].abort(new BusyError(STOPPING));
    await Promise.all([...running[lane]].map((child) => child.ended));
  }

  return {
    start,
    read: (args, options = {}) => readAll(start, args, options),
    readers: new Shared(),
    stopTransfers: () => stop('transfer'),
    async close() {
      await Promise.all([stop('transfer'), stop('session'), stop('query')]);
    },
  };
}

async function readAll(
  start: GitPool['start'],
  args: readonly string[],
  options: ReadOptions,
): Promise<GitOutput> {
  const maxBytes = options.maxBytes ?? QUERY_OUTPUT;
  const child = await start('query', args, options);
  child.stdin.end(options.input ?? '');
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else child.stop('aborted');
  });
  const end = await child.ended;
  return { ...end, stdout: Buffer.concat(chunks), isCut: size > maxBytes };
}
