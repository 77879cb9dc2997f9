import { toWireBuild } from '@sortie/contract/builds';
import { toWireRepo, type WireRepo } from '@sortie/contract/repos';
import {
  getRemoteRepo,
  listRemoteRepos,
  listReposOfUser as listReposOfUserRoute,
  listUserRepos,
  syncUserRepos,
} from '@sortie/contract/user-repos';
import { NO_PERMISSION, type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import type { Admission } from '../auth/admit.ts';
import { reachesRepo, restrictionOf } from '../auth/token-limits.ts';
import type { ForgeOf, ForgeRepo } from '../services/forge.ts';
import type { RepoSync } from '../services/sync-repos.ts';
import { connectionsOf } from '../services/user-connections.ts';
import type { Db } from '../store/db.ts';
import { findRepoByUid, listReposOfUser, type RepoWithBuild } from '../store/repos.ts';
import { findUserByLogin } from '../store/users.ts';
import type { Background } from './background.ts';
import { type Mount, notFound, userOf } from './mount.ts';

export interface UserRepoRouteDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  readonly repoSync: RepoSync;
  readonly background: Background;
}

export function mountUserRepoRoutes(mount: Mount, deps: UserRepoRouteDeps): void {
  const { db, forgeOf } = deps;

  mount(listUserRepos, async (call) => {
    const repos = await listReposOfUser(db, userOf(call).id, { latest: call.query.latest === 'true' });
    return toWireRepos(call, repos);
  });

  mount(syncUserRepos, async (call) => {
    const user = userOf(call);
    if ((call.form.async ?? call.query.async) === 'true') {
      const { done } = await deps.repoSync.start(user);
      deps.background.run(`the synchronisation of ${user.login}`, () => done);
      return undefined;
    }
    await deps.repoSync.run(user);
    return toWireRepos(call, await listReposOfUser(db, user.id));
  });

  mount(listRemoteRepos, async (call) => {
    const user = userOf(call);
    const shown: WireRepo[] = [];
    for (const { id } of await connectionsOf(db, user)) {
      for (const repo of await forgeOf(id).listRepos(user)) {
        if (await maySee(deps, call, { connectionId: id, uid: repo.uid })) shown.push(toRemoteRepo(repo));
      }
    }
    return shown;
  });

  mount(getRemoteRepo, async (call) => {
    const user = userOf(call);
    const { owner, name } = call.params;
    for (const { id } of await connectionsOf(db, user)) {
      const found = await forgeOf(id).findRepo(user, `${owner}/${name}`);
      if (found === undefined || !(await maySee(deps, call, { connectionId: id, uid: found.uid }))) continue;
      return { ...toRemoteRepo(found), permissions: found.permission ?? NO_PERMISSION };
    }
    throw notFound('repository');
  });

  mount(listReposOfUserRoute, async (call) => {
    const user = await findUserByLogin(db, call.params.user);
    if (user === undefined) throw notFound('account');
    return toWireRepos(call, await listReposOfUser(db, user.id));
  });
}

type AnyCall = { readonly admission: Admission };

/** Without those that the token of the request is not for. */
function toWireRepos(call: AnyCall, repos: readonly RepoWithBuild[]): WireRepo[] {
  return repos
    .filter(({ repo }) => reachesRepo(call.admission.caller, repo.id))
    .map(({ repo, build }) => toWireRepo(repo, { build: build && toWireBuild(build) }));
}

/** A restricted token sees what it is for, at the Git service too. */
async function maySee(
  { db }: UserRepoRouteDeps,
  call: AnyCall,
  { connectionId, uid }: Pick<Repo, 'connectionId' | 'uid'>,
): Promise<boolean> {
  const { caller } = call.admission;
  if (restrictionOf(caller) === undefined) return true;
  const repo = await findRepoByUid(db, connectionId, uid);
  return repo !== undefined && reachesRepo(caller, repo.id);
}

/** Straight from the Git service: what this server keeps beside is empty (api-v1.md 3.1). */
function toRemoteRepo(found: ForgeRepo): WireRepo {
  const { isArchived } = found;
  return toWireRepo({ ...UNSTORED, ...found, slug: `${found.namespace}/${found.name}` }, { isArchived });
}

const UNSTORED: Omit<Repo, Exclude<keyof ForgeRepo, 'permission' | 'isArchived'> | 'slug'> = {
  ...UNTOUCHED_REPO,
  id: 0,
  connectionId: 0,
  counter: 0,
  synced: 0,
  created: 0,
  updated: 0,
  version: 0,
};
