import type { FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** `HTTP_JSON_INDENT`. */
    readonly indentsJson: boolean;
  }
}

/** One JSON value and a newline, as Drone answers; the content type has no charset. */
export function sendJson(reply: FastifyReply, value: unknown, type = 'application/json'): FastifyReply {
  const indent = reply.server.indentsJson ? 2 : undefined;
  return reply
    .header('content-type', type)
    .serializer((body: unknown) => String(body))
    .send(`${JSON.stringify(value, undefined, indent)}\n`);
}
