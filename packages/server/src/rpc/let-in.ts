import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticate } from './authenticate.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The runner that calls; set before the body is read. */
    rpcCaller: RpcCaller | undefined;
  }
}

/** Checks who calls before the body is read, and answers those that may not. */
export async function letIn(
  deps: RpcDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const given = request.headers['x-drone-token'];
  // One runner may come over both kinds of addresses of a socket.
  const address = request.ip.replace(/^::ffff:(?=\d+\.)/i, '');
  const caller = await authenticate(deps, typeof given === 'string' ? given : '', address);
  if (caller === 'closed' || caller === 'refused') {
    await deps.sleep(deps.settings.refusalDelayMs, deps.closing);
    return reply.status(caller === 'closed' ? 403 : 401).send();
  }
  request.rpcCaller = caller;
  return undefined;
}

/** Whom `letIn` has let in. */
export function callerOf(request: FastifyRequest): RpcCaller {
  if (request.rpcCaller === undefined) throw new Error('the runner has not been checked');
  return request.rpcCaller;
}
