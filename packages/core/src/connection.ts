/**
 * Where repositories and users come from. The built-in Git host is the connection that always exists; Gogs and
 * the others are further ones. An identity provider (`oidc`) has people only. A `uid` is unique within its connection only.
 */
export const CONNECTION_KINDS = [
  'builtin',
  'gogs',
  'gitea',
  'github',
  'gitlab',
  'bitbucket',
  'stash',
  'oidc',
] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

export interface Connection {
  readonly id: number;
  readonly kind: ConnectionKind;
  /** Unique short name, for example `builtin`. */
  readonly name: string;
  /** Base address of the service; empty for the built-in host. */
  readonly url: string;
}

/**
 * Whether the login of an account is also the name of a namespace that is the account's alone. Nicknames of Bitbucket Cloud
 * and names of identity providers may be anybody's, and Bitbucket Server keeps logins and projects apart.
 */
export function namesNamespaces(kind: ConnectionKind): boolean {
  return kind === 'gogs' || kind === 'gitea' || kind === 'github' || kind === 'gitlab' || kind === 'builtin';
}
