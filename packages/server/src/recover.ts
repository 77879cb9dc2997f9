import type { GitHost } from '@sortie/githost/host';
import { ZERO_ID } from '@sortie/githost/refs';
import type { Logger } from 'pino';
import { type PushDeps, receivePush, resumeDelivery } from './services/push.ts';
import { listUnfinishedDeliveries } from './store/deliveries.ts';
import { listGitRefs } from './store/git-refs.ts';
import { findRepoById, listRepos } from './store/repos.ts';

export interface RecoverDeps {
  readonly push: PushDeps;
  readonly host: GitHost;
  readonly builtinConnectionId: number;
  readonly log: Logger;
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
 * what is known of it by then.
 */
export async function recover(deps: RecoverDeps): Promise<void> {
  for (const delivery of await listUnfinishedDeliveries(deps.push.db)) {
    const repo = await findRepoById(deps.push.db, delivery.repoId);
    if (repo === undefined) continue;
    await resumeDelivery(deps.push, repo, delivery);
    deps.log.info({ repo: repo.slug, deliveryId: delivery.id }, 'a push was taken up again');
  }
  for (let after = 0; ; ) {
    deps.signal.throwIfAborted();
    const repos = await listRepos(deps.push.db, { after, limit: REPOS_PER_PAGE });
    for (const repo of repos.filter((known) => known.connectionId === deps.builtinConnectionId)) {
      const changes = await deps.host.reconcile(repo, await listGitRefs(deps.push.db, repo.id));
      if (changes.length === 0) continue;
      const sender = UNKNOWN_SENDER;
      await receivePush(deps.push, { repo, sender, changes, moved: changes, options: NO_OPTIONS });
      deps.log.info({ repo: repo.slug, refs: changes.map(toText) }, 'moved refs were found and announced');
    }
    after = repos.at(-1)?.id ?? 0;
    if (repos.length < REPOS_PER_PAGE) return;
  }
}

function toText(change: { readonly ref: string; readonly after: string }): string {
  return change.after === ZERO_ID ? `${change.ref} deleted` : `${change.ref} ${change.after.slice(0, 8)}`;
}
