import type { Delivery } from '@sortie/core/delivery';
import { compileGlob } from '@sortie/core/glob';
import type { HookConfig } from './config-hooks.ts';
import type { Sealer } from './seal/sealer.ts';
import type { GitServices, TokenBroker } from './services/git-service.ts';
import { createHookArrivals } from './services/hook-arrivals.ts';
import { redactBody, redactHeaders } from './services/hook-headers.ts';
import { createHookRepeats } from './services/hook-repeats.ts';
import { createHookSecrets } from './services/hook-secrets.ts';
import { serviceOfHook } from './services/hook-service.ts';
import { type HookCall, type HookResult, receiveHook } from './services/receive-hook.ts';
import { redeliver } from './services/redeliver.ts';
import { REMEMBER_SECONDS } from './services/store-hook.ts';
import type { TriggerParts } from './services/trigger-deps.ts';
import { createDeliveryWorker, type DeliveryWorker } from './services/work-off-deliveries.ts';
import { workOnHook } from './services/work-on-hook.ts';
import { removeOldDeliveries } from './store/delivery-removal.ts';

export interface HookWorkDeps extends TriggerParts {
  readonly config: HookConfig;
  readonly services: GitServices;
  readonly broker: TokenBroker;
  readonly sealer: Sealer;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** How long an answer waits for its build; 2 s unless given. */
  readonly waitMs?: number;
  /** How long the work on one webhook may take; five minutes unless given. */
  readonly budgetMs?: number;
  readonly report: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** Everything that is done about webhooks of Git services. */
export interface HookWork {
  readonly config: HookConfig;
  readonly worker: DeliveryWorker;
  receive(call: HookCall): Promise<HookResult>;
  /** Whether the headers are those of a connected service. */
  isFromService(headers: HookCall['headers']): boolean;
  /** See `redeliver`. */
  redeliver(delivery: Delivery): Promise<Delivery>;
  /** Removes what need not be remembered any more; returns how many. */
  removeOld(): Promise<number>;
}

const WAIT_MS = 2_000;
/** So many webhooks that are being answered at once are a flood. */
const FLOOD = 8;
const DUMP_BYTES = 64 * 1024;
/** Deliveries of one repository that are kept. */
const KEEP = 5_000;
const REMOVED_AT_ONCE = 2_000;

/** Puts together how webhooks are received, worked off and forgotten. Starts nothing. */
export function openHookWork(deps: HookWorkDeps): HookWork {
  const { db, now, nowMs, sealer, services, config } = deps;
  const ignored = config.ignoredRepos.map((pattern) => compileGlob(pattern));
  let answering = 0;
  const worker = createDeliveryWorker({
    isFlooded: () => answering >= FLOOD,
    ...{ db, nowMs, reportFailure: deps.reportFailure },
    connectionIds: services.all.map(({ connection }) => connection.id),
    work: (held) => workOnHook(deps, held),
  });
  const receiving = {
    ...{ db, sealer, now, services, worker, broker: deps.broker },
    secrets: createHookSecrets({ sealer, now, proxySecret: config.proxySecret }),
    repeats: createHookRepeats(now),
    arrivals: createHookArrivals(db, now),
    isIgnored: (slug: string) => ignored.some((matches) => matches(slug)),
    waitMs: deps.waitMs ?? WAIT_MS,
  };
  return {
    config,
    worker,
    async receive(call) {
      if (config.isDumped) deps.report(dump(call), 'a webhook arrived');
      answering += 1;
      try {
        return await receiveHook(receiving, call);
      } finally {
        answering -= 1;
      }
    },
    isFromService: (headers) => serviceOfHook(services, headers) !== undefined,
    redeliver: (delivery) => redeliver({ db, now, worker }, delivery),
    async removeOld() {
      const removal = { before: now() - REMEMBER_SECONDS, keep: KEEP, limit: REMOVED_AT_ONCE };
      let removed = 0;
      for (;;) {
        const count = await removeOldDeliveries(db, removal);
        removed += count;
        if (count < REMOVED_AT_ONCE) return removed;
      }
    },
  };
}

function dump({ headers, rawBody }: HookCall): Readonly<Record<string, unknown>> {
  return {
    headers: redactHeaders(headers),
    body: redactBody(rawBody, DUMP_BYTES),
    bytes: rawBody.byteLength,
  };
}
