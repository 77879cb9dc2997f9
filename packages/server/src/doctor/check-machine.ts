import { findGit } from '@sortie/githost/git';
import type { DatabaseFacts } from '../store/database-facts.ts';
import type { Db } from '../store/db.ts';
import { listRunners } from '../store/runners.ts';
import { judgeSkew } from './check-services.ts';
import { type Diagnosis, fail, failed, ok, warn } from './diagnosis.ts';

/** The git program, which hosts repositories and compares commits. */
export async function checkGit(searchPath: string): Promise<Diagnosis> {
  try {
    const { path, version } = await findGit({ searchPath });
    return ok('git', `git ${version} is at ${path}.`);
  } catch (error) {
    return failed('git', error);
  }
}

/** A runner that was heard of this long ago still counts as there. */
const SEEN_SECONDS = 120;

/** Whether somebody would run a pipeline now. Unix seconds. */
export async function checkRunners(
  db: Db,
  { now, isRunning }: { readonly now: number; readonly isRunning: boolean },
): Promise<Diagnosis> {
  const runners = await listRunners(db);
  const there = runners.filter(({ lastContact }) => lastContact >= now - SEEN_SECONDS);
  const able = there.filter(({ isPaused }) => !isPaused);
  if (able.length > 0) {
    const names = able.map(({ name, types }) => `${name} (${types.join(', ')})`);
    return ok('runner', `Pipelines are taken by ${names.join(', ')}.`);
  }
  if (there.length > 0)
    return fail('runner', 'Every runner is paused.', 'Let one go on with "POST /api/queue", or on its page.');
  if (!isRunning)
    return warn('runner', 'No runner has been heard of lately; the server, which brings one, does not run.');
  return fail(
    'runner',
    'No runner has been heard of in the last two minutes, so builds wait.',
    'Look at the log of the runner: its DRONE_RPC_HOST, DRONE_RPC_SECRET, and whether Docker answers there.',
  );
}

const FUTURE_SECONDS = 300;

/** The clock of this machine against the database, and against what the database remembers. */
export function checkClock({ clockMs, newestBuild }: DatabaseFacts, nowMs: number): readonly Diagnosis[] {
  const found: Diagnosis[] = [];
  if (clockMs !== undefined) found.push(judgeSkew('the database', Math.round((clockMs - nowMs) / 1000)));
  if (newestBuild > nowMs / 1000 + FUTURE_SECONDS) {
    const day = new Date(newestBuild * 1000).toISOString();
    found.push(
      fail(
        'clock',
        `The newest build is from ${day}, which has not come yet.`,
        'The clock of this machine was set back, or was wrong then; let it take its time from a server.',
      ),
    );
  }
  return found;
}
