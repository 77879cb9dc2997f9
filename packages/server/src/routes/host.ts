import { AppError } from '@sortie/core/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config-build.ts';

/** Probes come with the address of a machine as host. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** The host that the client asked for; a proxy may name it in a header of its own. */
export function hostOf(http: Pick<HttpConfig, 'hostHeaders'>, request: FastifyRequest): string {
  for (const name of http.hostHeaders) {
    const value = request.headers[name];
    if (typeof value === 'string' && value !== '') return value.toLowerCase();
  }
  return (request.headers.host ?? '').toLowerCase();
}

/** Host allow-list, redirect to TLS, Strict-Transport-Security, in this order (config-extensions-ops.md 1.2). */
export function checkHosts(app: FastifyInstance, http: HttpConfig, pathPrefix: string): void {
  app.addHook('onRequest', async (request, reply) => {
    if (PROBES.has(request.url)) return;
    const host = hostOf(http, request);
    if (http.allowedHosts.length > 0 && !http.allowedHosts.includes(host)) {
      throw new AppError('bad-host', 'This server does not answer to that host name.', {
        hint: 'Use its public address, or add the name to DRONE_HTTP_ALLOWED_HOSTS.',
      });
    }
    const isTls = isOverTls(http, request);
    // Runners follow no redirect.
    if (http.tlsRedirect !== 'off' && !isTls && !request.url.startsWith('/rpc/')) {
      return redirectToTls(http, host, `${pathPrefix}${request.url}`, reply);
    }
    if (http.stsSeconds > 0 && (isTls || http.stsForced)) {
      reply.header('strict-transport-security', transportPolicy(http));
    }
  });
}

function isOverTls(http: HttpConfig, request: FastifyRequest): boolean {
  if (request.protocol === 'https') return true;
  return Object.entries(http.tlsHeaders).some(
    ([name, value]) => request.headers[name.toLowerCase()] === value,
  );
}

function redirectToTls(http: HttpConfig, host: string, url: string, reply: FastifyReply): FastifyReply {
  const target = `https://${http.tlsHost === '' ? host : http.tlsHost}${url}`;
  return reply.redirect(target, http.tlsRedirect === 'temporary' ? 307 : 301);
}

function transportPolicy(http: HttpConfig): string {
  const subdomains = http.stsIncludesSubdomains ? '; includeSubDomains' : '';
  return `max-age=${http.stsSeconds}${subdomains}${http.stsPreloads ? '; preload' : ''}`;
}
