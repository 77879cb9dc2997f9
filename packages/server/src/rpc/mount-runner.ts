import { finished, type Readable } from 'node:stream';
import { BeginBody, HelloBody, LeaseBody, RequestBody, RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toAppError } from '../errors.ts';
import { createDeliveryBodies, type DeliveryBody } from './delivery-bodies.ts';
import { createDeliveryBudget } from './delivery-budget.ts';
import { goneSignal } from './gone-signal.ts';
import { callerOf, letIn } from './let-in.ts';
import type { RpcDeps } from './rpc-deps.ts';
import { beat, giveBack, greet, requestAssignment, requireTaken } from './runner-calls.ts';
import { createTakeReports } from './runner-reports.ts';

/** A delivery ends with the frame that reaches 1 MiB. */
const DELIVERY_LIMIT_BYTES = 32 * 2 ** 20;
/** So much of the deliveries of one token, or one address with the shared secret, may be in memory at once. */
const DELIVERIES_BYTES = 128 * 2 ** 20;
const JSON_LIMIT_BYTES = 16 * 2 ** 20;
/** The server checks runners itself, before anything else. */
const OPEN = { access: 'open' } as const;

/** Mounts the contract of our own runners (contract/runner.ts) for those that are on other machines. */
export function mountRunner(app: FastifyInstance, deps: RpcDeps): void {
  app.register(
    async (scope) => {
      scope.decorateRequest('rpcCaller', undefined);
      scope.addHook('onRequest', (request, reply) => letIn(deps, request, reply));
      scope.setErrorHandler((error, request, reply) => answerError(deps, error, request, reply));
      mountLeases(scope, deps);
      mountWork(scope, deps);
      mountReports(scope, deps);
    },
    { prefix: RUNNER_PREFIX },
  );
}

function mountLeases(scope: FastifyInstance, deps: RpcDeps): void {
  const lease = { config: OPEN, schema: { body: LeaseBody } };

  scope.post('/hello', { config: OPEN, schema: { body: HelloBody } }, async (request, reply) => {
    await greet(deps, callerOf(request), request.body as HelloBody);
    return reply.status(204).send();
  });

  scope.post('/heartbeat', lease, (request) => beat(deps, callerOf(request), request.body as LeaseBody));

  scope.post('/watch', lease, async (request, reply) => {
    const { runnerId, lease: held } = request.body as LeaseBody;
    await requireTaken(deps, { caller: callerOf(request), runnerId }, held);
    const gone = goneSignal(reply);
    const ended = AbortSignal.any([gone, deps.closing, AbortSignal.timeout(deps.settings.watchMs)]);
    await deps.queue.watchCancel(held, ended);
    return gone.aborted ? reply.hijack() : { isOver: !ended.aborted };
  });
}

function mountWork(scope: FastifyInstance, deps: RpcDeps): void {
  const request = { config: OPEN, schema: { body: RequestBody }, bodyLimit: JSON_LIMIT_BYTES };

  scope.post('/request', request, async (call, reply) => {
    const gone = goneSignal(reply);
    const signal = AbortSignal.any([gone, deps.closing]);
    const assignment = await requestAssignment(deps, callerOf(call), call.body as RequestBody, signal);
    if (assignment === undefined) return gone.aborted ? reply.hijack() : reply.status(204).send();
    reply.raw.once('close', () => {
      if (reply.raw.writableEnded) return;
      giveBack(deps, assignment).catch((err: unknown) => {
        const { stageId } = assignment.lease;
        deps.log.error({ err, stageId }, 'a stage that was not delivered could not be taken back');
      });
    });
    return assignment;
  });

  const begin = { config: OPEN, schema: { body: BeginBody }, bodyLimit: JSON_LIMIT_BYTES };
  scope.post('/begin', begin, async (call) => {
    const { runnerId, lease, steps } = call.body as BeginBody;
    await requireTaken(deps, { caller: callerOf(call), runnerId }, lease);
    return deps.queue.begin(lease, steps);
  });
}

function mountReports(scope: FastifyInstance, deps: RpcDeps): void {
  const takeReports = createTakeReports(deps);
  const budget = createDeliveryBudget(DELIVERIES_BYTES);
  const bodies = createDeliveryBodies(DELIVERY_LIMIT_BYTES);
  scope.register(async (frames) => {
    frames.addHook('onRequest', async (request, reply) => {
      const announced = Number(request.headers['content-length'] ?? DELIVERY_LIMIT_BYTES);
      // What is longer than it may be is refused for that before it is read.
      const giveBack = budget.take(callerOf(request).key, Math.min(announced, DELIVERY_LIMIT_BYTES));
      // Runners take it for what passes, and come again.
      if (giveBack === undefined) return reply.status(503).send();
      finished(reply.raw, giveBack);
      return undefined;
    });
    frames.removeAllContentTypeParsers();
    frames.addContentTypeParser(
      'application/octet-stream',
      { bodyLimit: DELIVERY_LIMIT_BYTES },
      (request: FastifyRequest, payload: Readable) =>
        bodies.read(payload, Number(request.headers['content-length'] ?? DELIVERY_LIMIT_BYTES)),
    );
    frames.post<{ Body: DeliveryBody | undefined }>('/reports', { config: OPEN }, async (request) => {
      try {
        return await takeReports(callerOf(request), request.body?.bytes ?? Buffer.alloc(0));
      } finally {
        request.body?.release();
      }
    });
  });
}

/** Code, sentence and remedy; what may pass is 503, as in the other protocol. */
function answerError(
  deps: RpcDeps,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error);
  const { code, message, hint, status } = known;
  if (status >= 500) {
    const err = code === 'internal' ? error : known;
    deps.log.error({ requestId: request.id, err }, 'a call of a runner failed');
  }
  return reply.status(status >= 500 ? 503 : status).send({ code, message, hint });
}
