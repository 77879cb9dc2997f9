import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import type { AppDeps } from './app-deps.ts';
import { withoutPrefix } from './config-address.ts';
import { sendProblem } from './errors.ts';
import { addHeaders, allowCrossOrigin } from './routes/headers.ts';
import { checkHosts } from './routes/host.ts';
import { requireAccessRules } from './routes/mount.ts';
import { BODY_LIMIT_BYTES, parseQuery, readBodiesAsJson } from './routes/read-body.ts';
import { compileValidator } from './routes/validate.ts';
import { pathOf } from './unknown-path.ts';

/** A server without routes: how bodies and queries are read, what every answer carries, and how failures are told. */
export function createServer({ config, log }: Pick<AppDeps, 'config' | 'log'>): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: config.http.trustedProxies.length > 0 ? [...config.http.trustedProxies] : false,
    genReqId: requestId,
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, config.server.pathPrefix),
    exposeHeadRoutes: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => sendProblem(log, error, request, reply),
  });
  app.decorate('indentsJson', config.http.indentsJson);
  app.setValidatorCompiler(compileValidator);
  app.setErrorHandler((error, request, reply) => sendProblem(log, error, request, reply));
  readBodiesAsJson(app);
  requireAccessRules(app);
  addHeaders(app);
  checkHosts(app, config.http, config.server.pathPrefix);
  allowCrossOrigin(app, config);
  app.addHook('onResponse', async (request, reply) => {
    // Without the query: it may hold a token.
    const { method, url, id } = request;
    const fields = {
      requestId: id,
      method,
      path: pathOf(url),
      status: reply.statusCode,
      ms: reply.elapsedTime,
    };
    log.debug(fields, 'request');
  });
  return app;
}

/** A proxy's id goes through into answers and log when it is harmless there. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=-]{1,128}$/.test(given) ? given : randomUUID();
}
