import type { CronJob } from '@sortie/core/cron-job';
import type { Config } from './config-build.ts';
import type { Signal } from './events/signal.ts';
import { runDueCrons } from './services/run-due-crons.ts';
import { zoneOffset } from './services/time-zone.ts';
import type { TriggerParts } from './services/trigger-deps.ts';
import type { TriggerOutcome } from './services/trigger-request.ts';
import { findNextDue } from './store/crons.ts';
import { startCronTimer } from './timers/cron.ts';

export interface CronDutyDeps extends Omit<TriggerParts, 'convert' | 'reportFailure'> {
  readonly config: Pick<Config, 'cron' | 'convert'>;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
    error(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  readonly nowMs: () => number;
  /** Fired when jobs have changed. */
  readonly changed: Signal;
}

/** Starts cron jobs when they are due, unless `DRONE_CRON_DISABLED`. The returned function stops it. */
export function startCronDuty(deps: CronDutyDeps): () => Promise<void> {
  const { config, log, db, nowMs, changed } = deps;
  if (!config.cron.isEnabled) return async () => undefined;
  const reportFailure = (message: string, err: unknown): void => log.error({ err }, message);
  const reportCron = (job: CronJob, slug: string, outcome: TriggerOutcome): void => {
    const fields = { cron: job.name, repo: slug };
    if (outcome.kind === 'skipped') {
      log.warn({ ...fields, reason: outcome.code }, `a cron job built nothing: ${outcome.message}`);
    } else {
      log.info({ ...fields, build: outcome.build.number }, 'a cron job started a build');
    }
  };
  const offsetAt = zoneOffset(config.cron.timeZone);
  const due = { ...deps, convert: config.convert, offsetAt, reportFailure, reportCron };
  return startCronTimer({
    look: () => runDueCrons(due),
    findNextDue: () => findNextDue(db),
    changed,
    nowMs,
    intervalMs: config.cron.intervalMs,
    onFailure: (error) => reportFailure('due cron jobs could not be looked for', error),
  });
}
