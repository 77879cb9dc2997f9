import { AppError } from '@sortie/core/errors';
import type { FastifyRequest } from 'fastify';

/** The body of a request whose members may all be absent, but which needs one (api-v1.md 1.5). */
export function givenBody<Body>(call: { readonly body: Body; readonly request: FastifyRequest }): Body {
  const { headers } = call.request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && call.body !== undefined) return call.body;
  throw new AppError('invalid-request', 'The request has no body.', {
    hint: 'Send a JSON object; {} changes nothing.',
  });
}
