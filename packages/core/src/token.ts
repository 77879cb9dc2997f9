/** What a token may do. One table for routes, documentation and OpenAPI. */
export const SCOPES = {
  all: 'Everything that the account may do',
  'builds:read': 'Read repositories, builds and their steps',
  'builds:write': 'Start, restart and cancel builds',
  'logs:read': 'Read logs',
  'git:read': 'Fetch from the built-in Git host',
  'git:write': 'Push to the built-in Git host',
  'secrets:write': 'Create, change and delete secrets',
  'repos:admin': 'Change the settings of repositories',
  'account:write': 'Change the account and its tokens',
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
  /** Unix seconds; 0 = never expires. */
  readonly expires: number;
  readonly lastUsed: number;
  readonly created: number;
}

/** True when the scopes of a token cover what a route asks for. */
export function hasScope(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes('all') || scopes.includes(wanted);
}
