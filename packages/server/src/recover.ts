import type { Repo } from '@sortie/core/repo';
import type { GitHost } from '@sortie/githost/host';
import { ZERO_ID } from '@sortie/githost/refs';
import type { Logger } from 'pino';
import { type PushDeps, receivePush, resumeDelivery } from './services/push.ts';
import { listUnfinishedDeliveries } from './store/deliveries.ts';
import { listGitRefs } from './store/git-refs.ts';
import { findRepoById, listRepos } from './store/repos.ts';

export interface RecoverDeps {
  readonly push: PushDeps;
  readonly host: Pick<GitHost, 'exclusively' | 'reconcile'>;
  readonly builtinConnectionId: number;
  /** Ids of repositories with pushes that could not be announced; those that fail again are put back. */
  readonly owed: Set<number>;
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** The server is closing. */
  readonly signal: AbortSignal;
}

/** Who is named as the sender of pushes whose announcement a crash swallowed. */
const UNKNOWN_SENDER = '';
const NO_OPTIONS = { isSkip: false, params: {}, warnings: [] };
const REPOS_PER_PAGE = 100;

/**
 * Takes up what a crash interrupted: deliveries that were stored but have no verdict, and refs that moved without
 * a delivery (scm.md 7.3 step 9). Pushes may come in meanwhile: each repository is compared under its lock, with
 * what is known of it by then. One that fails does not keep the others waiting.
 */
export async function recover(deps: RecoverDeps): Promise<void> {
  for (let after = 0; ; ) {
    const repos = await listRepos(deps.push.db, { after, limit: REPOS_PER_PAGE });
    for (const repo of repos) await takeUp(deps, repo);
    after = repos.at(-1)?.id ?? 0;
    if (repos.length < REPOS_PER_PAGE) return;
  }
}

/** Tries again what could not be announced since, because disk or database were not there. */
export async function recoverOwed(deps: RecoverDeps): Promise<void> {
  for (const id of [...deps.owed]) {
    const repo = await findRepoById(deps.push.db, id);
    deps.owed.delete(id);
    if (repo !== undefined) await takeUp(deps, repo);
  }
}

async function takeUp(deps: RecoverDeps, repo: Repo): Promise<void> {
  deps.signal.throwIfAborted();
  try {
    // The deliveries of Git services have a worker of their own.
    if (repo.connectionId !== deps.builtinConnectionId) return;
    // No push is being announced under the lock, so an unfinished delivery is one that nobody works on.
    await deps.host.exclusively(repo, () => resumeDeliveries(deps, repo));
    await announceMoved(deps, repo);
  } catch (err) {
    if (deps.signal.aborted) throw err;
    deps.owed.add(repo.id);
    deps.log.error({ repo: repo.slug, err }, 'interrupted pushes could not be taken up; it is tried again');
  }
}

async function resumeDeliveries(deps: RecoverDeps, repo: Repo): Promise<void> {
  for (const delivery of await listUnfinishedDeliveries(deps.push.db, repo.id)) {
    await resumeDelivery(deps.push, repo, delivery);
    deps.log.info({ repo: repo.slug, deliveryId: delivery.id }, 'a push was taken up again');
  }
}

async function announceMoved(deps: RecoverDeps, repo: Repo): Promise<void> {
  const changes = await deps.host.reconcile(repo, await listGitRefs(deps.push.db, repo.id));
  if (changes.length === 0) return;
  const sender = UNKNOWN_SENDER;
  await receivePush(deps.push, { repo, sender, changes, moved: changes, options: NO_OPTIONS });
  deps.log.info({ repo: repo.slug, refs: changes.map(toText) }, 'moved refs were found and announced');
}

function toText(change: { readonly ref: string; readonly after: string }): string {
  return change.after === ZERO_ID ? `${change.ref} deleted` : `${change.ref} ${change.after.slice(0, 8)}`;
}
