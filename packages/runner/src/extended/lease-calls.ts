import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import type { Clock } from '@sortie/engine/clock';
import { retry } from '../retry.ts';
import type { RunnerLog } from '../stage-run.ts';
import type { RunnerClient } from './runner-client.ts';

export interface LeaseCallDeps {
  readonly client: Pick<RunnerClient, 'heartbeat' | 'watch'>;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly log: RunnerLog;
  /** Aborts when the process must end at once. */
  readonly signal: AbortSignal;
}

/** A confirmation that does not arrive in so many tries comes too late: the offer has ended. */
const CONFIRM_ATTEMPTS = 5;
const WATCH_AGAIN_MS = 2000;
const QUICK_MS = 250;
const QUICK_WAIT_MS = 1000;

/** Servers hold a request that they have nothing for; whatever answers at once would be asked for ever. */
export async function pauseAfterQuickAnswer(
  { clock, sleep, random }: LeaseCallDeps,
  askedMs: number,
  accepting: AbortSignal,
): Promise<void> {
  if (clock.now() - askedMs >= QUICK_MS) return;
  await sleep(QUICK_WAIT_MS * (0.5 + random() / 2), accepting).catch(() => undefined);
}

/** The first heartbeat takes the stage; without it the server gives it to somebody else. */
export async function confirm(options: LeaseCallDeps, lease: Lease): Promise<boolean> {
  const { client, signal, sleep, random, log } = options;
  const onRetry = (err: unknown, attempt: number, waitMs: number): void =>
    log.warn({ ...lease, err, attempt, waitMs }, 'a stage could not be taken yet');
  try {
    const maxAttempts = CONFIRM_ATTEMPTS;
    await retry(() => client.heartbeat(lease), { signal, sleep, random, maxAttempts, onRetry });
    return true;
  } catch (err) {
    if (!signal.aborted) log.warn({ ...lease, err }, 'a stage that was offered could not be taken');
    return false;
  }
}

/** Asks on until the server says that the stage is over, or `ended` aborts. */
export async function watch(options: LeaseCallDeps, lease: Lease, ended: AbortSignal): Promise<void> {
  const { client, sleep, random, log } = options;
  while (!ended.aborted) {
    try {
      if (await client.watch(lease, ended)) return;
    } catch (err) {
      if (err instanceof AppError && err.code === 'lease-lost') return;
      if (ended.aborted) return;
      log.warn({ ...lease, err }, 'the watch over a stage broke off');
      await sleep(WATCH_AGAIN_MS * (0.5 + random()), ended).catch(() => undefined);
    }
  }
}
