import type { ConnectionKind } from '@sortie/core/connection';
import type {
  HookBuild,
  HookCompletion,
  HookHistory,
  HookMapping,
  OpenedWebhook,
  VerifiedWebhook,
  WebhookOpening,
  WebhookRequest,
} from './hook-event.ts';
import type {
  Netrc,
  ScmChange,
  ScmCommit,
  ScmDeployStatus,
  ScmEntry,
  ScmFile,
  ScmHook,
  ScmMembership,
  ScmOrg,
  ScmPerm,
  ScmRef,
  ScmRepo,
  ScmStatus,
  ScmToken,
  ScmUser,
} from './objects.ts';
import type { SignIn } from './sign-in.ts';

/** Operations that not every service has; a driver throws `not-supported` for what it cannot do. */
export type DriverOperation =
  | 'refreshToken'
  | 'findUser'
  | 'findRepoByUid'
  | 'listOrgs'
  | 'findMembership'
  | 'listDirAt'
  | 'listChanges'
  | 'updateHook'
  | 'rotateHookSecret'
  | 'testHook'
  | 'createStatus'
  | 'createDeployStatus'
  | 'commentOnPull'
  | 'cloneCredentials';

export interface HookOptions {
  /** The final address, without query: services refuse redirects. */
  readonly target: string;
  readonly secret: string;
  /** Categories of `DRONE_INCOMING_WEBHOOK_EVENTS`. */
  readonly events: readonly HookCategory[];
  readonly skipVerify: boolean;
  /** False switches a hook off; honoured by services that cannot change the secret of one. */
  readonly isActive?: boolean;
  /** Leaves older hooks with this target, for a rotation at services that cannot change the secret of one. */
  readonly besideOthers?: boolean;
}
export type HookCategory = 'branch' | 'deployment' | 'push' | 'tag' | 'pull_request';

/** What to compare: one commit, two commits, or a pull request. */
export type ChangeRange =
  | { readonly sha: string }
  | { readonly before: string; readonly after: string }
  | { readonly pull: number };

/** What a link leads to; an empty target is the repository. */
export interface LinkTarget {
  /** Full ref, or empty. */
  readonly ref: string;
  readonly sha: string;
}

/**
 * One Git service. Every call names the token it is made with; drivers keep none. All errors are `ScmError`s:
 * timeouts, connection trouble and 5xx are `unavailable`, an answer that is not what the service documents is
 * `malformed`. `slug` is always `namespace/name`; a `ref` is a full ref (`refs/heads/x`) or a full commit id.
 */
export interface Driver {
  readonly kind: ConnectionKind;
  /** Address that people open, with a slash at its end. */
  readonly link: string;
  readonly signIn: SignIn;
  supports(operation: DriverOperation): boolean;

  /** Trades a token for a new one. The old one may be dead afterwards, so store the answer before using it. */
  refreshToken(token: ScmToken): Promise<ScmToken>;
  currentUser(token: ScmToken): Promise<ScmUser>;
  findUser(token: ScmToken, login: string): Promise<ScmUser>;

  /** All repositories the account belongs to. `perm` is set where the list can be believed. */
  listRepos(token: ScmToken): AsyncIterable<ScmRepo>;
  /** With trustworthy `perm`. A dead token is `unauthorized`, also where the service counts it as anonymous. */
  findRepo(token: ScmToken, repo: { readonly slug: string } | { readonly uid: string }): Promise<ScmRepo>;
  findPerm(token: ScmToken, slug: string): Promise<ScmPerm>;
  listOrgs(token: ScmToken): Promise<readonly ScmOrg[]>;
  findMembership(token: ScmToken, org: string, login: string): Promise<ScmMembership>;

  /** Refuses folders, symlinks, submodules and more than `maxBytes` (default 4 MiB) with `validation`. */
  fileAt(token: ScmToken, slug: string, ref: string, path: string, maxBytes?: number): Promise<ScmFile>;
  listDirAt(token: ScmToken, slug: string, ref: string, path: string): Promise<readonly ScmEntry[]>;
  /** The commit behind a commit id or a full ref; annotated tags are peeled. */
  findCommit(token: ScmToken, slug: string, ref: string): Promise<ScmCommit>;
  findBranch(token: ScmToken, slug: string, branch: string): Promise<ScmRef>;
  listBranches(token: ScmToken, slug: string): Promise<readonly ScmRef[]>;
  listTags(token: ScmToken, slug: string): Promise<readonly ScmRef[]>;
  /** `not-found` when the ref does not exist now. */
  resolveRef(token: ScmToken, slug: string, ref: string): Promise<ScmRef>;
  listChanges(token: ScmToken, slug: string, range: ChangeRange): Promise<readonly ScmChange[]>;

  listHooks(token: ScmToken, slug: string): Promise<readonly ScmHook[]>;
  /** Leaves exactly one hook with this target (scheme, host and path; query ignored) and no other one touched. */
  createHook(token: ScmToken, slug: string, options: HookOptions): Promise<ScmHook>;
  /** Changes events, state and, where the service can, the secret of an existing hook. */
  updateHook(token: ScmToken, slug: string, id: string, options: HookOptions): Promise<ScmHook>;
  /** Removes every hook with this target, or the one with this id. Succeeds when there is none. */
  deleteHook(
    token: ScmToken,
    slug: string,
    hook: { readonly target: string } | { readonly id: string },
  ): Promise<void>;
  /** Why the service may refuse to call this address, and the setting to check there; undefined when it should. Pure. */
  hookHint(target: string): string | undefined;
  /** Asks the service for a test delivery. */
  testHook(token: ScmToken, slug: string, id: string): Promise<void>;

  createStatus(token: ScmToken, slug: string, sha: string, status: ScmStatus): Promise<void>;
  createDeployStatus(token: ScmToken, slug: string, status: ScmDeployStatus): Promise<void>;
  /** Writes a comment under a pull request. */
  commentOnPull(token: ScmToken, slug: string, pull: number, text: string): Promise<void>;

  /** Reads headers and JSON only; pure, and never throws whatever the bytes are. */
  openWebhook(request: WebhookRequest): WebhookOpening;
  /**
   * Compares in constant time with each secret; empty secrets never match. Pure, never throws. `nowSeconds` is
   * for services that sign a time; `undefined` means refused.
   */
  verifyWebhook(
    opened: OpenedWebhook,
    secrets: readonly string[],
    nowSeconds: number,
  ): VerifiedWebhook | undefined;
  /** Checks the body against the claimed event and maps it. Pure, never throws. */
  mapWebhook(webhook: VerifiedWebhook): HookMapping;
  /** Finds out what `event.lookups` names. May wait for a pull ref up to 20 s. */
  completeHook(token: ScmToken, event: HookBuild, history: HookHistory): Promise<HookCompletion>;

  /** The page of a branch, tag, pull request, commit, or of the repository. Pure. */
  linkTo(slug: string, target: LinkTarget): string;
  /** What a runner clones with; `validation` when the address is on a foreign host. */
  cloneCredentials(token: ScmToken, repo: { readonly httpUrl: string }): Promise<Netrc>;
}

/** Files, commits and refs of a repository. */
export type ContentCalls = Pick<
  Driver,
  | 'fileAt'
  | 'listDirAt'
  | 'findCommit'
  | 'findBranch'
  | 'listBranches'
  | 'listTags'
  | 'resolveRef'
  | 'listChanges'
>;
