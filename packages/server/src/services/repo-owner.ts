import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { findUserById } from '../store/users.ts';
import type { SkippedTrigger } from './trigger-request.ts';

/** The account in whose name builds of the repository run, or why nothing can be built at all. */
export async function ownerOf(db: Db, repo: Repo): Promise<{ readonly owner: User } | SkippedTrigger> {
  if (!repo.isActive) return refused('repo-inactive', 'the repository is not active');
  const owner = repo.userId === 0 ? undefined : await findUserById(db, repo.userId);
  return owner === undefined ? refused('owner-missing', 'the repository has no owner') : { owner };
}

function refused(code: SkippedTrigger['code'], message: string): SkippedTrigger {
  return { kind: 'skipped', code, message };
}
