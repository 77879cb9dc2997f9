import type { LogStore } from '../logs/log-store.ts';
import { listBuildsBefore, removeBuilds } from '../store/build-removal.ts';
import { inTransaction } from '../store/db.ts';
import { type CancelBuildDeps, cancelBuild } from './cancel-build.ts';

export interface PurgeBuildsDeps extends CancelBuildDeps {
  readonly logs: Pick<LogStore, 'remove'>;
}

/** One transaction removes this many: the next request never waits long for it. */
const BUILDS_PER_PASS = 50;

/**
 * Removes every build of a repository with a number below `before`, whatever its status, with all that belongs to
 * it (api-v1.md 3.4, ledger 23). Unfinished ones are cancelled first, so that their runners stop. A purge that was
 * interrupted is finished by repeating it. Returns how many builds went.
 */
export async function purgeBuilds(
  deps: PurgeBuildsDeps,
  input: { readonly repoId: number; readonly before: number },
): Promise<number> {
  const { repoId, before } = input;
  let removed = 0;
  for (;;) {
    const page = await listBuildsBefore(deps.db, repoId, { before, limit: BUILDS_PER_PASS });
    if (page.length === 0) return removed;
    const open = page.filter((build) => build.isOpen);
    for (const { id } of open) await cancelBuild(deps, id);
    // Files before rows: after a crash the rows are still there to find the rest by.
    for (const { id } of page) await deps.logs.remove(`${repoId}/${id}`);
    await inTransaction(deps.db, (tx) =>
      removeBuilds(
        tx,
        page.map(({ id }) => id),
      ),
    );
    removed += page.length;
    if (open.length === 0) continue;
    // From here on runners are refused; what they wrote until the rows were gone goes too.
    deps.queue.stop();
    for (const { id } of open) await deps.logs.remove(`${repoId}/${id}`);
  }
}
