import type { Connection } from '@sortie/core/connection';
import type { Driver } from '@sortie/scm/driver';
import type { ScmToken } from '@sortie/scm/objects';
import type { ServiceProbe } from '@sortie/scm/probe';

/** A Git service that this server is connected to. */
export interface GitService {
  readonly connection: Connection;
  readonly driver: Driver;
  /** As people call it, for sentences and buttons: `Gogs`, `Bitbucket Cloud`. */
  readonly title: string;
  /** Address that this server uses where it cannot use the one that people open; absent when it is the same. */
  readonly internalUrl?: string;
  /** The service does not check the certificate of this server when it calls a webhook. */
  readonly skipsVerify: boolean;
  /** Where the service sends browsers back to after a sign-in; absent = `/login` of the public address. */
  readonly redirectUrl?: string;
  /** Asks the service for anything, without credentials; throws when it cannot be reached. */
  readonly probe?: () => Promise<ServiceProbe>;
}

/** All of them, in the order of scm.md 1.4. The built-in host is none of them. */
export interface GitServices {
  readonly all: readonly GitService[];
  find(connectionId: number): GitService | undefined;
  /** As `find`; throws `service-missing` for a connection whose settings have been taken away. */
  require(connectionId: number): GitService;
  byName(name: string): GitService | undefined;
}

/** Lends the tokens that people have at Git services. Nobody else reads them. */
export interface TokenBroker {
  /**
   * Calls with a token that is valid for another minute at least, renewed before where the service can. A token that
   * the service refuses is marked, so that health and builds can name it. Errors of the service become `AppError`s:
   * `service-token` when there is none or it is refused, `service-unavailable`, `service-answer`, `service-refused`,
   * `service-rate-limited`, `not-found`; other errors pass. `connectionId` of the user need not be this one.
   */
  use<Result>(
    account: { readonly userId: number; readonly connectionId: number },
    call: (token: ScmToken, service: GitService) => Promise<Result>,
  ): Promise<Result>;
}
