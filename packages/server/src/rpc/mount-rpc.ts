import { RUNNER_CONTRACT, RUNNER_CONTRACT_HEADER } from '@sortie/contract/runner-wire';
import { toWireStage } from '@sortie/contract/stages';
import { AppError } from '@sortie/core/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { touchRpcPeer } from '../store/rpc-leases.ts';
import { createAcceptances } from './accept-together.ts';
import { answerRpcError, DelayedRefusal, sendText } from './answer-error.ts';
import { goneSignal } from './gone-signal.ts';
import { findOwnStep, renewHeld } from './held-stage.ts';
import { callerOf, letIn } from './let-in.ts';
import { mountRpcLogRoutes } from './logs-routes.ts';
import { mountRunner } from './mount-runner.ts';
import { createOffers, type Offers } from './offer-stages.ts';
import { readFilter } from './read-filter.ts';
import { readWire } from './read-wire.ts';
import { createRegistry, type Registry } from './registry.ts';
import { reportStage } from './report-stage.ts';
import { requestStage, takeBack } from './request-stage.ts';
import type { RpcDeps } from './rpc-deps.ts';
import { loadContext } from './stage-context.ts';
import { answerUnknown } from './unknown-path.ts';
import { updateStepOf } from './update-step.ts';
import { createWatchBuild } from './watch-build.ts';

const PREFIX = '/rpc/v2';
/** A stage may have 10,000 steps. */
const BODY_LIMIT_BYTES = 16 * 2 ** 20;
/** The server checks runners itself, before anything else. */
const OPEN = { config: { access: 'open' } } as const;

export interface MountRpcDeps extends RpcDeps {
  /** What a log may hold. */
  readonly logLimitBytes: number;
}

/** Mounts the protocol of official Drone runners (runner-protocol.md 1.2); it has errors, bodies and tokens of its own. */
export function mountRpc(app: FastifyInstance, deps: MountRpcDeps): void {
  const registry = createRegistry(deps);
  app.register(
    async (rpc) => {
      rpc.removeAllContentTypeParsers();
      rpc.addContentTypeParser(
        '*',
        { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
        async (_request: FastifyRequest, body: Buffer) => body,
      );
      rpc.decorateRequest('rpcCaller', undefined);
      rpc.addHook('onRequest', (request, reply) => letIn(deps, request, reply));
      rpc.setErrorHandler((error, request, reply) => answerRpcError(deps, error, request, reply));
      rpc.setNotFoundHandler((request, reply) => answerUnknown(PREFIX, request, reply));
      mountPresence(rpc, deps);
      mountStages(rpc, deps, registry);
      mountWatch(rpc, deps, registry);
      mountLogs(rpc, deps);
    },
    { prefix: PREFIX },
  );
  mountRunner(app, deps);
}

function mountPresence(rpc: FastifyInstance, deps: RpcDeps): void {
  rpc.post('/ping', OPEN, async (request, reply) => {
    await touchRpcPeer(deps.db, callerOf(request).key, deps.nowMs(), true);
    return reply.header(RUNNER_CONTRACT_HEADER, RUNNER_CONTRACT).status(200).send();
  });
  // No official runner has ever called these; other ones may.
  rpc.post('/nodes/:machine', OPEN, async (_request, reply) => reply.status(200).send());
  rpc.delete('/nodes/:machine', OPEN, async (_request, reply) => reply.status(200).send());
}

function mountStages(rpc: FastifyInstance, deps: RpcDeps, registry: Registry): void {
  const offers = createOffers(deps);
  const acceptOffer = createAcceptances({ ...deps, registry });
  const polled = { ...deps, registry, offers };
  rpc.post('/stage', OPEN, (request, reply) => answerPoll(polled, request, reply));

  rpc.post('/stage/:stage', OPEN, async (request, reply) => {
    const { machine = '' } = request.query as { readonly machine?: string };
    const input = { caller: callerOf(request), stageId: idOf(request, 'stage'), machine };
    const stage = await acceptOffer(input);
    await registry.touch(input.caller, stage.leaseRunner);
    return sendJsonText(reply, JSON.stringify(toWireStage({ ...stage, steps: [] })));
  });

  rpc.get('/stage/:stage', { ...OPEN, exposeHeadRoute: false }, async (request, reply) => {
    const context = await loadContext(deps, callerOf(request), idOf(request, 'stage'));
    return sendJsonText(reply, JSON.stringify(context));
  });

  rpc.put('/stage/:stage', OPEN, async (request, reply) => {
    const caller = callerOf(request);
    const { answer, holder } = await reportStage(deps, caller, idOf(request, 'stage'), bodyOf(request));
    await registry.touch(caller, holder);
    return sendJsonText(reply, answer);
  });

  rpc.put('/step/:step', OPEN, async (request, reply) => {
    const caller = callerOf(request);
    const { answer, holder } = await updateStepOf(deps, caller, idOf(request, 'step'), bodyOf(request));
    await registry.touch(caller, holder);
    return sendJsonText(reply, answer);
  });
}

async function answerPoll(
  deps: RpcDeps & { readonly registry: Registry; readonly offers: Offers },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const filter = readPoll(request);
  const gone = goneSignal(reply);
  const signal = AbortSignal.any([gone, deps.closing]);
  const stage = await requestStage(deps, callerOf(request), filter, signal);
  if (stage === undefined) {
    if (gone.aborted) return reply.hijack();
    if (deps.closing.aborted) return sendText(reply, 503, 'The server stops.');
    return deps.settings.emptyPollStatus === 204 ? reply.status(204).send() : sendJsonText(reply, '{}');
  }
  reply.raw.once('close', () => {
    if (reply.raw.writableEnded) return;
    takeBack(deps, stage).catch((err: unknown) => {
      deps.log.error({ err, stageId: stage.id }, 'a stage that was not delivered could not be taken back');
    });
  });
  return sendJsonText(reply, JSON.stringify(toWireStage({ ...stage, steps: [] })));
}

/** A runner that sends nonsense would do so again at once. */
function readPoll(request: FastifyRequest) {
  try {
    return readFilter(readWire(request.body));
  } catch (error) {
    if (error instanceof AppError) throw new DelayedRefusal(error);
    throw error;
  }
}

function mountWatch(rpc: FastifyInstance, deps: RpcDeps, registry: Registry): void {
  const watchBuild = createWatchBuild({ ...deps, registry });
  rpc.post('/build/:build/watch', OPEN, async (request, reply) => {
    const gone = goneSignal(reply);
    const signal = AbortSignal.any([gone, deps.closing]);
    const result = await watchBuild(callerOf(request), idOf(request, 'build'), signal);
    if (gone.aborted) return reply.hijack();
    if (result === 'timeout' && deps.closing.aborted) return sendText(reply, 503, 'The server stops.');
    return reply.status(result === 'stop' ? 200 : 204).send();
  });
}

function mountLogs(rpc: FastifyInstance, deps: MountRpcDeps): void {
  mountRpcLogRoutes(rpc, {
    db: deps.db,
    logs: deps.logs,
    limitBytes: deps.logLimitBytes,
    now: () => Math.floor(deps.nowMs() / 1000),
    runnerKeyOf: (request) => String(callerOf(request).tokenId),
    stepOf: async (tokenId, stepId) => {
      const own = await findOwnStep(deps.db, Number(tokenId), stepId);
      if (own === undefined) return undefined;
      const { step, stage, held } = own;
      if (held !== undefined) await renewHeld(deps.db, deps, held);
      return { repoId: stage.repoId, buildId: stage.buildId, step };
    },
  });
}

/** No id is like anything but digits. */
function idOf(request: FastifyRequest, name: string): number {
  const text = (request.params as Readonly<Record<string, string>>)[name] ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AppError('not-found', `There is no such ${name}.`);
}

function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.status(200).type('application/json; charset=utf-8').send(text);
}
