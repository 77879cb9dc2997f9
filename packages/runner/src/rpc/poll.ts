import type { RunnerIdentity } from '@sortie/core/runner';
import { type AskDeps, passing, readJson, unauthorized } from './ask.ts';
import { integerOf, toObject, type WireObject } from './read-members.ts';
import { jsonBody } from './transport.ts';

/** Servers hold a poll for up to a minute. */
const POLL_MS = 120_000;
/** A stage that came too late for its poll is the server's again after that. */
const LEFT_MS = 10_000;
/** An answer within this was not held, so that asking again at once could go round and round. */
const QUICK_MS = 1000;
const MAX_QUICK = 3;

export interface Poller {
  /** The next stage that the server offers, `undefined` when it had none while it held the poll. Throws what may pass. */
  next(runner: RunnerIdentity, signal: AbortSignal): Promise<WireObject | undefined>;
}

/** Asks for work of every type of the runner at once, as the protocol knows one type per question. */
export function createPoller(deps: AskDeps & { readonly nowMs: () => number }): Poller {
  const left: { readonly stage: WireObject; readonly atMs: number }[] = [];
  let quick = 0;

  async function poll(
    runner: RunnerIdentity,
    type: string,
    signal: AbortSignal,
  ): Promise<WireObject | undefined> {
    const { platform, labels } = runner;
    const filter = {
      kind: 'pipeline',
      type,
      os: platform.os,
      arch: platform.arch,
      variant: platform.variant,
      kernel: platform.version,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    };
    const request = { method: 'POST', path: '/stage', body: jsonBody(filter), timeoutMs: POLL_MS } as const;
    const answer = await deps.transport.send({ ...request, signal });
    if (answer.status === 204) return undefined;
    if (answer.status === 401 || answer.status === 403) throw unauthorized(answer);
    if (answer.status < 200 || answer.status >= 300) throw passing(answer);
    const stage = toObject(readJson(answer));
    return integerOf(stage, 'id') > 0 ? stage : undefined;
  }

  /** Takes the first stage, and keeps what arrives beside it for the next who asks. */
  async function race(runner: RunnerIdentity, signal: AbortSignal): Promise<WireObject | undefined> {
    const settled = new AbortController();
    const polls = runner.types.map(async (type) => {
      const stage = await poll(runner, type, AbortSignal.any([signal, settled.signal]));
      if (stage === undefined) return undefined;
      if (settled.signal.aborted) left.push({ stage, atMs: deps.nowMs() });
      else settled.abort(new Error('another question was answered first'));
      return stage;
    });
    const first = firstOf(polls);
    return first.finally(() => settled.abort(new Error('the question is over')));
  }

  return {
    async next(runner, signal) {
      const kept = left.shift();
      if (kept !== undefined && deps.nowMs() - kept.atMs < LEFT_MS) return kept.stage;
      const begunMs = deps.nowMs();
      const stage = await race(runner, signal);
      if (stage !== undefined || deps.nowMs() - begunMs >= QUICK_MS) {
        quick = 0;
        return stage;
      }
      quick += 1;
      const waitMs = Math.min(10_000, 250 * 2 ** (quick - MAX_QUICK)) * (0.5 + deps.random() / 2);
      if (quick >= MAX_QUICK) await deps.sleep(waitMs, signal).catch(() => undefined);
      return undefined;
    },
  };
}

/** The first stage; `undefined` when all polls end without one. The first failure counts when nothing else came. */
async function firstOf(polls: readonly Promise<WireObject | undefined>[]): Promise<WireObject | undefined> {
  const found = Promise.withResolvers<WireObject | undefined>();
  const all = Promise.allSettled(
    polls.map((poll) =>
      poll.then((stage) => {
        if (stage !== undefined) found.resolve(stage);
      }),
    ),
  );
  void all.then((results) => {
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) found.resolve(undefined);
    else found.reject(failed.reason);
  });
  return found.promise;
}
