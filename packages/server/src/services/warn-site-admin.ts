import { AppError } from '@sortie/core/errors';
import { slugAtService } from '@sortie/core/repo';
import type { Db } from '../store/db.ts';
import { findIdentityOfUser, updateIdentity } from '../store/identities.ts';
import { findForeignRepo } from '../store/repo-lookups.ts';
import type { ForgeRepo } from './forge.ts';
import type { SeenRepos } from './look-for-missing.ts';

/** What the owner of such an account is told beside the account. */
export const SITE_ADMIN_NOTE =
  'This account seems to be an administrator of the whole Git service: the service reports full rights to repositories of others, although Git itself may refuse them. Connect an account without such rights for builds.';

/**
 * Notes at the account whether it looks like that of an administrator of the whole Git service (scm.md X29): Gogs reports
 * full rights to every repository there, while its list shows only the account's own. So one that is not in the list is
 * asked for; as long as this server knows no such repository, nothing is noted.
 */
export async function noteSiteAdmin({ db }: { readonly db: Db }, sync: SeenRepos): Promise<void> {
  const { user, connection, shown } = sync;
  if (connection.kind !== 'gogs') return;
  const identity = await findIdentityOfUser(db, user.id, connection.id);
  if (identity === undefined) return;
  const repo = await findForeignRepo(db, { connectionId: connection.id, login: identity.login, shown });
  if (repo === undefined) return;
  const found = await findOrHidden(sync, slugAtService(repo));
  const isAdmin = found?.uid === repo.uid && found.permission?.admin === true;
  if (isAdmin === (identity.note === SITE_ADMIN_NOTE)) return;
  await updateIdentity(db, identity.id, { note: isAdmin ? SITE_ADMIN_NOTE : '', updated: identity.updated });
}

/** One repository that the service refuses to show says as much as one that it hides, and stops no synchronisation. */
async function findOrHidden({ forge, user }: SeenRepos, slug: string): Promise<ForgeRepo | undefined> {
  try {
    return await forge.findRepo(user, slug);
  } catch (error) {
    if (error instanceof AppError && error.code === 'service-refused') return undefined;
    throw error;
  }
}
