import { createByteReader } from './byte-reader.ts';
import { type GitAnswer, type GitRequest, header, NO_CACHE, openBody } from './exchange.ts';
import { startFeed } from './feed.ts';
import type { GitRepo } from './objects.ts';

const PROTOCOL = /^version=[0-9](:[a-z0-9=-]+)*$/;

/** The checked Git-Protocol header, by which clients ask for version 2. */
export function protocolOf(request: GitRequest): string | undefined {
  const value = header(request, 'git-protocol');
  return value !== undefined && value.length <= 200 && PROTOCOL.test(value) ? value : undefined;
}

/**
 * Answers a fetch or clone: the request into git, its output out as it comes. Destroying the answer, a broken
 * request body and the signal end git.
 */
export async function uploadPack(
  repo: GitRepo,
  request: GitRequest,
  limits: { readonly maxRequestBytes: number },
): Promise<GitAnswer> {
  const reader = createByteReader(openBody(request));
  const child = await repo.pool.start('transfer', ['upload-pack', '--stateless-rpc', '--strict', repo.dir], {
    signal: request.signal,
    protocol: protocolOf(request),
  });
  startFeed(child.stdin, reader, Buffer.alloc(0), limits.maxRequestBytes).done.then(
    (outcome) => {
      if (outcome === 'too-large') child.stop('aborted');
    },
    () => child.stop('aborted'),
  );
  // A client that has gone is met in `close`, whatever error its stream was destroyed with.
  child.stdout.on('error', () => undefined);
  child.stdout.once('close', () => {
    if (!child.stdout.readableEnded) child.stop('aborted');
  });
  const headers = { ...NO_CACHE, 'content-type': 'application/x-git-upload-pack-result' };
  return { status: 200, headers, body: child.stdout };
}
