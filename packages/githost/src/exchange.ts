import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError } from '@sortie/core/errors';

/** A request as the HTTP server has it, body unread. */
export interface GitRequest {
  readonly method: string;
  /** Raw path and query, not decoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Readable;
  /** Network address of the client. */
  readonly address?: string;
  /** Aborted when the client goes away; a broken `body` or a destroyed answer say the same. */
  readonly signal?: AbortSignal;
}

/** What to send back. A stream must be read to its end, or destroyed when the client goes away. */
export interface GitAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | Buffer | string;
}

/** What git and proxies must know of every answer: it is for this client and this moment only. */
export const NO_CACHE = {
  'cache-control': 'no-cache, max-age=0, must-revalidate',
  pragma: 'no-cache',
} as const;

/** One header as text, `undefined` when it is absent or repeated. */
export function header(request: Pick<GitRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The body after `Content-Encoding`. Whoever reads it limits its size. Throws `unsupported-media-type`. */
export function openBody(request: GitRequest): Readable {
  const encoding = (header(request, 'content-encoding') ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request.body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new AppError('unsupported-media-type', `The content encoding ${encoding} is not accepted here.`, {
      hint: 'Send the body as it is, or with gzip.',
    });
  }
  const plain = createGunzip();
  // An error of either stream comes out of `plain` too, where it is met by the reader.
  pipeline(request.body, plain, () => undefined);
  return plain;
}
