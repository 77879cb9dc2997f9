import type { StageSecret, StageSecrets } from '@sortie/contract/runner';
import { isForkBuild, isPullRequestBuild, isTrustedBuild, UNKNOWN_FORK } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Plan } from '@sortie/core/plan';
import type { Repo } from '@sortie/core/repo';
import { GLOBAL_NAMESPACE, isSecretForBuild } from '@sortie/core/secret';
import { compileStage } from '@sortie/pipeline/compile';
import type { CompileContext } from '@sortie/pipeline/compile-context';
import { secretNames, showsInline } from '@sortie/pipeline/secrets';
import { decryptSecret } from '../seal/repo-cipher.ts';
import type { Db } from '../store/db.ts';
import { isOfNamespace } from '../store/repo-lookups.ts';
import { listSealedSecrets, type SealedSecret, type SecretHome } from '../store/secrets.ts';
import { openRepoSecret, type RepoKeyDeps } from './repo-keys.ts';
import { secretPlaceOf } from './set-secret.ts';

/** What decides which secrets a stage gets. */
export type StageFacts = Pick<CompileContext, 'repo' | 'build' | 'stage' | 'system' | 'changedFiles'>;

/**
 * The secrets for one stage: what its compiled pipeline names and nothing else, as far as its build may have them
 * (pipeline.md 2.6 and 4.4). `undefined` when there are none. Throws `secret-invalid` for one that cannot be opened,
 * which ends the stage: waiting would not help, and would hold up every other stage.
 */
export async function findStageSecrets(
  deps: RepoKeyDeps,
  facts: StageFacts,
): Promise<StageSecrets | undefined> {
  const { repo, build } = facts;
  if (!mayNameSecrets(build.config)) return undefined;
  const plan = compilePlan(facts);
  const names = plan === undefined ? [] : secretNames(plan);
  if (plan === undefined || names.length === 0) return undefined;
  const stored: StageSecret[] = [];
  for (const home of await homesOf(deps.db, repo)) {
    for (const secret of await listSealedSecrets(deps.db, home, names)) {
      if (isSecretForBuild(secret, build, repo)) stored.push(openStored(deps, secret));
    }
  }
  const opened = await openInline(deps, facts, { plan, names: new Set(names) });
  return stored.length + opened.length === 0 ? undefined : { stored, opened };
}

/** Most files name no secret and need not be compiled for it. Only an escape can hide the word in a key. */
function mayNameSecrets(config: string): boolean {
  return /secret/i.test(config) || config.includes('\\');
}

/** The plan that the runner will make; `undefined` when it will find errors. */
function compilePlan({ repo, build, stage, system, changedFiles }: StageFacts): Plan | undefined {
  const context: CompileContext = {
    repo,
    build,
    stage,
    system,
    runner: { environ: {}, machine: '' },
    now: build.created,
    isTrusted: isTrustedBuild(build, repo),
    ...(changedFiles === undefined ? {} : { changedFiles }),
  };
  return compileStage(build.config, { file: repo.configPath }, context).plan;
}

/** In the order in which they count. */
async function homesOf(db: Db, repo: Repo): Promise<readonly SecretHome[]> {
  const { id, namespace } = repo;
  const hasOwn = namespace.toLowerCase() !== GLOBAL_NAMESPACE && (await isOfNamespace(db, repo));
  return [{ repoId: id }, ...(hasOwn ? [{ namespace }] : []), { namespace: GLOBAL_NAMESPACE }];
}

function openStored({ sealer }: RepoKeyDeps, secret: SealedSecret): StageSecret {
  const { name, repoId, namespace, allowsPullRequests, legacy } = secret;
  const place = secretPlaceOf(repoId === 0 ? { namespace, name } : { repoId, name });
  try {
    const value = sealer.open(secret.sealed, place);
    const images = legacy === undefined || legacy.images.includes('*') ? undefined : legacy.images;
    return { name, value, allowsPullRequests, ...(images === undefined ? {} : { images }) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(
      'secret-invalid',
      `The secret ${JSON.stringify(name)} cannot be decrypted; write its value anew.`,
      { cause: error },
    );
  }
}

async function openInline(
  deps: RepoKeyDeps,
  { repo, build }: StageFacts,
  { plan, names }: { readonly plan: Plan; readonly names: ReadonlySet<string> },
): Promise<StageSecrets['opened']> {
  const audience = {
    isPullRequest: isPullRequestBuild(build),
    // Of a fork that is gone there is no name, and it is one all the same.
    sourceRepo: isForkBuild(build, repo) ? build.sourceRepo || UNKNOWN_FORK : build.sourceRepo,
    isPublic: !repo.isPrivate,
  };
  const sources = (plan.secretSources ?? []).filter(({ name }) => names.has(name));
  if (sources.length === 0 || !showsInline(audience)) return [];
  const key = await openRepoSecret(deps, repo.id);
  return sources.flatMap((source) => {
    const value = source.kind === 'inline' ? decryptSecret(source.data, key) : undefined;
    return source.kind === 'inline' && value !== undefined ? [{ data: source.data, value }] : [];
  });
}
