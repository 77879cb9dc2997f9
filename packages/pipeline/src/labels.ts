import type { CompileContext } from './compile-context.ts';
import { goDuration } from './go-text.ts';

/** The time after the timeout of a stage for which its things are left to their owner. */
const GRACE_SECONDS = 3600;

/** Labels for everything that an engine creates for the stage (pipeline.md 7.1). */
export function planLabels({ repo, build, stage, system, now }: CompileContext): Record<string, string> {
  const timeoutSeconds = repo.timeoutMinutes * 60;
  return {
    'io.drone': 'true',
    'io.drone.protected': 'false',
    'io.drone.system.host': system.host,
    'io.drone.system.proto': system.proto,
    'io.drone.system.version': system.version,
    'io.drone.repo.namespace': repo.namespace,
    'io.drone.repo.name': repo.name,
    'io.drone.repo.slug': repo.slug,
    'io.drone.build.number': String(build.number),
    'io.drone.stage.name': stage.name,
    'io.drone.stage.number': String(stage.number),
    'io.drone.ttl': goDuration(timeoutSeconds),
    'io.drone.created': String(now),
    'io.drone.expires': String(now + timeoutSeconds + GRACE_SECONDS),
  };
}
