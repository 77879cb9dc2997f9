import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOwnOrigin } from '../auth/cross-site.ts';
import type { HttpConfig, ServerConfig } from '../config-build.ts';
import { hostOf } from './host.ts';

const METHODS = 'GET, POST, PATCH, PUT, DELETE, OPTIONS';
const REQUEST_HEADERS =
  'Accept, Authorization, Content-Type, X-CSRF-Token, Origin, Last-Event-ID, Range, Idempotency-Key, If-None-Match';
const READABLE_HEADERS =
  'Link, X-Request-Id, Retry-After, Content-Range, ETag, Location, Idempotency-Replayed, X-Skip-Reason, X-Cron-Hint, X-Wait, X-Queue-Paused';

/** What every answer carries: never stored, never sniffed, and the id under which the log speaks of it. */
export function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache, no-store, must-revalidate, private, max-age=0',
      expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      pragma: 'no-cache',
      'x-accel-expires': '0',
    });
  });
}

export interface CorsDeps {
  readonly server: Pick<ServerConfig, 'publicUrl'>;
  readonly http: Pick<HttpConfig, 'corsOrigins' | 'hostHeaders'>;
}

/**
 * Pages of other origins may call the API with a token of their own, but only listed origins with a person's
 * session: Drone allows that to everybody (api-v1.md 1.7).
 */
export function allowCrossOrigin(app: FastifyInstance, deps: CorsDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/api/')) return;
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    reply.header(
      'vary',
      isPreflight ? 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' : 'Origin',
    );
    allowOrigin(deps, request, reply);
    if (isPreflight) return answerPreflight(reply);
  });
}

function allowOrigin(deps: CorsDeps, request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-expose-headers', READABLE_HEADERS);
  const own = { publicUrl: deps.server.publicUrl, corsOrigins: deps.http.corsOrigins };
  if (isOwnOrigin(own, origin, hostOf(deps.http, request))) {
    reply.header('access-control-allow-credentials', 'true');
  }
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': '300',
    })
    .status(200)
    .send();
}
