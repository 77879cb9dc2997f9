import { AppError } from '@sortie/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toAppError } from '../errors.ts';
import type { RpcDeps } from './rpc-deps.ts';

/** A refusal whose answer is held back, since the runner would ask again at once. */
export class DelayedRefusal extends Error {
  readonly refusal: AppError;

  constructor(refusal: AppError) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
  }
}

/** The stage cannot be run and has ended; runners of every generation give up on 500 (runner-protocol.md 1.3). */
export class StageFailed extends Error {}

/**
 * The text of the error with its status. What may pass is 503, so that runners come back with the same call: on
 * anything else they give up, and old ones report success (W8).
 */
export async function answerRpcError(
  deps: Pick<RpcDeps, 'log' | 'sleep' | 'settings' | 'closing'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof StageFailed) return sendText(reply, 500, error.message);
  if (error instanceof DelayedRefusal) {
    await deps.sleep(deps.settings.refusalDelayMs, deps.closing);
    return sendText(reply, error.refusal.status, error.refusal.message);
  }
  const known = toAppError(error);
  if (known.code === 'runner-limit') await deps.sleep(deps.settings.refusalDelayMs, deps.closing);
  if (known.status < 500) return sendText(reply, known.status, known.message);
  deps.log.error(
    { requestId: request.id, err: known.code === 'internal' ? error : known },
    'a call of a runner failed',
  );
  return sendText(reply, 503, known.message);
}

export function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.status(status).type('text/plain; charset=utf-8').send(text);
}

/** For what a runner may not touch, or what is gone. */
export function notHeld(): AppError {
  return new AppError('lease-lost', 'The runner does not hold this stage.', {
    hint: 'Accept it first; another runner may have it, or it has ended.',
  });
}
