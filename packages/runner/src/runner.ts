import type { RunnerService } from '@sortie/contract/runner';
import type { RunnerIdentity } from '@sortie/core/runner';
import { retry } from './retry.ts';
import { runAssignment, type StageRunDeps } from './stage-run.ts';

export interface RunnerDeps extends StageRunDeps {
  readonly service: RunnerService;
  /** Asked before each request for work, since engines come and go while the runner lives. */
  readonly identity: () => Promise<RunnerIdentity>;
  readonly capacity: number;
}

export interface RunningRunner {
  /**
   * Takes no more work and resolves when nothing runs any more. Stages that still run after `graceMs` are ended
   * and reported as killed. May be called again with a shorter grace.
   */
  stop(graceMs: number): Promise<void>;
  /** Stages that run now. */
  readonly busy: number;
}

/** How long one request for work is held open. */
const REQUEST_WAIT_MS = 30_000;

/**
 * Starts `capacity` loops that each ask for a stage, run it to its end, and ask again. A failure of one stage
 * never ends its loop.
 */
export function startRunner(deps: RunnerDeps): RunningRunner {
  const accepting = new AbortController();
  const running = new AbortController();
  let busy = 0;

  async function loop(): Promise<void> {
    while (!accepting.signal.aborted) {
      const assignment = await nextAssignment(deps, accepting.signal);
      if (assignment === undefined) continue;
      busy += 1;
      try {
        await runAssignment(deps, assignment, running.signal);
      } catch (error) {
        deps.log.error({ stageId: assignment.stage.id, err: error }, 'a stage could not be run to its end');
      } finally {
        busy -= 1;
      }
    }
  }

  const loops = Promise.all(Array.from({ length: deps.capacity }, loop));
  return {
    get busy() {
      return busy;
    },
    async stop(graceMs) {
      accepting.abort(new Error('the runner is stopping'));
      const grace = new AbortController();
      const deadline = deps.sleep(graceMs, grace.signal).then(
        () => running.abort(new Error('the runner is stopping')),
        () => undefined,
      );
      await loops;
      grace.abort(new Error('the runner has stopped'));
      await deadline;
    },
  };
}

async function nextAssignment(deps: RunnerDeps, signal: AbortSignal) {
  try {
    return await retry(
      async () => deps.service.request(await deps.identity(), { waitMs: REQUEST_WAIT_MS, signal }),
      {
        signal,
        sleep: deps.sleep,
        random: deps.random,
        onRetry: (err, attempt, waitMs) => deps.log.warn({ err, attempt, waitMs }, 'asking for work failed'),
      },
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    // An answer such as "this runner is unknown" does not pass by itself, yet ending the loop would be worse.
    deps.log.error({ err: error }, 'the server refuses to hand out work');
    await deps.sleep(5000, signal).catch(() => undefined);
    return undefined;
  }
}
