import {
  legacyDeleteToken,
  legacyGetFeed,
  legacyGetRemoteRepos,
  legacyGetRepos,
  legacyGetSelf,
  legacyPostToken,
} from '@sortie/contract/legacy/account-routes';
import { type LegacyFeedItem, toLegacyFeedItem } from '@sortie/contract/legacy/feed';
import { toLegacyInactiveRepo, toLegacyRepo, toLegacyRepoLite } from '@sortie/contract/legacy/repos';
import { toLegacySelf } from '@sortie/contract/legacy/users';
import type { Repo } from '@sortie/core/repo';
import { issueUserJwt } from '../../auth/legacy-identity.ts';
import { requireFullRights, restrictionOf } from '../../auth/token-limits.ts';
import { rotateUserToken, type UserTokenDeps } from '../../auth/user-token.ts';
import type { Db } from '../../store/db.ts';
import { listNewestBuilds } from '../../store/feed.ts';
import { listReposOfUser } from '../../store/repos.ts';
import { type Call, userOf } from '../mount.ts';
import { type LegacyMount, sendText } from './mount-legacy.ts';
import { readFlag } from './read-flag.ts';

const FEED_LENGTH = 50;

/** Rows 1 to 6: the account of the caller. */
export function mountLegacyAccount(mount: LegacyMount, auth: UserTokenDeps): void {
  const { db } = auth;
  mount(legacyGetSelf, (call) => toLegacySelf(userOf(call)));
  mount(legacyGetFeed, (call) => (readFlag(call.query.latest) ? latestFeed(db, call) : feed(db, call)));
  mount(legacyGetRepos, async (call) => {
    const repos = await reposOf(db, call);
    const inactive = readFlag(call.query.all) ? repos.filter((repo) => !repo.isActive) : [];
    return [...active(repos).map(toLegacyRepo), ...inactive.map(toLegacyInactiveRepo)];
  });
  mount(legacyGetRemoteRepos, async (call) => (await reposOf(db, call)).map(toLegacyRepoLite));

  mount(legacyPostToken, async (call) => {
    requireFullRights(call.admission.caller);
    return sendText(call.reply, await issueUserJwt(auth, userOf(call)));
  });
  mount(legacyDeleteToken, async (call) => {
    requireFullRights(call.admission.caller);
    await rotateUserToken(auth, userOf(call));
    return sendText(call.reply, await issueUserJwt(auth, userOf(call)));
  });
}

type AnyCall = Pick<Call<typeof legacyGetFeed>, 'admission'>;

/** The repositories of the account by slug, as far as the token reaches. */
async function reposOf(db: Db, call: AnyCall): Promise<readonly Repo[]> {
  const only = restrictionOf(call.admission.caller);
  const listed = await listReposOfUser(db, userOf(call).id);
  return listed.map(({ repo }) => repo).filter((repo) => only === undefined || only.includes(repo.id));
}

function active(repos: readonly Repo[]): readonly Repo[] {
  return repos.filter((repo) => repo.isActive);
}

async function feed(db: Db, call: AnyCall): Promise<readonly LegacyFeedItem[]> {
  const repos = new Map(active(await reposOf(db, call)).map((repo) => [repo.id, repo]));
  const builds = await listNewestBuilds(db, [...repos.keys()], FEED_LENGTH);
  return builds.flatMap((build) => {
    const repo = repos.get(build.repoId);
    return repo === undefined ? [] : [toLegacyFeedItem(repo, build)];
  });
}

/** One item for each active repository: its newest build, or its names. */
async function latestFeed(db: Db, call: AnyCall): Promise<readonly LegacyFeedItem[]> {
  const only = restrictionOf(call.admission.caller);
  const listed = await listReposOfUser(db, userOf(call).id, { latest: true });
  return listed
    .filter(({ repo }) => repo.isActive && (only === undefined || only.includes(repo.id)))
    .map(({ repo, build }) => toLegacyFeedItem(repo, build));
}
