import {
  activateRepos,
  cancelBuilds,
  rotateSecrets,
  searchBuilds as searchBuildsRoute,
  toFoundBuild,
} from '@sortie/contract/bulk';
import { EVENTS } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import { STATUSES } from '@sortie/core/status';
import type { AccessSource } from '../auth/admit.ts';
import { administersNamespace, loadReach, requireStillReached } from '../auth/reach.ts';
import { type ActivateManyDeps, activateMany } from '../services/activate-many.ts';
import { type CancelManyDeps, cancelMany } from '../services/cancel-many.ts';
import { type RotateManyDeps, rotateMany } from '../services/rotate-many.ts';
import { searchBuilds } from '../services/search-builds.ts';
import { type Mount, userOf } from './mount.ts';

export type BulkRouteDeps = ActivateManyDeps &
  CancelManyDeps &
  RotateManyDeps & { readonly access?: AccessSource };

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;
const MAX_GLOBS = 20;
const MAX_GLOB_LENGTH = 200;

/** Calls over many repositories at once; each item has a result of its own, and its own check of rights. */
export function mountBulkRoutes(mount: Mount, deps: BulkRouteDeps): void {
  const { db } = deps;

  mount(searchBuildsRoute, async ({ query, admission }) => {
    const reach = await loadReach(db, admission.caller);
    const filter = {
      statuses: readMembers('status', query.status, STATUSES),
      events: readMembers('event', query.event, EVENTS),
      repos: readGlobs('repo', query.repo),
      namespaces: readGlobs('namespace', query.namespace),
      branches: readGlobs('branch', query.branch),
      isReached: (repo: Parameters<typeof reach.may>[1]) => reach.may('repo:read', repo),
    };
    const limit = Math.min(readCount('limit', query.limit) ?? DEFAULT_LIMIT, MAX_LIMIT);
    const page = await searchBuilds(db, filter, { before: readCount('before', query.before), limit });
    return { builds: page.builds.map(toFoundBuild), next: page.next };
  });

  mount(cancelBuilds, async ({ body, admission }) => {
    const reach = await loadReach(db, admission.caller);
    const filter = {
      statuses: body.status ?? (['pending'] as const),
      repos: body.repos ?? [],
      namespaces: body.namespaces ?? [],
      branches: body.branches ?? [],
      events: body.events ?? [],
      createdBefore: body.created_before,
      isReached: (repo: Parameters<typeof reach.may>[1]) => reach.may('repo:write', repo),
    };
    const isDryRun = body.dry_run === true;
    const recheck = (id: number) => requireStillReached(deps, admission.caller, 'repo:write', id);
    return { dry_run: isDryRun, results: [...(await cancelMany(deps, filter, { isDryRun, recheck }))] };
  });

  mount(activateRepos, async (call) => {
    const { repos, namespace, active, dry_run } = call.body;
    if ((repos === undefined) === (namespace === undefined)) {
      throw new AppError('invalid-request', 'The body names no repositories, or names them twice.', {
        hint: 'Give either "repos", a list of slugs, or "namespace".',
      });
    }
    const reach = await loadReach(db, call.admission.caller);
    const isDryRun = dry_run === true;
    const results = await activateMany(deps, {
      slugs: repos,
      namespace,
      isActive: active,
      isDryRun,
      user: userOf(call),
      isReached: (repo) => reach.may('repo:admin', repo),
      recheck: (id) => requireStillReached(deps, call.admission.caller, 'repo:admin', id),
    });
    return { dry_run: isDryRun, results: [...results] };
  });

  mount(rotateSecrets, async ({ body, admission }) => {
    const { name, data, repos, namespaces } = body;
    // Without this, making a secret in a namespace called "rotate" would change secrets everywhere.
    if (repos === undefined && namespaces === undefined) {
      throw new AppError('invalid-request', 'The body does not say where the secret is to be changed.', {
        hint: 'Give "repos", "namespaces" or both; ["**"] stands for all of them.',
      });
    }
    const reach = await loadReach(db, admission.caller);
    const isDryRun = body.dry_run === true;
    const results = await rotateMany(deps, {
      name,
      value: data,
      repos,
      namespaces,
      isDryRun,
      isRepoReached: (repo) => reach.may('repo:write', repo),
      isNamespaceReached: (namespace) => administersNamespace(deps, admission.caller, namespace),
      recheck: (id) => requireStillReached(deps, admission.caller, 'repo:write', id),
    });
    return { dry_run: isDryRun, results: [...results] };
  });
}

function readList(text: string | undefined): readonly string[] {
  const items = (text ?? '').split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}

/** Bounded as in the bodies of the other calls. */
function readGlobs(parameter: string, text: string | undefined): readonly string[] {
  const globs = readList(text);
  if (globs.length <= MAX_GLOBS && globs.every((glob) => glob.length <= MAX_GLOB_LENGTH)) return globs;
  throw new AppError('invalid-request', `The parameter ${parameter} holds too many or too long patterns.`, {
    hint: `Give at most ${MAX_GLOBS} of at most ${MAX_GLOB_LENGTH} characters.`,
  });
}

function readMembers<T extends string>(
  parameter: string,
  text: string | undefined,
  known: readonly T[],
): readonly T[] {
  return readList(text).map((item) => {
    const member = known.find((candidate) => candidate === item);
    if (member !== undefined) return member;
    throw new AppError('invalid-request', `${JSON.stringify(item)} is no ${parameter} of a build.`, {
      hint: `Use ${known.join(', ')}.`,
    });
  });
}

function readCount(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new AppError('invalid-request', `The parameter ${parameter} is not a positive whole number.`, {
    hint: `Leave it out, or take "next" of the page before for "before".`,
  });
}
