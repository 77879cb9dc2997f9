import { Buffer } from 'node:buffer';
import { ChunkedBody } from './chunked-body.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);
const SWITCHING_PROTOCOLS = 101;

/**
 * Reads the answer to one HTTP request (RFC 9112), wherever its bytes are cut. The connection is not used again, so a
 * body without a length goes on until the connection is closed.
 */
export class DaemonAnswer {
  /** `undefined` until the head is complete. */
  status: number | undefined;
  #head: Buffer = NOTHING;
  #chunks: ChunkedBody | undefined;
  /** Bytes of the body that are still to come, where that is known. */
  #remaining: number | undefined;

  /** What these bytes hold of the body, as views of them. Throws for what is no answer. */
  read(bytes: Buffer): readonly Buffer[] {
    const rest = this.status === undefined ? this.#readHead(bytes) : bytes;
    if (rest.length === 0) return [];
    if (this.#chunks !== undefined) return this.#chunks.read(rest);
    if (this.#remaining === undefined) return [rest];
    const part = rest.subarray(0, this.#remaining);
    this.#remaining -= part.length;
    return part.length === 0 ? [] : [part];
  }

  /** Nothing more follows. */
  get isOver(): boolean {
    return this.#chunks?.isOver === true || this.#remaining === 0;
  }

  /** The connection may be closed here: the body is complete, or ends with the connection. */
  get mayEnd(): boolean {
    const isUntilClose = this.#chunks === undefined && this.#remaining === undefined;
    return this.status !== undefined && (isUntilClose || this.isOver);
  }

  /** Returns what follows the head. */
  #readHead(bytes: Buffer): Buffer {
    let data = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    let from = Math.max(0, this.#head.length - HEAD_END.length);
    while (this.status === undefined) {
      const end = data.indexOf(HEAD_END, from);
      if ((end === -1 ? data.length : end) > MAX_HEAD_BYTES) {
        throw new Error('the head of its answer is larger than 64 KiB');
      }
      if (end === -1) {
        this.#head = Buffer.from(data);
        return NOTHING;
      }
      this.#parseHead(data.toString('latin1', 0, end));
      data = data.subarray(end + HEAD_END.length);
      from = 0;
    }
    this.#head = NOTHING;
    return data;
  }

  #parseHead(text: string): void {
    const [first = '', ...lines] = text.split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? 0);
    if (status === 0) throw new Error('what answers does not speak HTTP');
    // An interim answer; the real one follows.
    if (status < 200 && status !== SWITCHING_PROTOCOLS) return;
    this.status = status;
    if (status === SWITCHING_PROTOCOLS) return;
    const fields = new Map(lines.map(toField));
    const length = fields.get('content-length');
    if (/(?:^|,)\s*chunked$/i.test(fields.get('transfer-encoding') ?? '')) this.#chunks = new ChunkedBody();
    else if (length !== undefined && /^\d{1,15}$/.test(length)) this.#remaining = Number(length);
  }
}

function toField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim()];
}
