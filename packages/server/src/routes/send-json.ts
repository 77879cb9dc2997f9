import type { FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** `HTTP_JSON_INDENT`. */
    readonly indentsJson: boolean;
  }
}

/** One JSON value and a newline, as Drone answers; the content type has no charset. */
export function sendJson(reply: FastifyReply, value: unknown, type = 'application/json'): FastifyReply {
  return sendText(reply, toJsonText(reply, value), type);
}

/** What `sendJson` sends. */
export function toJsonText(reply: FastifyReply, value: unknown): string {
  return `${JSON.stringify(value, undefined, reply.server.indentsJson ? 2 : undefined)}\n`;
}

/** JSON that is a text already. */
export function sendText(reply: FastifyReply, text: string, type = 'application/json'): FastifyReply {
  return reply
    .header('content-type', type)
    .serializer((body: unknown) => String(body))
    .send(text);
}
