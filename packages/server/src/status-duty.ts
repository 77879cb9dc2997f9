import type { Config } from './config-build.ts';
import type { ConnectedServices } from './connect-services.ts';
import type { Core } from './core.ts';
import { explainBuild } from './queue/explain-waiting.ts';
import { createStatusSender, type SendStatusesDeps } from './services/send-statuses.ts';
import { repeat } from './timers/repeat.ts';

export interface StatusDutyDeps extends Pick<Core, 'db' | 'now'> {
  readonly config: Pick<Config, 'statuses'>;
  readonly log: SendStatusesDeps['log'];
  readonly services: Pick<ConnectedServices, 'all' | 'find' | 'require' | 'byName' | 'broker'>;
  /** Address that people open, without a trailing slash. */
  readonly publicUrl: string;
}

const INTERVAL_MS = 1_000;

/** Tells Git services of builds, as long as the server runs. The returned function stops it. */
export function startStatusDuty(deps: StatusDutyDeps): () => Promise<void> {
  const { db, now, config, log, services, publicUrl } = deps;
  const closing = new AbortController();
  const sender = createStatusSender({
    signal: closing.signal,
    ...{ db, now, log, services, publicUrl },
    broker: services.broker,
    rules: config.statuses,
    // The texts name no repository, so it does not matter who may know of which.
    explain: (stages) => explainBuild({ db, now, loadReadable: async () => () => true }, stages),
  });
  const stop = repeat(() => sender.pass(), {
    everyMs: INTERVAL_MS,
    onFailure: (err) => log.error({ err }, 'the commit statuses that are due could not be looked at'),
  });
  return async () => {
    closing.abort();
    await stop();
    await sender.settled();
  };
}
