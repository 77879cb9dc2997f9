import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';

/** One reader of a stream of server-sent events, down to the socket: it only counts, so that it is never the slow end. */
export interface Viewer {
  /** Resolves when the server has answered with a head. */
  readonly opened: Promise<void>;
  /** Resolves at the end of the answer, or of the connection. */
  readonly ended: Promise<void>;
  /** Bytes of the events so far, without pings, and the CRC-32 over them. */
  readonly bytes: number;
  readonly checksum: number;
  /** Pairs: so many bytes of events were there at that time (unix milliseconds). */
  readonly arrivals: readonly number[];
  /** What was read, for the viewer that keeps it. */
  readonly kept: readonly Buffer[];
}

const SOCKET_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
/** The comment with which the server keeps streams open; Node puts what follows at once into the same chunk. */
const PING_BYTES = ': ping\n\n'.length;
const COLON = 0x3a;
const CR = 0x0d;

/** Opens `url` with a socket and no HTTP client. One of all viewers `keeps` what it reads. */
export function openViewer(url: string, token: string, keeps: boolean): Viewer {
  const { hostname, port, pathname } = new URL(url);
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const viewer = { opened: opened.promise, ended: ended.promise, bytes: 0, checksum: 0 };
  const arrivals: number[] = [];
  const kept: Buffer[] = [];
  const take = createChunkReader((data) => {
    viewer.bytes += data.length;
    viewer.checksum = crc32(data, viewer.checksum);
    if (keeps) kept.push(Buffer.from(data));
  }, ended.resolve);
  const read = (data: Buffer): void => {
    const before = viewer.bytes;
    take(data);
    if (viewer.bytes > before) arrivals.push(viewer.bytes, Date.now());
  };
  let head: Buffer | undefined = Buffer.alloc(0);
  const buffer = Buffer.alloc(SOCKET_BYTES);
  const socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      buffer,
      callback: (length) => {
        const data = buffer.subarray(0, length);
        if (head === undefined) read(data);
        else {
          head = Buffer.concat([head, data]);
          const end = head.indexOf(HEAD_END);
          if (end < 0) return true;
          const rest = head.subarray(end + HEAD_END.length);
          if (/^HTTP\/1\.1 200 /.test(head.toString('latin1'))) opened.resolve();
          else opened.reject(new Error(`the server answered ${head.toString('latin1', 0, end)}`));
          head = undefined;
          read(rest);
        }
        return true;
      },
    },
  });
  socket.on('error', opened.reject).on('close', () => ended.resolve());
  void ended.promise.then(() => socket.destroy());
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  return Object.assign(viewer, { arrivals, kept });
}

/** Takes the chunks of HTTP apart, without the comment that one may begin with. */
function createChunkReader(take: (data: Buffer) => void, end: () => void): (data: Buffer) => void {
  let left = 0;
  let size = '';
  let skipped = 0;
  let isFirst = false;
  return (data) => {
    for (let at = 0; at < data.length; ) {
      if (left === 0) {
        const byte = data[at] ?? 0;
        at += 1;
        if (byte === CR) continue;
        if (byte !== 0x0a) size += String.fromCharCode(byte);
        else if (size !== '') {
          left = Number.parseInt(size, 16);
          if (left === 0) end();
          size = '';
          isFirst = true;
        }
        continue;
      }
      const part = data.subarray(at, at + left);
      if (isFirst) skipped = part[0] === COLON ? PING_BYTES : 0;
      isFirst = false;
      if (part.length > skipped) take(part.subarray(skipped));
      skipped = Math.max(0, skipped - part.length);
      left -= part.length;
      at += part.length;
    }
  };
}
