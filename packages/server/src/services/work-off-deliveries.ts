import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '../store/db.ts';
import {
  claimDelivery,
  type DueDelivery,
  freeDeliveries,
  listDueDeliveries,
  renewClaims,
} from '../store/delivery-claims.ts';

/** A delivery that this server holds. */
export type HeldDelivery = Pick<DueDelivery, 'id' | 'repoId'>;

export interface DeliveryWorkerDeps {
  readonly db: Db;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** The connections whose deliveries are worked off. */
  readonly connectionIds: readonly number[];
  /** Settles the delivery unless somebody else has; rejects only when the store fails. */
  readonly work: (held: HeldDelivery) => Promise<void>;
  readonly reportFailure: (message: string, error: unknown) => void;
  /** Many webhooks come in right now: their answers go before builds. */
  readonly isFlooded?: () => boolean;
}

/** Works off stored deliveries: those of one repository one after the other, of several repositories at once. */
export interface DeliveryWorker {
  /** How many wait or are being worked on. */
  readonly load: number;
  /** Until when a delivery that is stored now is held; `renew` holds it longer. */
  claimUntilMs(): number;
  /** Queues stored deliveries; resolves when all of them are settled, or given up. Never rejects. */
  add(deliveries: readonly HeldDelivery[]): Promise<void>;
  /** To be called more often than once in half a minute where several servers share a database. */
  renew(): Promise<void>;
  /** Takes up what nobody works on any more, and returns how many those were. */
  resume(): Promise<number>;
  /** As `resume`, for the start of a server that has its database for itself. */
  resumeAll(): Promise<number>;
  /** Takes nothing further; resolves when what is under way has ended, or after some seconds. */
  stop(): Promise<void>;
}

const AT_ONCE = 4;
/** One delivery may take this long (scm.md 4.4). */
export const DELIVERY_BUDGET_MS = 5 * 60_000;
/**
 * A server that has not renewed its claims for so long is gone. Should it only have been slow, two work on the same
 * delivery, and what the second one finds is thrown away.
 */
const CLAIM_MS = 60_000;
const STOP_MS = 5_000;
const PAGE = 200;

interface Waiting {
  readonly held: HeldDelivery;
  readonly settle: () => void;
}

export function createDeliveryWorker(deps: DeliveryWorkerDeps): DeliveryWorker {
  const { db, nowMs } = deps;
  /** By repository; one that has a list is either in `ready` or being worked for. */
  const queues = new Map<number, Waiting[]>();
  const ready: number[] = [];
  const known = new Set<number>();
  const running = new Set<Promise<void>>();
  let isStopped = false;

  const workOff = async ({ held, settle }: Waiting): Promise<void> => {
    try {
      await deps.work(held);
    } catch (error) {
      // Its claim runs out, and somebody takes it up again.
      deps.reportFailure('a stored delivery could not be worked off', error);
    } finally {
      known.delete(held.id);
      settle();
    }
  };
  const next = (): Waiting | undefined => {
    const repoId = ready.shift();
    return repoId === undefined ? undefined : queues.get(repoId)?.shift();
  };
  const pump = (): void => {
    // One always goes on, and looks again when it has ended.
    while (running.size < (deps.isFlooded?.() === true ? 1 : AT_ONCE) && !isStopped) {
      const waiting = next();
      if (waiting === undefined) return;
      const { repoId } = waiting.held;
      const task = workOff(waiting).finally(() => {
        running.delete(task);
        if ((queues.get(repoId)?.length ?? 0) > 0) ready.push(repoId);
        else queues.delete(repoId);
        pump();
      });
      running.add(task);
    }
  };
  const enqueue = (held: HeldDelivery): Promise<void> =>
    new Promise((settle) => {
      // Stored it is; the next start takes it up.
      if (isStopped) return settle();
      known.add(held.id);
      const queue = queues.get(held.repoId);
      if (queue !== undefined) queue.push({ held, settle });
      else {
        queues.set(held.repoId, [{ held, settle }]);
        ready.push(held.repoId);
      }
    });
  const add = async (deliveries: readonly HeldDelivery[]): Promise<void> => {
    const settled = deliveries.map(enqueue);
    pump();
    await Promise.all(settled);
  };
  const takeOver = async (due: readonly DueDelivery[]): Promise<number> => {
    let count = 0;
    for (const one of due) {
      if (known.has(one.id) || !(await claimDelivery(db, one, nowMs() + CLAIM_MS))) continue;
      void add([one]);
      count += 1;
    }
    return count;
  };
  const resume = async (): Promise<number> => {
    let count = 0;
    for (let after = 0; !isStopped; ) {
      const { connectionIds } = deps;
      const due = await listDueDeliveries(db, { nowMs: nowMs(), connectionIds, after, limit: PAGE });
      count += await takeOver(due);
      after = due.at(-1)?.id ?? 0;
      if (due.length < PAGE) break;
    }
    return count;
  };
  return {
    get load() {
      return known.size;
    },
    claimUntilMs: () => nowMs() + CLAIM_MS,
    add,
    renew: () => renewClaims(db, [...known], nowMs() + CLAIM_MS),
    resume,
    async resumeAll() {
      await freeDeliveries(db);
      return resume();
    },
    async stop() {
      isStopped = true;
      const waiting = [...queues.values()].flat();
      queues.clear();
      ready.length = 0;
      for (const { settle } of waiting) settle();
      const limit = new AbortController();
      await Promise.race([
        Promise.all(running),
        pause(STOP_MS, undefined, { signal: limit.signal, ref: false }).catch(ignore),
      ]);
      limit.abort();
    },
  };
}

function ignore(): void {
  // The wait was cut short, as intended.
}
