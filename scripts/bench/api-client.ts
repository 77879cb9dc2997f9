/**
 * The other side of the API benchmark, as a process of its own: takes orders over IPC and answers each with what it
 * measured. It speaks just enough HTTP itself, because a full client needs more processor time than the server.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { nowMs } from './scenario.ts';

export interface LoadOrder {
  readonly kind: 'load';
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  readonly connections: number;
  readonly ms: number;
}

/** Opens this many waits and says when; then sends one change and measures until each is answered. */
export interface WaitOrder {
  readonly kind: 'wait' | 'change';
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  readonly connections: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

export interface WaitResult {
  /** From the moment before the change was asked for to the first and the last answer. */
  readonly firstMs: number;
  readonly lastMs: number;
}

// The benchmark imports the rest of this file; only as a forked process it takes orders.
if (process.argv[1] === import.meta.filename && process.send !== undefined) listen();

/** Gives a client process an order and resolves with what it found. */
export async function ask<Result>(client: ChildProcess, order: LoadOrder | WaitOrder): Promise<Result> {
  const answered = once(client, 'message');
  client.send(order);
  const [result] = (await answered) as [Result];
  return result;
}

function listen(): void {
  let waits: readonly Promise<number>[] = [];
  process.on('message', async (order: LoadOrder | WaitOrder) => {
    if (order.kind === 'load') return process.send?.(await load(order));
    if (order.kind === 'wait') {
      const opened = Array.from({ length: order.connections }, () => openWait(order));
      waits = opened.map(({ answered }) => answered);
      await Promise.all(opened.map(({ sent }) => sent));
      return process.send?.({});
    }
    const begun = nowMs();
    await exchange(await open(order.port), requestText('DELETE', order));
    const times = (await Promise.all(waits)).map((time) => time - begun);
    process.send?.({ firstMs: Math.min(...times), lastMs: Math.max(...times) } satisfies WaitResult);
  });
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const text = requestText('GET', order);
  const times: number[] = [];
  const begun = nowMs();
  const end = begun + order.ms;
  const run = async (): Promise<void> => {
    const socket = await open(order.port);
    for (let now = nowMs(); now < end; ) {
      await exchange(socket, text);
      const after = nowMs();
      times.push(after - now);
      now = after;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: order.connections }, run));
  const seconds = (nowMs() - begun) / 1000;
  times.sort((left, right) => left - right);
  const p99Ms = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
  return { requests: times.length, perSecond: times.length / seconds, p99Ms };
}

function openWait(order: WaitOrder): { readonly sent: Promise<void>; readonly answered: Promise<number> } {
  const opened = open(order.port);
  return {
    sent: opened.then((socket) => void socket),
    answered: opened.then(async (socket) => {
      await exchange(socket, requestText('GET', order));
      const at = nowMs();
      socket.destroy();
      return at;
    }),
  };
}

function requestText(method: string, { path, authorization }: LoadOrder | WaitOrder): string {
  const target = method === 'GET' ? path : path.replace(/\?.*/, '');
  return `${method} ${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends one request and resolves when its whole answer is there. Rejects unless it is a 200 with a known length. */
function exchange(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let missing = Number.NaN;
    let head = '';
    const read = (chunk: Buffer): void => {
      if (Number.isNaN(missing)) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
          finish(new Error(`unexpected answer: ${head.slice(0, 400)}`));
          return;
        }
        missing = end + 4 + Number(length) - head.length;
      } else missing -= chunk.length;
      if (missing <= 0) finish();
    };
    const closed = (): void => finish(new Error('the server closed the connection'));
    function finish(error?: Error): void {
      socket.off('data', read);
      socket.off('close', closed);
      if (error === undefined) resolve();
      else reject(error);
    }
    socket.on('data', read);
    socket.on('close', closed);
    socket.write(text);
  });
}
