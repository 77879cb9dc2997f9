import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Random } from './random.ts';

/**
 * `cut-call`: the request never arrives. `half-call`: half of it arrives. `cut-answer`: it is done and its answer is
 * lost. `half-answer`: half of the answer arrives. `twice`: it arrives a second time. `delay`: it arrives late.
 */
const FAULTS = ['cut-call', 'half-call', 'cut-answer', 'half-answer', 'twice', 'delay', 'delay'] as const;
type Fault = (typeof FAULTS)[number];

export interface NemesisProxy {
  readonly url: string;
  /** How often each fault has happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** From now on everything passes. */
  heal(): void;
  close(): Promise<void>;
}

/** Share of the requests that something happens to. */
const FAULT_SHARE = 0.12;
/** So long the second copy of a request waits for an answer that nobody reads. */
const COPY_MS = 1000;

/** Passes connections on to a port of this machine, and spoils some of the requests on them. */
export async function startProxy(port: number, random: Random): Promise<NemesisProxy> {
  const counts = new Map<string, number>();
  const open = new Set<Socket>();
  let isHealed = false;
  const draw = (): Fault | undefined => {
    if (isHealed || random.next() >= FAULT_SHARE) return undefined;
    const fault = random.pick(FAULTS);
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    return fault;
  };
  const track = (socket: Socket): Socket => {
    open.add(socket);
    // A cut connection is the purpose here.
    socket.on('error', () => socket.destroy());
    return socket.on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = track(connect(port, '127.0.0.1'));
    link({ client: track(client), upstream, draw, random, again: () => track(connect(port, '127.0.0.1')) });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    heal: () => {
      isHealed = true;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly draw: () => Fault | undefined;
  readonly random: Random;
  /** A further connection to the server. */
  readonly again: () => Socket;
}

/** A request begins with the first bytes of the client after bytes of the server. */
function link({ client, upstream, draw, random, again }: Link): void {
  let fault: Fault | undefined;
  let isAnswered = true;
  let request: Buffer[] = [];
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  client.on('data', (chunk: Buffer) => {
    if (isAnswered) {
      fault = draw();
      request = [];
    }
    isAnswered = false;
    if (fault === 'cut-call') return cut();
    if (fault === 'half-call') {
      upstream.end(chunk.subarray(0, chunk.length / 2));
      return void client.destroy();
    }
    if (fault === 'twice') request.push(Buffer.from(chunk));
    if (fault !== 'delay') return void upstream.write(chunk);
    client.pause();
    setTimeout(
      () => {
        upstream.write(chunk);
        client.resume();
      },
      random.between(50, 800),
    );
  });
  upstream.on('data', (chunk: Buffer) => {
    if (!isAnswered && fault === 'cut-answer') return cut();
    if (!isAnswered && fault === 'half-answer') {
      client.end(chunk.subarray(0, chunk.length / 2));
      return void upstream.destroy();
    }
    if (!isAnswered && fault === 'twice') repeat(again(), request);
    isAnswered = true;
    client.write(chunk);
  });
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.end());
}

/** Sends a whole request anew; its answer goes nowhere. */
function repeat(socket: Socket, request: readonly Buffer[]): void {
  socket.resume();
  socket.write(Buffer.concat(request));
  setTimeout(() => socket.destroy(), COPY_MS);
}
