import { Buffer } from 'node:buffer';
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Intake, type Take } from './intake.ts';

/** How to reach the daemon, as the client library keeps it. */
export interface DaemonAddress {
  readonly socketPath?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | string | undefined;
  readonly protocol: string;
  /** With a dot and without a slash, as `v1.41`; the daemon's own when absent. */
  readonly version?: string | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** A connection to the daemon and nothing on it yet. */
export interface DaemonSocket {
  write(text: string): void;
  /** Cuts the connection; with an error `closed` rejects. */
  destroy(error?: Error): void;
  /** Resolves when the connection is closed and all that came has been taken; rejects when one of both fails. */
  readonly closed: Promise<void>;
}

/** A read rarely finds half of it; what was measured is in `docs/decisions/008-reading-container-output.md`. */
const READ_BYTES = 64 * 1024;

/** The largest record. */
const TLS_BYTES = 16 * 1024;

/** A step may be silent for an hour, and what is on the way must not forget the connection meanwhile. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Connects to the daemon. `take` gets what comes, always in the same memory: it is good until `take` returns or its
 * promise resolves. Meanwhile nothing is read. An aborted `signal` cuts the connection.
 */
export function openDaemonSocket(
  address: DaemonAddress,
  { signal, take }: { readonly signal: AbortSignal; readonly take: Take },
): DaemonSocket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const intake = new Intake(take, {
    goOn: () => void socket.resume(),
    fail: (error) => void socket.destroy(error),
  });
  const socket = dialSocket(address, {
    // TLS gives on what it has decrypted even when reading has been stopped.
    buffer: isTls(address) ? () => (intake.isBusy ? Buffer.allocUnsafeSlow(TLS_BYTES) : buffer) : buffer,
    callback: (length, { buffer: memory, byteOffset }) => intake.add(Buffer.from(memory, byteOffset, length)),
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.once('close', () => void intake.settled().then(resolve, reject));
  addAbortSignal(signal, socket);
  return {
    write: (text) => void socket.write(text),
    destroy: (error) => void socket.destroy(error),
    closed,
  };
}

function dialSocket(address: DaemonAddress, onread: OnReadOpts): Socket {
  const { socketPath, ca, cert, key } = address;
  if (socketPath !== undefined) return connect({ path: socketPath, onread });
  // Square brackets belong to an address of version 6 in a URL only.
  const host = (address.host ?? 'localhost').replace(/^\[(.*)\]$/, '$1');
  const target = { host, port: Number(address.port), onread };
  if (!isTls(address)) return connect(target);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...target, ...servername, ca, cert, key, ALPNProtocols: ['http/1.1'] });
}

function isTls({ socketPath, protocol }: DaemonAddress): boolean {
  return socketPath === undefined && protocol === 'https';
}
