import type { Assignment, RunnerService, StageReport } from '@sortie/contract/runner';
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
   * Takes no more work and resolves when nothing runs any more and all is cleaned up. Stages that still run after `graceMs` are ended
   * and reported as killed. May be called again with a shorter grace.
   */
  stop(graceMs: number): Promise<void>;
  /** Stages that run now, without those of which only the cleaning up is left. */
  readonly busy: number;
}

/** How long one request for work is held open. */
const REQUEST_WAIT_MS = 30_000;

/**
 * Starts `capacity` loops that each ask for a stage, run it to its end, and ask again, each while at most one stage
 * that has ended is still being cleaned up. A failure of one stage never ends its loop.
 */
export function startRunner(deps: RunnerDeps): RunningRunner {
  const accepting = new AbortController();
  const running = new AbortController();
  let busy = 0;

  async function loop(): Promise<void> {
    let cleaning: Promise<void> = Promise.resolve();
    while (!accepting.signal.aborted) {
      const assignment = await nextAssignment(deps, accepting.signal);
      if (assignment === undefined) continue;
      busy += 1;
      const over = Promise.withResolvers<void>();
      const cleaned = run(assignment, over.resolve).finally(over.resolve);
      await over.promise;
      busy -= 1;
      await cleaning;
      cleaning = cleaned;
    }
    await cleaning;
  }

  /** Never rejects. `onOver` is called as soon as another stage may run in the place of this one. */
  async function run(assignment: Assignment, onOver: () => void): Promise<void> {
    const engine = deps.engines.get(assignment.stage.type);
    const finish: RunnerService['finish'] = async (lease, report) => {
      await deps.service.finish(lease, report);
      if (engine?.removesAside === true && hasEndedByItself(report)) onOver();
    };
    try {
      await runAssignment({ ...deps, service: { ...deps.service, finish } }, assignment, running.signal);
    } catch (error) {
      deps.log.error({ stageId: assignment.stage.id, err: error }, 'a stage could not be run to its end');
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

/** Of a stage that was ended, or that broke, something may run until it has been cleaned up. */
function hasEndedByItself({ status }: StageReport): boolean {
  return status === 'success' || status === 'failure';
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
