import type { Repo } from '@sortie/core/repo';
import type { Db } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import { toRepo } from './repo-rows.ts';

/** A repository with the sealed secrets of its webhooks; empty text where there is none. */
export interface HookedRepo {
  readonly repo: Repo;
  readonly signer: string;
  /** The secret before the last rotation, and until when (unix seconds) it is accepted. */
  readonly previousSigner: string;
  readonly previousExpires: number;
  /** Its deliveries have been signed since the hook was installed, so that nothing less proves them. */
  readonly isSigning: boolean;
}

const selectHookedRepo = prepared((db, value: ValueOf<{ connectionId: number; uid: string }>) =>
  db
    .selectFrom('repos')
    .leftJoin('repo_health', 'repo_health.repo_id', 'repos.id')
    .selectAll('repos')
    .select('repo_health.hook_scheme')
    .where('repos.connection_id', '=', value('connectionId'))
    .where('repos.uid', '=', value('uid')),
);

/** The repository that a webhook is about. By its uid only: a slug may belong to another one by now. */
export async function findHookedRepo(
  db: Db,
  connectionId: number,
  uid: string,
): Promise<HookedRepo | undefined> {
  const [row] = await selectHookedRepo(db, { connectionId, uid });
  if (row === undefined) return undefined;
  return {
    repo: toRepo(row),
    signer: row.signer_sealed,
    previousSigner: row.previous_signer_sealed,
    previousExpires: row.previous_signer_expires,
    isSigning: row.hook_scheme === 'signed',
  };
}
