import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { takeCard } from './cards.ts';
import { type RpcLogCall, type RpcLogDeps, takeLogBatch, takeLogUpload } from './logs.ts';

export interface RpcLogRouteDeps extends RpcLogDeps {
  /** The key of the runner that has been let in. */
  readonly runnerKeyOf: (request: FastifyRequest) => string;
}

const CALLS = {
  'logs/batch': takeLogBatch,
  'logs/upload': takeLogUpload,
  card: takeCard,
} as const;

/**
 * Mounts what runners send about steps in bulk, below the place where `plugin` is mounted. Bodies are read as they
 * arrive and may have any size and no content type. `plugin` has let the runner in before.
 */
export function mountRpcLogRoutes(plugin: FastifyInstance, deps: RpcLogRouteDeps): void {
  plugin.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const [name, take] of Object.entries(CALLS)) {
      scope.post(`/step/:step/${name}`, { config: { access: 'open' } }, async (request, reply) => {
        await take(deps, toCall(deps, request));
        return reply.status(200).send();
      });
    }
  });
}

function toCall(deps: RpcLogRouteDeps, request: FastifyRequest): RpcLogCall {
  const { step } = request.params as { readonly step: string };
  const body: Readable = request.raw;
  // No id is like this, so what is sent there is thrown away.
  const stepId = /^\d{1,15}$/.test(step) ? Number(step) : 0;
  return { runnerKey: deps.runnerKeyOf(request), stepId, body };
}
