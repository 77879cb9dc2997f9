import type { Core } from './core.ts';
import { startCronDuty } from './cron-duty.ts';
import type { BuiltinHost } from './git-host.ts';
import { recover, recoverOwed } from './recover.ts';
import { createClockWatch } from './services/clock-watch.ts';
import { removeOldBuilds } from './services/remove-old-builds.ts';
import { SWEEP_DEFAULTS, sweep } from './services/sweep.ts';
import type { StartOptions } from './start-options.ts';
import { extendLeasesOverOutage } from './store/runner-leases.ts';
import { repeat } from './timers/repeat.ts';

/** How long the Git data of a removed repository can still be rescued by hand (scm.md 7.6). */
const TRASH_SECONDS = 7 * 86_400;
const TRASH_INTERVAL_MS = 3_600_000;
/** Builds are kept a few minutes longer than was asked for at most. */
const RETENTION_INTERVAL_MS = 600_000;

/** What the server does without being asked: recovery of interrupted pushes, the sweep, cron jobs. */
export function startDuties(
  { config, log }: Pick<StartOptions, 'config' | 'log'>,
  core: Core,
  host: BuiltinHost | undefined,
  publicUrl: string,
): () => Promise<void> {
  const { db, logs, events, queue, now, nowMs, builtinConnectionId } = core;
  const closing = new AbortController();
  const recovery = host && { ...host, builtinConnectionId, log, signal: closing.signal };
  const recovered = recovery === undefined ? Promise.resolve() : recover(recovery);
  const recovering = recovered.catch((err: unknown) => {
    if (!closing.signal.aborted) log.error({ err }, 'interrupted pushes could not be taken up again');
  });
  // What ended while no server was there has to be heard before anything is called overdue.
  const listenUntil = performance.now() + queue.leaseMs;
  const sweepOptions = () =>
    performance.now() < listenUntil
      ? { ...SWEEP_DEFAULTS, graceMs: Number.POSITIVE_INFINITY }
      : SWEEP_DEFAULTS;
  const clock = createClockWatch({
    ...{ db, nowMs, elapsedMs: () => performance.now(), everyMs: config.queue.sweepIntervalMs },
    leaseMs: {
      ...{ '': queue.leaseMs, runner: queue.leaseMs },
      ...{ rpc: config.rpc.leaseMs, 'rpc-offer': config.rpc.offerMs },
    },
  });
  const pass = async (): Promise<void> => {
    if (recovery !== undefined) await recoverOwed(recovery);
    const report = await clock.run((jumps) =>
      sweep({ db, logs, events, queue, now, nowMs }, { ...sweepOptions(), jumps }),
    );
    const hasDone = report.expired.length + report.advancedIds.length + report.cancelledIds.length > 0;
    if (hasDone) log.warn({ ...report }, 'the sweep had to step in');
  };
  const onFailure = (err: unknown): void => log.error({ err }, 'the sweep failed');
  const forgive = async (): Promise<void> => {
    await extendLeasesOverOutage(db, 'rpc', nowMs() + config.rpc.leaseMs);
    await extendLeasesOverOutage(db, 'runner', nowMs() + queue.leaseMs);
  };
  const firstPass = forgive().then(pass).catch(onFailure);
  const stopSweep = repeat(pass, { everyMs: config.queue.sweepIntervalMs, onFailure });
  const emptyTrash = async (): Promise<void> => void (await host?.host.purgeTrash(TRASH_SECONDS));
  const stopTrash = repeat(emptyTrash, {
    everyMs: TRASH_INTERVAL_MS,
    onFailure: (err) => log.error({ err }, 'removed repositories could not be deleted from the disk'),
  });
  const stopRetention = startRetention({ config, log }, core, closing.signal);
  const stopCron = startCronDuty({
    ...{ config, log, db, events, queue, now, nowMs },
    sealer: core.sealer,
    changed: core.cronChanged,
    instance: new URL(publicUrl).hostname,
    sourceOf: (repo) => core.sources.get(repo.connectionId),
  });
  return async () => {
    closing.abort();
    await Promise.all([recovering, firstPass, stopSweep(), stopTrash(), stopRetention(), stopCron()]);
  };
}

/** Removes old builds at once and then from time to time, where the settings say so. */
function startRetention(
  { config, log }: Pick<StartOptions, 'config' | 'log'>,
  { db, logs, now }: Core,
  signal: AbortSignal,
): () => Promise<void> {
  const seconds = Math.ceil(config.retention.buildsMs / 1000);
  if (seconds === 0) return async () => undefined;
  const pass = async (): Promise<void> => {
    const count = await removeOldBuilds({ db, logs, signal }, now() - seconds);
    if (count > 0) log.info({ count }, 'old builds were removed');
  };
  const onFailure = (err: unknown): void => log.error({ err }, 'old builds could not be removed');
  const first = pass().catch(onFailure);
  const stop = repeat(pass, { everyMs: RETENTION_INTERVAL_MS, onFailure });
  return async () => {
    await Promise.all([first, stop()]);
  };
}
