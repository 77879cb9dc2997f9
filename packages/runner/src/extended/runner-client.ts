import { crc32 } from 'node:zlib';
import type { Assignment, RunnerService, StepDraft } from '@sortie/contract/runner';
import type { RunnerChecks } from '@sortie/contract/runner-checks';
import { createFrameCodec, type Frame } from '@sortie/contract/runner-frames';
import { type DeliveryReply, RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import { AppError, ERROR_CODES, type ErrorCode } from '@sortie/core/errors';
import type { Lease, RunnerIdentity } from '@sortie/core/runner';
import { passing, readJson, unauthorized } from '../rpc/ask.ts';
import { jsonBody, type RpcAnswer, type RpcRequest, type Transport } from '../rpc/transport.ts';

/** The calls of our own contract, each tried once. What may pass rejects with an error that is no `AppError` below 500. */
export interface RunnerClient {
  hello(runner: RunnerIdentity, held: readonly Lease[]): Promise<void>;
  request(
    runner: RunnerIdentity,
    options: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<Assignment | undefined>;
  heartbeat(lease: Lease): Promise<{ readonly isCancelled: boolean }>;
  /** True when the stage is over for this runner, false when the server wants to be asked again. */
  watch(lease: Lease, signal: AbortSignal): Promise<boolean>;
  begin(lease: Lease, steps: readonly StepDraft[]): ReturnType<RunnerService['begin']>;
  /** Reports in order; tells how many were taken. Of a lost lease (`isLate`) only logs are. */
  deliver(lease: Lease, reports: readonly Frame[], isLate: boolean): Promise<DeliveryReply>;
}

export interface RunnerClientOptions {
  readonly transport: Transport;
  readonly checks: RunnerChecks;
  /** Kept in the data folder. */
  readonly runnerId: string;
  /** Aborts when the process must end at once. */
  readonly signal: AbortSignal;
}

/** Answers that are long in coming are no answers; those that the server holds back come within a minute. */
const REPLY_MS = 60_000;
const HOLD_MS = 120_000;
const FRAMES = createFrameCodec(crc32);

export function createRunnerClient(options: RunnerClientOptions): RunnerClient {
  const { transport, checks, runnerId, signal } = options;

  async function post(path: string, body: object, options: Partial<RpcRequest> = {}): Promise<RpcAnswer> {
    const given = { ...body, runnerId };
    return send({ path, body: jsonBody(given), contentType: 'application/json', ...options });
  }

  async function send(call: Pick<RpcRequest, 'path' | 'body' | 'contentType'> & Partial<RpcRequest>) {
    const ended = call.signal === undefined ? signal : AbortSignal.any([signal, call.signal]);
    const request = { timeoutMs: REPLY_MS, ...call, signal: ended };
    const answer = await transport.send({ ...request, method: 'POST', prefix: RUNNER_PREFIX });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(answer);
  }

  return {
    async hello(runner, held) {
      await post('/hello', { runner, held });
    },
    async request(runner, { waitMs, signal: accepting }) {
      const answer = await post('/request', { runner, waitMs }, { signal: accepting, timeoutMs: HOLD_MS });
      return answer.status === 204 ? undefined : checked(checks.isAssignment, answer);
    },
    heartbeat: async (lease) => checked(checks.isHeartbeatReply, await post('/heartbeat', { lease })),
    async watch(lease, ended) {
      const answer = await post('/watch', { lease }, { signal: ended, timeoutMs: HOLD_MS });
      return checked(checks.isWatchReply, answer).isOver;
    },
    begin: async (lease, steps) => checked(checks.isBeginReply, await post('/begin', { lease, steps })),
    async deliver(lease, reports, isLate) {
      const head = FRAMES.parts({ kind: 'delivery', runnerId, lease, isLate });
      const parts = [...head, ...reports.flatMap((report) => FRAMES.parts(report.head, report.data))];
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      const body = { bytes, parts: () => parts };
      const contentType = 'application/octet-stream';
      return checked(checks.isDeliveryReply, await send({ path: '/reports', body, contentType }));
    },
  };
}

/** An answer of another form was changed on the way, or a newer server has sent it: it may pass. */
function checked<T>(isReply: (value: unknown) => value is T, answer: RpcAnswer): T {
  const value = readJson(answer);
  if (isReply(value)) return value;
  throw new Error('the server answered something that is not of the contract');
}

/** The error that the answer stands for; what the server does not say in its own words may pass. */
function refusal(answer: RpcAnswer): Error {
  if (answer.status === 401 || answer.status === 403) return unauthorized(answer);
  if (answer.status < 400 || answer.status >= 500) return passing(answer);
  const said = tryJson(answer);
  return toAppError(said) ?? passing(answer);
}

function tryJson(answer: RpcAnswer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The listed error that the server has named; `undefined` when it has named none. */
export function toAppError(said: unknown): AppError | undefined {
  if (typeof said !== 'object' || said === null || !('code' in said) || !('message' in said))
    return undefined;
  const { code, message } = said;
  if (typeof code !== 'string' || !isListed(code) || typeof message !== 'string') return undefined;
  const hint = 'hint' in said && typeof said.hint === 'string' ? said.hint : undefined;
  return new AppError(code, message, hint === undefined ? {} : { hint });
}

function isListed(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
