import type { ConnectedServices } from './connect-services.ts';
import type { Core } from './core.ts';
import { syncDueAccounts } from './services/sync-due-accounts.ts';
import { createRepoSync, type RepoSync } from './services/sync-repos.ts';
import type { StartOptions } from './start-options.ts';
import { repeat } from './timers/repeat.ts';

/** How often it is looked whose turn it is. */
const LOOK_MS = 60_000;

/** The synchronisation that requests and the duty share, so that no account is synchronised twice at once. */
export function openRepoSync(
  { config, log }: Pick<StartOptions, 'config' | 'log'>,
  { db, now }: Pick<Core, 'db' | 'now'>,
  { forgeOf }: Pick<ConnectedServices, 'forgeOf'>,
): RepoSync {
  const reportFailure = (message: string, err: unknown): void => log.error({ err }, message);
  return createRepoSync({ db, forgeOf, now, rules: config.sync, reportFailure });
}

export interface SyncDutyDeps extends Pick<Core, 'db' | 'now'> {
  readonly log: Pick<StartOptions['log'], 'warn' | 'error'>;
  readonly repoSync: RepoSync;
}

/** Keeps the repositories of people in step who do not ask for it. The returned function stops it. */
export function startSyncDuty({ db, now, log, repoSync }: SyncDutyDeps): () => Promise<void> {
  const closing = new AbortController();
  const due = {
    ...{ db, now, repoSync, signal: closing.signal },
    onRefused: (login: string, reason: string) =>
      log.warn({ account: login, reason }, 'repositories were not synchronised'),
    reportFailure: (message: string, err: unknown) => log.error({ err }, message),
  };
  const stop = repeat(() => syncDueAccounts(due), {
    everyMs: LOOK_MS,
    onFailure: (err) => log.error({ err }, 'it could not be found out whose repositories are due'),
  });
  return async () => {
    closing.abort();
    await stop();
  };
}
