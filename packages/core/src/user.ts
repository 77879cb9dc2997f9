/** An account: a person, or a machine that cannot sign in interactively. */
export interface User {
  readonly id: number;
  readonly connectionId: number;
  /** Id of the account at its connection; the login for the built-in host. */
  readonly uid: string;
  /** 1 to 50 of letters, digits, `.`, `_`, `-`; unique whatever the case. */
  readonly login: string;
  readonly email: string;
  readonly avatar: string;
  readonly isMachine: boolean;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
  readonly isSyncing: boolean;
  /** Unix seconds, 0 when never. */
  readonly synced: number;
  /** Why the last synchronisation failed; absent or empty when it did not. */
  readonly syncError?: string;
  /** Repositories that the synchronisation under way has been shown so far; absent = none yet. */
  readonly syncSeen?: number;
  readonly created: number;
  readonly updated: number;
  readonly lastLogin: number;
}
