import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendText } from './send-json.ts';

/**
 * Sends JSON that clients may keep and ask about (RFC 9110, 13.1.2): with a strong `ETag` of its bytes, or as 304
 * without a body when the client has exactly these. Caches between may not keep it: it depends on who asks.
 */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, json: string): FastifyReply {
  // Nobody gains by a collision with an answer of their own: what counts is speed.
  const tag = `"${hash('sha1', json, 'base64url')}"`;
  reply.headers({
    etag: tag,
    'cache-control': 'private, no-cache',
    vary: 'Authorization, Cookie, Origin',
  });
  if (!hasTag(request.headers['if-none-match'], tag)) return sendText(reply, json);
  return reply.status(304).send();
}

function hasTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => {
    const known = entry.trim().replace(/^W\//, '');
    return known === tag || known === '*';
  });
}
