import { AppError } from '@sortie/core/errors';
import { type RefChange, summarizeChanges } from './changes.ts';
import type { GitAccount, HostContext, HostedRepo } from './host-deps.ts';
import { removeLeftovers } from './leftovers.ts';
import { snapshotRefs } from './read.ts';
import { type RefMap, readHead } from './refs.ts';
import { repoDir, repoExists } from './storage.ts';

/** Runs `work` while no push goes into the repository. */
export async function locked<A extends GitAccount, T>(
  context: HostContext<A>,
  repo: HostedRepo,
  work: () => Promise<T>,
): Promise<T> {
  const leave = await context.locks.enter(repo.uid);
  try {
    return await work();
  } finally {
    leave();
  }
}

/** See `GitHost.reconcile`. Also clears away what a killed server has left behind. */
export async function reconcile<A extends GitAccount>(
  context: HostContext<A>,
  repo: HostedRepo,
  lastSeen: RefMap,
): Promise<readonly RefChange[]> {
  const { root } = context.deps;
  if (!(await repoExists(root, repo.uid))) return [];
  const git = { pool: context.pool, dir: repoDir(root, repo.uid) };
  await removeLeftovers(git.dir);
  const [after, defaultRef] = await Promise.all([snapshotRefs(git), readHead(git.dir)]);
  const { changes, warnings } = await summarizeChanges(git, { before: lastSeen, after, defaultRef });
  for (const warning of warnings) {
    context.deps.log('warn', 'reconciled push is built in part', { repoId: repo.id, warning });
  }
  return changes;
}

/** See `GitHost.maintain`. Throws `internal` when git fails. */
export async function maintain<A extends GitAccount>(
  context: HostContext<A>,
  repo: HostedRepo,
): Promise<void> {
  const { root } = context.deps;
  if (!(await repoExists(root, repo.uid))) return;
  const dir = repoDir(root, repo.uid);
  const { code, stderr } = await context.pool.read([
    `--git-dir=${dir}`,
    'gc',
    '--quiet',
    '--prune=1.day.ago',
  ]);
  context.usage.forget(dir);
  if (code === 0) return;
  throw new AppError('internal', 'The repository could not be repacked.', {
    cause: new Error(stderr.trim()),
  });
}
