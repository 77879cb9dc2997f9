import { setTimeout as sleep } from 'node:timers/promises';
import type { CloneCredentials } from '@sortie/contract/runner';
import { type Build, isForkBuild } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { readConfig } from '@sortie/pipeline/read';
import { isScmError } from '@sortie/scm/errors';
import type { Netrc, ScmToken } from '@sortie/scm/objects';
import { type AddressRewrite, isServiceAddress, rewriteAddress } from './clone-address.ts';
import type { GitService } from './git-service.ts';

export interface CloneAccessDeps {
  readonly service: GitService;
  /** Calls with the token of the account that the repository is bound to. */
  readonly useRepoToken: <Result>(repo: Repo, call: (token: ScmToken) => Promise<Result>) => Promise<Result>;
  /** The account of all clones; absent: the one of the repository. */
  readonly account?: { readonly login: string; readonly password: string };
  readonly alwaysUsesCredentials: boolean;
  readonly rewrites: readonly AddressRewrite[];
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** Who may fetch the repositories of one Git service, decided when a stage starts (scm.md 1.7). */
export interface CloneAccess {
  /**
   * What the runner clones with; `undefined` where everybody may. Official runners show it to every step, so they get no
   * person's for code of forks. Throws `clone-refused`, whose sentence names the account and the remedy.
   */
  credentialsFor(
    repo: Repo,
    build: Build,
    runner: { readonly isOfficial: boolean },
  ): Promise<CloneCredentials | undefined>;
  /** The same for this server's own fetches, from the address that the service has given. */
  ownCredentials(repo: Repo): Promise<CloneCredentials | undefined>;
}

export function createCloneAccess(deps: CloneAccessDeps): CloneAccess {
  const { rewrites } = deps;
  const issue = async (repo: Repo, isNeeded: boolean): Promise<CloneCredentials | undefined> => {
    if (!isNeeded && !deps.alwaysUsesCredentials) return undefined;
    const login = await findLogin(deps, repo);
    if (login === undefined) return undefined;
    return { machine: '', ...login };
  };
  return {
    async credentialsFor(repo, build, { isOfficial }) {
      if (isOfficial && deps.account === undefined && isForkBuild(build, repo)) return undefined;
      const issued = await issue(repo, isClosed(repo) || needsLogin(deps.service, build));
      return issued && { ...issued, machine: hostOf(rewriteAddress(rewrites, repo.httpUrl)) };
    },
    async ownCredentials(repo) {
      const issued = await issue(repo, isClosed(repo));
      return issued && { ...issued, machine: hostOf(repo.httpUrl) };
    },
  };
}

/** `undefined`, with a warning, for an address that no token must be sent to (scm.md X26). */
async function findLogin(
  deps: CloneAccessDeps,
  repo: Repo,
): Promise<Pick<CloneCredentials, 'login' | 'password'> | undefined> {
  const { service, account } = deps;
  const { link } = service.driver;
  const isOurs = isServiceAddress(service, repo.httpUrl);
  const isRewritten = rewriteAddress(deps.rewrites, repo.httpUrl) !== repo.httpUrl;
  if (!isOurs && !isRewritten) {
    deps.warn(
      { repo: repo.slug, host: hostOf(repo.httpUrl), service: service.title },
      'the clone address is on another host than the Git service, so its runner gets no credentials; set SORTIE_CLONE_URL_REWRITE if the service gives out a wrong address',
    );
    return undefined;
  }
  if (account !== undefined) return account;
  // An address that the administrator replaces is as good as the service's own.
  const httpUrl = isOurs ? repo.httpUrl : link;
  const { login, password } = await explained(deps, repo, async (token) => {
    await requireAlive(service, token);
    return service.driver.cloneCredentials(token, { httpUrl });
  });
  if (login === '' && password === '') throw withoutAccount(service.title);
  return { login, password };
}

/** How long the question whether a token is accepted may take; its answer only makes a failure clearer. */
const ALIVE_WAIT_MS = 5_000;

/** Throws `unauthorized` for a token that the service has revoked; one that cannot be asked for now counts as alive. */
async function requireAlive({ driver }: GitService, token: ScmToken): Promise<void> {
  const waiting = new AbortController();
  const asked = driver.currentUser(token).catch((error: unknown) => {
    if (isScmError(error, 'unauthorized')) throw error;
  });
  const patience = sleep(ALIVE_WAIT_MS, undefined, { signal: waiting.signal, ref: false });
  try {
    await Promise.race([asked, patience]);
  } finally {
    waiting.abort();
    await Promise.allSettled([patience]);
  }
}

/** Whatever keeps the stage from its credentials ends it: the clone would fail with less to say. */
async function explained(
  { useRepoToken, service }: CloneAccessDeps,
  repo: Repo,
  call: (token: ScmToken) => Promise<Netrc>,
): Promise<Netrc> {
  try {
    return await useRepoToken(repo, call);
  } catch (error) {
    if (isScmError(error, 'not-supported')) throw withoutAccount(service.title);
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'service-unsupported') throw withoutAccount(service.title);
    const remedy = error.hint === undefined ? '' : ` ${error.hint}`;
    throw new AppError('clone-refused', `${repo.slug} cannot be cloned: ${error.message}${remedy}`, {
      cause: error,
    });
  }
}

function withoutAccount(title: string): AppError {
  return new AppError(
    'clone-refused',
    `${title} gives no credentials for clones. Set DRONE_GIT_USERNAME and DRONE_GIT_PASSWORD to an account that may read the repositories.`,
  );
}

/** True unless everybody may read it. */
function isClosed(repo: Repo): boolean {
  return repo.isPrivate || repo.visibility !== 'public';
}

/** Gogs asks for credentials at its LFS even where everybody may read the repository. */
function needsLogin({ connection }: GitService, { config }: Build): boolean {
  if (connection.kind !== 'gogs' || !config.includes('lfs')) return false;
  return readConfig(config, { file: '' }).pipelines.some(({ clone }) => clone.lfs);
}

function hostOf(address: string): string {
  return URL.parse(address)?.hostname ?? '';
}
