import { AppError } from '@sortie/core/errors';
import type { Config } from './config-build.ts';
import { endRotations } from './services/end-rotations.ts';
import type { ForgeOf } from './services/forge.ts';
import { type ComparePassDeps, compareDueRepos } from './services/reconcile-due.ts';
import { repeat } from './timers/repeat.ts';

export interface ReconcileDutyDeps
  extends Omit<ComparePassDeps, 'convert' | 'reportFailure' | 'reportRepo' | 'pollSeconds' | 'lookSeconds'> {
  readonly config: Pick<Config, 'services' | 'convert'>;
  readonly forgeOf: ForgeOf;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
    error(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
}

/** How often there is a look for what is due. */
const TICK_MS = 60_000;
const LEAST_TICK_MS = 100;

/**
 * Compares refs with the Git services when it is time, builds what has moved where `SORTIE_POLL_INTERVAL` asks for it,
 * and ends rotations of webhook secrets. The returned function stops it.
 */
export function startReconcileDuty(deps: ReconcileDutyDeps): () => Promise<void> {
  const { config, log } = deps;
  const { pollMs, reconcileMs, services } = config.services;
  if (services.length === 0) return async () => undefined;
  const reportFailure = (message: string, err: unknown): void => log.error({ err }, message);
  const due = {
    ...deps,
    convert: config.convert,
    pollSeconds: Math.ceil(pollMs / 1000),
    lookSeconds: Math.ceil(reconcileMs / 1000),
    reportFailure,
    reportRepo(slug: string, outcome: number | AppError) {
      if (outcome instanceof AppError)
        log.warn({ repo: slug, reason: outcome.code }, `refs could not be compared: ${outcome.message}`);
      else if (outcome > 0) log.info({ repo: slug, count: outcome }, 'refs had moved without a delivery');
    },
  };
  const pass = async (): Promise<void> => {
    await endRotations(due);
    await compareDueRepos(due);
  };
  const everyMs = pollMs === 0 ? TICK_MS : Math.max(LEAST_TICK_MS, Math.min(TICK_MS, pollMs));
  return repeat(pass, {
    everyMs,
    onFailure: (error) => reportFailure('what is due at the Git services could not be done', error),
  });
}
