import { randomBytes } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import { findGit } from '@sortie/githost/git';
import { createRateLimiter } from './auth/rate-limit.ts';
import type { Core } from './core.ts';
import { type BuiltinHost, createBuiltinHost } from './git-host.ts';
import type { StartOptions } from './start-options.ts';
import { listRunners } from './store/runners.ts';

/** A runner that asked for work this long ago still counts as there. */
const RUNNER_SEEN_SECONDS = 120;

/** The built-in Git host; `undefined`, with a warning, where git is missing: the rest works without it. */
export async function openHost(
  options: Pick<StartOptions, 'config' | 'log' | 'searchPath'>,
  core: Core,
  publicUrl: string,
): Promise<BuiltinHost | undefined> {
  const { config, log, searchPath } = options;
  const { db, now, events, queue, cloneKey, builtinConnectionId, sealer, userTokenKey } = core;
  const git = await findGit({ searchPath }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    log.warn({ err: error }, 'the built-in Git host is off');
    return undefined;
  });
  if (git === undefined) return undefined;
  const newUid = () => randomBytes(16).toString('hex');
  const host = createBuiltinHost({
    dataFolder: config.dataFolder,
    git,
    quotaBytes: config.git.quotaBytes,
    access: {
      db,
      now,
      sealer,
      userTokenKey,
      limiter: createRateLimiter({ now, ...config.limits }),
      cloneKey,
      builtinConnectionId,
      isPrivateMode: config.server.isPrivate,
      publicUrl,
      newUid,
    },
    push: {
      db,
      events,
      wake: queue.wake,
      stop: queue.stop,
      sealer: core.sealer,
      now,
      newKey: newUid,
      instance: new URL(publicUrl).hostname,
      convert: config.convert,
      publicUrl,
      servedTypes: () => servedTypes(core),
      reportFailure: (message, err) => log.error({ err }, message),
    },
    log,
  });
  core.sources.set(builtinConnectionId, host.source);
  return host;
}

/** The pipeline types that some runner has asked for lately. */
async function servedTypes({ db, now }: Core): Promise<ReadonlySet<string>> {
  const since = now() - RUNNER_SEEN_SECONDS;
  const seen = (await listRunners(db)).filter((runner) => runner.lastContact >= since && !runner.isPaused);
  return new Set(seen.flatMap((runner) => runner.types));
}
