/** What somebody did to accounts, secrets or settings, or tried to. Never changed and never removed. */
export interface AuditEntry {
  readonly id: number;
  /** Unix seconds. */
  readonly created: number;
  /** 0 for nobody. */
  readonly userId: number;
  readonly login: string;
  /** The token that was used; 0 for sessions and the old user token. */
  readonly tokenId: number;
  readonly via: 'nothing' | 'session' | 'token' | 'command-line';
  /** Address of the client; empty for commands on the machine of the server. */
  readonly ip: string;
  /** Id of the operation, for example `createRepoSecret`. */
  readonly action: string;
  /** What it was about, for example `octocat/hello` or `octocat/hello secrets/token`. */
  readonly subject: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the error; empty for success. */
  readonly errorCode: string;
  readonly requestId: string;
}
