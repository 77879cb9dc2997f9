import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendText } from './answer-error.ts';

/** What the protocol knows, to tell a wrong method from a wrong path. */
const PATHS: readonly { readonly path: RegExp; readonly methods: readonly string[] }[] = [
  { path: /^\/ping$/, methods: ['POST'] },
  { path: /^\/nodes\/[^/]+$/, methods: ['POST', 'DELETE'] },
  { path: /^\/stage$/, methods: ['POST'] },
  { path: /^\/stage\/[^/]+$/, methods: ['GET', 'POST', 'PUT'] },
  { path: /^\/step\/[^/]+$/, methods: ['PUT'] },
  { path: /^\/build\/[^/]+\/watch$/, methods: ['POST'] },
  { path: /^\/step\/[^/]+\/(logs\/batch|logs\/upload|card)$/, methods: ['POST'] },
];

/** Answers what no route below `prefix` takes. */
export function answerUnknown(prefix: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = (request.url.split('?', 1)[0] ?? '').slice(prefix.length).replace(/\/$/, '');
  const methods = PATHS.find((known) => known.path.test(path))?.methods ?? [];
  if (methods.length === 0) return sendText(reply, 404, 'There is nothing at this path.');
  return sendText(reply.header('allow', methods.join(', ')), 405, 'This path does not know the method.');
}
