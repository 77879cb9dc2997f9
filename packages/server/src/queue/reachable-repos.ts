import type { Repo } from '@sortie/core/repo';
import { type RunnerScope, servesRepo, type TokenReach } from '@sortie/core/runner-token';
import type { Db } from '../store/db.ts';
import { listQueuedRepos } from '../store/offers.ts';
import { listTokensOfRunners } from '../store/runner-room.ts';
import { listRunnerTokens } from '../store/runner-tokens.ts';

/**
 * Those with stages that are due which a runner with this scope may have; `undefined` where it reaches every repository,
 * so that nothing need be looked up.
 */
export async function reachableRepos(db: Db, scope: RunnerScope): Promise<readonly Repo['id'][] | undefined> {
  if (!isBound(scope)) return undefined;
  return (await listQueuedRepos(db)).filter((repo) => servesRepo(scope, repo)).map(({ id }) => id);
}

/** What the tokens of runners let them have of what is due now, by name of the runner; without those that have none. */
export async function listReaches(db: Db): Promise<ReadonlyMap<string, TokenReach>> {
  const tokenOf = await listTokensOfRunners(db);
  if (tokenOf.size === 0) return new Map();
  const tokens = await listRunnerTokens(db);
  const queued = tokens.some(isBound) ? await listQueuedRepos(db) : [];
  const reaches = new Map(
    tokens.map((token) => {
      const { id, types, labels } = token;
      if (!isBound(token)) return [id, { types, labels }] as const;
      const repoIds = new Set(queued.filter((repo) => servesRepo(token, repo)).map((repo) => repo.id));
      return [id, { types, labels, repoIds }] as const;
    }),
  );
  return new Map(
    [...tokenOf].flatMap(([name, id]) => {
      const reach = reaches.get(id);
      return reach === undefined ? [] : [[name, reach] as const];
    }),
  );
}

function isBound(scope: RunnerScope): boolean {
  return scope.namespaces.length + scope.repos.length > 0 || scope.trust !== 'any';
}
