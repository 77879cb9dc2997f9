import { matchesAny } from './secret.ts';

/** Which repositories a runner may serve by their setting `trusted`. */
export const RUNNER_TRUSTS = ['any', 'trusted', 'untrusted'] as const;
export type RunnerTrust = (typeof RUNNER_TRUSTS)[number];

/** What a runner may be handed; an empty list or map limits nothing. */
export interface RunnerScope {
  readonly namespaces: readonly string[];
  /** Globs of slugs, for example `octocat/*`. */
  readonly repos: readonly string[];
  /** Pipeline types. */
  readonly types: readonly string[];
  /** It may only ask for stages with exactly these labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly trust: RunnerTrust;
}

/** The token of one runner. Only its hash is stored; the text is shown once, when it is made. */
export interface RunnerToken extends RunnerScope {
  readonly id: number;
  readonly name: string;
  /** The first characters of the text, so that a person recognises it. */
  readonly prefix: string;
  /** The only networks that it may be used from, in CIDR form; empty = everywhere. */
  readonly ranges: readonly string[];
  /** Unix seconds; 0 = never expires. */
  readonly expires: number;
  /** Until when the text before the last rotation works too; 0 = it does not. */
  readonly previousExpires: number;
  /** Unix seconds and the address of the last call; 0 and empty = never. */
  readonly lastUsed: number;
  readonly lastAddress: string;
  readonly created: number;
}

/** What the shared secret allows: everything. */
export const UNLIMITED_SCOPE: RunnerScope = {
  namespaces: [],
  repos: [],
  types: [],
  labels: {},
  trust: 'any',
};

/** True when a runner with this scope may be handed stages of the repository. */
export function servesRepo(
  scope: RunnerScope,
  repo: { readonly namespace: string; readonly slug: string; readonly isTrusted: boolean },
): boolean {
  const isNamed = scope.namespaces.length === 0 && scope.repos.length === 0;
  const namespace = repo.namespace.toLowerCase();
  const isListed =
    isNamed ||
    scope.namespaces.some((name) => name.toLowerCase() === namespace) ||
    matchesAny(scope.repos, repo.slug);
  return isListed && (scope.trust === 'any' || (scope.trust === 'trusted') === repo.isTrusted);
}

/** True when a runner with this scope may ask for stages of this type with these labels. */
export function servesStage(
  scope: RunnerScope,
  stage: { readonly type: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  const isType = scope.types.length === 0 || scope.types.includes(stage.type || 'docker');
  return isType && (Object.keys(scope.labels).length === 0 || sameLabels(scope.labels, stage.labels));
}

/** What a runner may be handed by its token, with the repositories of its scope looked up. */
export interface TokenReach extends Pick<RunnerScope, 'types' | 'labels'> {
  /** The only repositories whose stages it may have; absent = all. */
  readonly repoIds?: ReadonlySet<number>;
}

/** True when a runner with this reach may be handed the stage. */
export function reachesStage(
  { repoIds, ...scope }: TokenReach,
  stage: Parameters<typeof servesStage>[1] & { readonly repoId: number },
): boolean {
  return (repoIds?.has(stage.repoId) ?? true) && servesStage({ ...UNLIMITED_SCOPE, ...scope }, stage);
}

function sameLabels(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && left[key] === right[key])
  );
}
