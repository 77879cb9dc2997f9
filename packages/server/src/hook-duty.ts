import type { Logger } from 'pino';
import type { HookWork } from './hook-work.ts';
import { repeat } from './timers/repeat.ts';

export interface HookDutyDeps {
  readonly hooks: HookWork;
  /** No other server works on the same database. */
  readonly isAlone: boolean;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const LOOK_MS = 15_000;
const RENEW_MS = 15_000;
const REMOVAL_MS = 3_600_000;

/**
 * Takes up webhooks that were stored and never finished, at once and then every quarter of a minute, and removes old ones. The
 * returned function stops both.
 */
export function startHookDuty({ hooks, isAlone, log }: HookDutyDeps): () => Promise<void> {
  if (hooks.config.proxySecret !== '') {
    log.warn(
      'DRONE_FEATURE_SERVER_PROXY_SECRET is set: whoever knows it can start builds of every repository',
    );
  }
  const takeUp = async (resume: () => Promise<number>): Promise<void> => {
    const count = await resume();
    if (count > 0) log.info({ count }, 'stored webhooks were taken up again');
  };
  const onFailure = (err: unknown): void => log.error({ err }, 'stored webhooks could not be taken up again');
  const { worker } = hooks;
  const first = takeUp(isAlone ? worker.resumeAll : worker.resume).catch(onFailure);
  const stopLook = repeat(() => takeUp(worker.resume), { everyMs: LOOK_MS, onFailure });
  const stopRenewal = isAlone
    ? async () => undefined
    : repeat(worker.renew, { everyMs: RENEW_MS, onFailure });
  const remove = async (): Promise<void> => {
    const count = await hooks.removeOld();
    if (count > 0) log.info({ count }, 'old deliveries were removed');
  };
  const stopRemoval = repeat(remove, {
    everyMs: REMOVAL_MS,
    onFailure: (err) => log.error({ err }, 'old deliveries could not be removed'),
  });
  return async () => {
    await Promise.all([first, stopLook(), stopRenewal(), stopRemoval()]);
  };
}
