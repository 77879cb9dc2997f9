import { RUNNER_CONTRACT, RUNNER_CONTRACT_HEADER } from '@sortie/contract/runner-wire';
import { AppError } from '@sortie/core/errors';
import { type AskDeps, unauthorized } from './ask.ts';

/** What speaks there: our own contract, or only the protocol of official runners. */
export type ServerKind = 'sortie' | 'drone';

/** Official runners ask as often. */
const AGAIN_MS = 1000;
const REPLY_MS = 30_000;

/**
 * Waits until the server answers, which it may do long after the runner has started; `undefined` when `signal` aborts before.
 * The ping also tells the server that whatever ran here before is gone. Throws `unauthorized`.
 */
export async function greetServer(deps: AskDeps, signal: AbortSignal): Promise<ServerKind | undefined> {
  let isKnown = false;
  while (!signal.aborted) {
    try {
      const request = { method: 'POST', path: '/ping', timeoutMs: REPLY_MS } as const;
      const answer = await deps.transport.send({ ...request, signal });
      if (answer.status >= 200 && answer.status < 300) {
        return answer.headers?.[RUNNER_CONTRACT_HEADER] === RUNNER_CONTRACT ? 'sortie' : 'drone';
      }
      if (answer.status === 401 || answer.status === 403) throw unauthorized(answer);
      if (!isKnown)
        deps.log.warn({ status: answer.status }, 'the server does not answer as expected; asking on');
    } catch (err) {
      if (signal.aborted) return undefined;
      if (err instanceof AppError) throw err;
      if (!isKnown) deps.log.warn({ err }, 'the server cannot be reached; trying on');
    }
    isKnown = true;
    await deps.sleep(AGAIN_MS, signal).catch(() => undefined);
  }
  return undefined;
}
