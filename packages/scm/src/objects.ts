import type { Permission, Visibility } from '@sortie/core/repo';

/** An account of a Git service. */
export interface ScmUser {
  /** Number or uuid of the account at the service, as text; survives renames. */
  readonly uid: string;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** Absolute address; empty when the service gives none or one on a foreign host. */
  readonly avatar: string;
  /** Unix seconds; absent when the service does not say. */
  readonly created?: number;
}

/** What a call is made with. Never logged. */
export interface ScmToken {
  /** Empty = anonymous. */
  readonly access: string;
  /** Empty = cannot be refreshed. For OAuth 1.0a: the token secret. */
  readonly refresh: string;
  /** Unix seconds, 0 = never. */
  readonly expires: number;
}

export interface ScmRepo {
  readonly uid: string;
  /** May contain `/` where the service has nested groups. */
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name`. */
  readonly slug: string;
  readonly httpUrl: string;
  readonly sshUrl: string;
  /** The page that a person opens. */
  readonly link: string;
  /** Default branch. It need not exist. */
  readonly branch: string;
  readonly private: boolean;
  readonly visibility: Visibility;
  readonly archived: boolean;
  readonly empty: boolean;
  readonly fork: boolean;
  /** Absent where the place it was read from does not tell, or is known to lie. */
  readonly perm?: ScmPerm;
}

/** Admin includes write, write includes read. */
export type ScmPerm = Permission;

export interface ScmOrg {
  readonly name: string;
  readonly avatar: string;
}

export interface ScmMembership {
  readonly active: boolean;
  readonly role: 'admin' | 'member' | 'unknown';
}

/** Author or committer of a commit. */
export interface ScmSignature {
  /** Empty when the e-mail address belongs to no account of the service. */
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** Unix seconds, 0 = unknown. */
  readonly date: number;
  readonly avatar: string;
}

export interface ScmCommit {
  /** Of a commit, never of a tag object. */
  readonly sha: string;
  readonly message: string;
  readonly link: string;
  readonly author: ScmSignature;
  readonly committer: ScmSignature;
}

export interface ScmFile {
  readonly path: string;
  readonly data: Uint8Array;
  readonly blobSha?: string;
  readonly kind: 'file';
}

export interface ScmEntry {
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'symlink' | 'submodule';
}

export interface ScmChange {
  readonly path: string;
  readonly previousPath?: string;
  readonly added: boolean;
  readonly renamed: boolean;
  readonly deleted: boolean;
}

export interface ScmHook {
  readonly id: string;
  readonly target: string;
  readonly events: readonly string[];
  readonly active: boolean;
  readonly skipVerify: boolean;
}

/** A branch, tag or other ref. */
export interface ScmRef {
  /** The full name, for example `refs/heads/main`. */
  readonly name: string;
  readonly sha: string;
  /** Of an annotated tag: the commit that it stands for. */
  readonly peeled?: string;
}

/** What `git` sends to the service when it clones. */
export interface Netrc {
  /** Host name without port. */
  readonly machine: string;
  readonly login: string;
  readonly password: string;
}

export type ScmState =
  | 'waiting'
  | 'blocked'
  | 'pending'
  | 'running'
  | 'success'
  | 'failure'
  | 'error'
  | 'killed'
  | 'declined'
  | 'skipped';

/** The status of a commit, as the build reports it. */
export interface ScmStatus {
  readonly state: ScmState;
  /** Context, for example `continuous-integration/drone/push`. */
  readonly label: string;
  readonly title: string;
  readonly description: string;
  /** Address of the build; always on our own server. */
  readonly link: string;
  /** Full ref that was built; empty when there is none. */
  readonly ref: string;
}

/** The status of a deployment that the service asked for. */
export interface ScmDeployStatus extends ScmStatus {
  readonly deploymentId: string;
  readonly environment: string;
  readonly environmentLink: string;
}
