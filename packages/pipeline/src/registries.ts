/** Name and password for one registry. */
export interface RegistryLogin {
  /** A host with its port if any, or the address that `docker login` was given. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
}

/**
 * The logins of the secrets under `image_pull_secrets`, in the order of their rank: later secrets win (pipeline.md 7.2).
 * `values` are the texts of the secrets in the order of the file.
 */
export function pullLogins(values: readonly string[]): readonly RegistryLogin[] {
  return values.toReversed().flatMap((text) => readDockerConfig(text) ?? []);
}

/** The logins of a Docker configuration (`{"auths": {…}}`); `undefined` for a text that is none. */
export function readDockerConfig(text: string): readonly RegistryLogin[] | undefined {
  const config = parseJson(text);
  const auths = isRecord(config) ? config.auths : undefined;
  if (!isRecord(auths)) return undefined;
  const logins: RegistryLogin[] = [];
  for (const [address, auth] of Object.entries(auths)) {
    const login = isRecord(auth) ? readAuth(auth) : undefined;
    if (login !== undefined) logins.push({ address, ...login });
  }
  return logins;
}

function readAuth(auth: Readonly<Record<string, unknown>>): Omit<RegistryLogin, 'address'> | undefined {
  if (typeof auth.auth === 'string' && auth.auth !== '') {
    const pair = new TextDecoder().decode(Buffer.from(auth.auth, 'base64'));
    const colon = pair.indexOf(':');
    return colon < 0
      ? undefined
      : { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
  }
  const { username, password } = auth;
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
