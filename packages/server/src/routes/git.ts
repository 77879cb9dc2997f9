import type { GitHost } from '@sortie/githost/host';
import type { FastifyInstance } from 'fastify';
import { clientAddress } from './client-address.ts';

/**
 * Mounts the built-in Git host at `/git/`. It authenticates with Basic passwords of its own, so for the access
 * check of the server its paths are open; and it reads bodies as raw streams of any size, since a push may be large.
 */
export function mountGitRoutes(app: FastifyInstance, host: GitHost): void {
  app.register(async (git) => {
    git.removeAllContentTypeParsers();
    git.addContentTypeParser('*', (_request, _payload, done) => done(null));
    git.route({
      method: ['GET', 'POST'],
      url: '/git/*',
      exposeHeadRoute: false,
      config: { access: 'open' },
      handler: async (request, reply) => {
        const { method, url = '', headers } = request.raw;
        const address = clientAddress(request);
        const answer = await host.handle({ method: method ?? '', url, headers, body: request.raw, address });
        return reply.status(answer.status).headers(answer.headers).send(answer.body);
      },
    });
  });
}
