import type { User } from '@sortie/core/user';
import type { AppDeps } from './app-deps.ts';
import { gitServices } from './connections/open-services.ts';
import { type HookWork, openHookWork } from './hook-work.ts';
import type { Background } from './routes/background.ts';
import { createAccessSource } from './services/access-source.ts';
import { createRepoSync } from './services/sync-repos.ts';

/** Synchronisation and the questions of the access check. Without Git services there is nobody to ask. */
export function syncParts(deps: AppDeps, background: Background) {
  const { db, forgeOf, now, services, broker, config } = deps;
  const rules = config.sync;
  const reportFailure = reportTo(deps);
  const repoSync = deps.repoSync ?? createRepoSync({ db, forgeOf, now, rules, reportFailure });
  if (services === undefined || broker === undefined) return { repoSync, access: undefined };
  const onLost = (user: User): void =>
    background.run(`the synchronisation of ${user.login}`, () => repoSync.run(user));
  const asking = { db, forgeOf, now, services, broker, rules, onLost };
  return { repoSync, access: createAccessSource({ ...asking, background: background.run }) };
}

/** What is done about the webhooks of the connected Git services. */
export function hookWorkFor(deps: AppDeps): HookWork {
  const { services = gitServices([]), broker, log, config, rpc, now, hookWaitMs } = deps;
  return openHookWork({
    ...triggerParts(deps),
    ...{ services, config: config.hooks, nowMs: rpc?.nowMs ?? (() => now() * 1000) },
    // Without services no webhook gets as far as to need a token.
    broker: broker ?? { use: (account) => services.require(account.connectionId) as never },
    report: (fields, message) => log.info?.(fields, message),
    waitMs: hookWaitMs,
  });
}

/** What everything that starts builds works with. */
export function triggerParts(deps: AppDeps) {
  const { config } = deps;
  const instance = new URL(config.server.publicUrl).hostname;
  return { ...deps, convert: config.convert, instance, reportFailure: reportTo(deps) };
}

/** What went wrong behind an answer goes into the server's log. */
export function reportTo({ log }: Pick<AppDeps, 'log'>) {
  return (message: string, err: unknown): void => log.error({ err }, message);
}
