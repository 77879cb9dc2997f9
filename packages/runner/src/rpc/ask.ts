import { AppError } from '@sortie/core/errors';
import { retry } from '../retry.ts';
import type { RunnerLog } from '../stage-run.ts';
import type { RpcAnswer, RpcRequest, Transport } from './transport.ts';

export interface AskDeps {
  readonly transport: Transport;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly log: RunnerLog;
}

/** What came back, and whether an earlier try of the same call may have reached the server. */
export interface Asked extends RpcAnswer {
  readonly isRepeat: boolean;
}

/** Official servers answer 500 to passing trouble as well; so often such a call is tried before it counts. */
const FAULT_ATTEMPTS = 5;
/** Answers of the server that are long in coming are no answers; uploads take their time. */
const REPLY_MS = 60_000;
const UPLOAD_MS = 600_000;

/**
 * Sends a report until the server has an answer to it (runner-protocol.md 1.3): 2xx, or a refusal. Trouble on the way,
 * 204, which stands for "later", and 502 and above are repeated without end, 500 and 501 a few times.
 */
export async function ask(
  deps: AskDeps,
  request: Omit<RpcRequest, 'timeoutMs' | 'signal'>,
  signal: AbortSignal,
): Promise<Asked> {
  let faults = 0;
  let isRepeat = false;
  const timeoutMs = request.path.endsWith('/logs/upload') ? UPLOAD_MS : REPLY_MS;
  return retry(
    async () => {
      const answer = await deps.transport.send({ ...request, timeoutMs, signal });
      if (answer.status === 204 || answer.status >= 502) throw passing(answer);
      const isFault = answer.status >= 500 && !isConflict(answer) && !isDuplicate(answer);
      if (isFault && ++faults < FAULT_ATTEMPTS) throw passing(answer);
      return { ...answer, isRepeat };
    },
    {
      signal,
      sleep: deps.sleep,
      random: deps.random,
      onRetry: (err, attempt, waitMs) => {
        isRepeat = true;
        const { method, path } = request;
        deps.log.warn(
          { call: `${method} ${path}`, err, attempt, waitMs },
          'a call of the server is repeated',
        );
      },
    },
  );
}

/** Official servers say 409, or 500 with this text when a finished step is reported (runner-protocol.md 1.2). */
export function isConflict({ status, text }: RpcAnswer): boolean {
  return status === 409 || (status >= 500 && /optimistic lock/i.test(text));
}

/** The database of an official server keeps the first upload of a log and refuses further ones with its own words. */
export function isDuplicate({ status, text }: RpcAnswer): boolean {
  return status >= 500 && /unique|duplicate/i.test(text);
}

/** Throws `lease-lost` for a conflict, `unauthorized`, or `invalid-request` with the words of the server. */
export function requireSuccess(answer: RpcAnswer, what: string): void {
  if (answer.status >= 200 && answer.status < 300) return;
  if (isConflict(answer)) {
    throw new AppError('lease-lost', `The server says that ${what} is no longer this runner's to report.`, {
      hint: 'Somebody cancelled the build, or another runner has the stage.',
    });
  }
  if (answer.status === 401 || answer.status === 403) throw unauthorized(answer);
  throw new AppError('invalid-request', `The server refuses ${what}: ${wordsOf(answer)}`);
}

export function unauthorized(answer: RpcAnswer): AppError {
  return new AppError('unauthorized', `The server does not accept this runner (${answer.status}).`, {
    hint: 'DRONE_RPC_SECRET must be a runner token of the server, or its DRONE_RPC_SECRET.',
  });
}

/** Parsed JSON. An answer that is none is a passing failure: something between changed it. */
export function readJson(answer: RpcAnswer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch (error) {
    throw new Error('the server answered something that is not JSON', { cause: error });
  }
}

export function passing(answer: RpcAnswer): Error {
  return new Error(`the server answered ${wordsOf(answer)}`);
}

function wordsOf({ status, text }: RpcAnswer): string {
  const words = text.trim().slice(0, 500);
  return words === '' ? String(status) : `${status} ${words}`;
}
