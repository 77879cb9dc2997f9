import type { RunnerChecks } from '@sortie/contract/runner-checks';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import type { RunnerClient } from '../extended/runner-client.ts';
import { retry } from '../retry.ts';
import type { RunnerLog } from '../stage-run.ts';
import type { Journal } from './journal.ts';

export interface LateLogDeps {
  readonly client: Pick<RunnerClient, 'deliver'>;
  readonly checks: Pick<RunnerChecks, 'isReportHead'>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly log: RunnerLog;
  readonly signal: AbortSignal;
}

const DELIVERY_BYTES = 2 ** 20;

/**
 * The stage is somebody else's, but what its steps had written until then is true: the server gets what it does not have
 * of their logs. Never rejects; what the server does not want is left out.
 */
export async function sendLateLogs(
  deps: LateLogDeps,
  lease: Lease,
  journal: Journal,
  from: number,
): Promise<void> {
  try {
    for (let offset = from; offset < journal.size; ) {
      const part = await journal.read(offset, DELIVERY_BYTES);
      offset = part.end;
      let left = part.frames.filter(({ head }) => deps.checks.isReportHead(head) && head.kind === 'log');
      while (left.length > 0) {
        const reports = left;
        const { done, problem } = await retry(() => deps.client.deliver(lease, reports, true), {
          signal: deps.signal,
          sleep: deps.sleep,
          random: deps.random,
          onRetry: (err, attempt, waitMs) =>
            deps.log.warn({ ...lease, err, attempt, waitMs }, 'the log of a lost stage is sent again'),
        });
        const skipped = problem === undefined ? 0 : 1;
        if (problem !== undefined) deps.log.warn({ ...lease, problem }, 'a piece of a late log was refused');
        left = left.slice(done + skipped);
      }
    }
  } catch (err) {
    if (deps.signal.aborted || (err instanceof AppError && err.code === 'lease-lost')) return;
    deps.log.warn({ ...lease, err }, 'the log of a lost stage could not be sent');
  }
}
