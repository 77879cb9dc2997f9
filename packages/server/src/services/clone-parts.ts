import type { CloneCredentials, SystemInfo } from '@sortie/contract/runner';
import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { CloneAccess } from './clone-access.ts';
import { type AddressRewrite, type CloneFacts, forRunner, rewriteAddress } from './clone-address.ts';
import { CLONE_LOGIN, signCloneToken } from './clone-token.ts';
import type { RepoSource } from './source.ts';

export interface HandOutPartsDeps {
  readonly publicUrl: string;
  readonly pathPrefix: string;
  readonly version: string;
  /** Unix seconds. */
  readonly now: () => number;
  readonly builtinConnectionId: number;
  /** Strangers see nothing of this server, public repositories included. */
  readonly isPrivateMode: boolean;
  readonly cloneKey: Buffer;
  readonly rewrites: readonly AddressRewrite[];
  /** By connection; both are filled later. */
  readonly sources: ReadonlyMap<number, RepoSource>;
  readonly cloneAccess: ReadonlyMap<number, CloneAccess>;
}

type CloneSource = (repo: Repo, build: Build) => Promise<CloneCredentials | undefined>;

/** What goes with a stage to its runner, whatever the Git service of its repository is. */
export interface HandOutParts {
  readonly system: SystemInfo;
  /** Throws `clone-refused`. */
  readonly cloneCredentials: CloneSource;
  /** The same for official runners, which may show the credentials to every step: none of a person for forks (X25). */
  readonly officialCredentials: CloneSource;
  readonly forRunner: (facts: CloneFacts) => CloneFacts;
  readonly changedFiles: (repo: Repo, build: Build) => Promise<readonly string[] | undefined>;
}

/** A clone token outlives the time limit of its stage by this much. */
const CLONE_TOKEN_SLACK_SECONDS = 600;

export function createHandOutParts(deps: HandOutPartsDeps): HandOutParts {
  const { publicUrl, pathPrefix, version, builtinConnectionId, rewrites, sources } = deps;
  const url = new URL(publicUrl);
  const issue = async (repo: Repo, build: Build, isOfficial: boolean) => {
    if (repo.connectionId === builtinConnectionId) return builtinToken(deps, repo, build);
    const access = deps.cloneAccess.get(repo.connectionId);
    if (access === undefined) throw notConnected(repo);
    return access.credentialsFor(repo, build, { isOfficial });
  };
  return {
    // With the path, since links to builds are made of it.
    system: { proto: url.protocol.slice(0, -1), host: `${url.host}${pathPrefix}`, version },
    cloneCredentials: (repo, build) => issue(repo, build, false),
    officialCredentials: (repo, build) => issue(repo, build, true),
    forRunner: (facts) => forRunner(rewrites, facts),
    changedFiles: async (repo, build) => {
      if (build.event !== 'push' && build.event !== 'pull_request') return undefined;
      const { before, after } = build;
      return sources.get(repo.connectionId)?.changedFiles?.(repo, before, after, build);
    },
  };
}

function builtinToken(deps: HandOutPartsDeps, repo: Repo, build: Build): CloneCredentials | undefined {
  const { publicUrl, now, cloneKey, rewrites } = deps;
  if (repo.visibility === 'public' && !deps.isPrivateMode) return undefined;
  const expires = now() + repo.timeoutMinutes * 60 + CLONE_TOKEN_SLACK_SECONDS;
  const password = signCloneToken(cloneKey, { repoId: repo.id, buildId: build.id, expires });
  const address = rewriteAddress(rewrites, repo.httpUrl);
  const { hostname } = new URL(address === repo.httpUrl ? publicUrl : address);
  return { machine: hostname, login: CLONE_LOGIN, password };
}

function notConnected({ slug }: Repo): AppError {
  return new AppError(
    'clone-refused',
    `${slug} cannot be cloned: its Git service is not connected to this server any more. Give the server the settings of the service again, for example DRONE_GOGS_SERVER.`,
  );
}
