import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { type Db, inTransaction } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { listIdentitiesOfUser } from '../store/identities.ts';
import { upsertPermission } from '../store/permissions.ts';
import { findRepoByUid, insertRepo } from '../store/repos.ts';
import type { ForgeOf, ForgeRepo } from './forge.ts';
import type { GitServices } from './git-service.ts';
import { placeRepo } from './place-repo.ts';
import { tellOfRetired } from './repo-intents.ts';
import { isWanted, newRepo, type SyncRules } from './sync-rules.ts';

export interface AdoptRepoDeps {
  readonly db: Db;
  readonly services: Pick<GitServices, 'find'>;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
  readonly rules: SyncRules;
}

/**
 * A repository that no synchronisation has brought yet, looked up at the Git services of the account and written down
 * (api-legacy.md row 20). `undefined` when none shows it. Throws `service-refused` to whoever does not administer it, and
 * what the service says.
 */
export async function adoptRepo(deps: AdoptRepoDeps, user: User, slug: string): Promise<Repo | undefined> {
  if (user.isMachine) return undefined;
  for (const { connectionId } of await listIdentitiesOfUser(deps.db, user.id)) {
    if (deps.services.find(connectionId) === undefined) continue;
    const found = await deps.forgeOf(connectionId).findRepo(user, slug);
    if (found === undefined || !isWanted(deps.rules, found)) continue;
    if (found.permission?.admin !== true) throw notAdministered();
    return write(deps, { user, connectionId, found });
  }
  return undefined;
}

interface Adoption {
  readonly user: User;
  readonly connectionId: number;
  readonly found: ForgeRepo;
}

async function write({ db, now, rules }: AdoptRepoDeps, adoption: Adoption): Promise<Repo> {
  const { user, connectionId, found } = adoption;
  const run = () =>
    inTransaction(db, async (tx) => {
      const known = await findRepoByUid(tx, connectionId, found.uid);
      if (known !== undefined) return known;
      const { place, retired } = await placeRepo(tx, { connectionId, ...found, now: now() });
      await tellOfRetired(tx, retired, now());
      const repo = await insertRepo(tx, newRepo(rules, found, { ...place, connectionId, now: now() }));
      const right = { read: true, write: true, admin: true, synced: now() };
      await upsertPermission(tx, { userId: user.id, repoId: repo.id }, right);
      return repo;
    });
  try {
    return await run();
  } catch (error) {
    // Somebody else was faster by a moment.
    if (!isDuplicateKey(error)) throw error;
    return run();
  }
}

function notAdministered(): AppError {
  return new AppError('service-refused', 'User is no administrator of the repository', {
    hint: 'Ask an administrator of the repository at the Git service.',
  });
}
