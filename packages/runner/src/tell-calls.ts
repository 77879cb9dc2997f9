import type { RunnerService } from '@sortie/contract/runner';

/** The part of a log that nobody reads until something is wrong. */
export interface DetailLog {
  debug(fields: object, message: string): void;
  trace(fields: object, message: string): void;
}

/**
 * A service that tells the log what a runner asks of it: what happens to stages and steps (`DRONE_DEBUG`), and each
 * question, heartbeat and piece of output (`DRONE_TRACE`). It names ids, names and states, never texts of a build.
 */
export function tellCalls(service: RunnerService, log: DetailLog): RunnerService {
  return {
    ...service,

    async request(runner, options) {
      log.trace({ types: runner.types, waitMs: options.waitMs }, 'asking for work');
      const assignment = await service.request(runner, options);
      if (assignment === undefined) return undefined;
      const { lease, repo, build, stage } = assignment;
      const about = { repo: repo.slug, build: build.number, stage: stage.number, type: stage.type };
      log.debug({ ...lease, ...about }, 'a stage was taken');
      return assignment;
    },

    async heartbeat(lease) {
      const answer = await service.heartbeat(lease);
      log.trace({ ...lease, ...answer }, 'the lease of a stage was extended');
      return answer;
    },

    async begin(lease, steps) {
      const rows = await service.begin(lease, steps);
      log.debug(
        { ...lease, steps: rows.map(({ id, number, name }) => ({ id, number, name })) },
        'a stage began',
      );
      return rows;
    },

    async updateStep(lease, report) {
      const { stepId, status, exitCode } = report;
      log.debug({ ...lease, stepId, status, exitCode }, 'a step changed');
      await service.updateStep(lease, report);
    },

    async appendLog(lease, stepId, piece) {
      log.trace({ ...lease, stepId, offset: piece.offset, bytes: piece.bytes.length }, 'output of a step');
      return service.appendLog(lease, stepId, piece);
    },

    async finish(lease, report) {
      const { status, exitCode } = report;
      log.debug({ ...lease, status, exitCode }, 'a stage ended');
      await service.finish(lease, report);
    },
  };
}
