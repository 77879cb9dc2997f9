import { toWireBuild } from '@sortie/contract/builds';
import { toWireRepo } from '@sortie/contract/repos';
import { getCurrentUser, listUserRepos, toWireUser } from '@sortie/contract/users';
import type { Db } from '../store/db.ts';
import { listReposOfUser } from '../store/repos.ts';
import { type Mount, userOf } from './mount.ts';

export function mountUserRoutes(mount: Mount, { db }: { readonly db: Db }): void {
  mount(getCurrentUser, (call) => toWireUser(userOf(call)));

  mount(listUserRepos, async (call) => {
    const repos = await listReposOfUser(db, userOf(call).id, { latest: call.query.latest === 'true' });
    return repos.map(({ repo, build }) => toWireRepo(repo, { build: build && toWireBuild(build) }));
  });
}
