/** What a token may do. One table for routes, documentation and OpenAPI. */
export const SCOPES = {
  all: 'Everything that the account may do',
  'builds:read': 'Read repositories, builds, their steps, cron jobs and templates',
  'builds:write': 'Start, restart, promote, approve and cancel builds; run cron jobs',
  'logs:read': 'Read logs',
  'git:read': 'Fetch from the built-in Git host',
  'git:write': 'Push to the built-in Git host',
  'secrets:read': 'See which secrets exist; values are never shown',
  'secrets:write': 'Create, change and delete secrets, sign and encrypt',
  'repos:admin': 'Activate repositories and change their settings, cron jobs and templates',
  'account:write': 'Change the account and its tokens',
  'users:admin': 'Manage accounts; for administrators',
  'server:admin': 'Queue, runners, statistics and audit log; for administrators',
} as const;

export type Scope = keyof typeof SCOPES;

/** An API token. Only its hash is stored; the text is shown once, when it is made. */
export interface Token {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  /** The first characters of the text, so that a person recognises it. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** The only repositories that it may be used for; empty = every one of the account. */
  readonly repoIds: readonly number[];
  /** The only networks that it may be used from, in CIDR form; empty = everywhere. */
  readonly ranges: readonly string[];
  /** Requests per minute; 0 = what the server allows. */
  readonly rateLimit: number;
  /** Unix seconds; 0 = never expires. */
  readonly expires: number;
  /** Until when the text before the last rotation works too; 0 = it does not. */
  readonly previousExpires: number;
  readonly lastUsed: number;
  readonly created: number;
}

/** True when the scopes of a token cover what a route asks for. Who may write secrets may see which there are. */
export function hasScope(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes('all') || scopes.includes(wanted)) return true;
  return wanted === 'secrets:read' && scopes.includes('secrets:write');
}
