import { createHmac, type createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import type { OidcSettings } from './oidc.ts';

export interface ProviderOptions {
  /** Claims of whoever signs in, beside `sub`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly sub?: string;
  /** How the client proves itself; Basic unless given. */
  readonly proof?: 'client_secret_basic' | 'client_secret_post' | 'none';
}

/** A real OpenID provider on a port of this machine, where everybody signs in without a question. */
export interface TestProvider {
  readonly issuer: string;
  readonly settings: OidcSettings;
  /** The only address that browsers are sent back to. */
  redirectUri: string;
  /** Who signs in next. */
  person: { sub: string; claims: Readonly<Record<string, unknown>> };
  /** Changes the ID tokens on their way; they are signed anew with `key`, or with the provider's own. */
  alter: ((claims: Record<string, unknown>) => Record<string, unknown>) | undefined;
  key: 'own' | 'foreign' | 'none' | 'secret';
  /** Paths that were asked for, oldest first. */
  readonly paths: readonly string[];
  /** Answers everything with this status, instead. */
  outage: number | undefined;
  /** Lets the person sign in, and returns the address to which the browser is sent back. */
  visit(url: string): Promise<URL>;
  close(): Promise<void>;
}

export async function openProvider(options: ProviderOptions = {}): Promise<TestProvider> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const paths: string[] = [];
  let answer = async (_request: IncomingMessage, _response: ServerResponse): Promise<void> => undefined;
  const server = createServer((request, response) => {
    paths.push((request.url ?? '').split('?')[0] ?? '');
    if (provider.outage !== undefined) response.writeHead(provider.outage).end('<html>');
    else void answer(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proof = options.proof ?? 'client_secret_basic';
  const provider: TestProvider = {
    issuer,
    settings: {
      issuer,
      clientId: 'sortie',
      clientSecret: proof === 'none' ? '' : 'hush-hush-hush-hush-hush-hush-hush',
      scope: 'openid profile email',
      loginClaim: 'preferred_username',
      groupsClaim: 'groups',
      allowedGroups: [],
    },
    redirectUri: 'http://localhost:8080/login',
    person: { sub: options.sub ?? 'sub-ada', claims: options.claims ?? {} },
    alter: undefined,
    key: 'own',
    paths,
    outage: undefined,
    visit: (url) => visit(url),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
  const oidc = new Provider(issuer, configurationOf(provider, options, own.export({ format: 'jwk' })));
  const callback = oidc.callback();
  answer = async (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) {
      return oidc.interactionFinished(request, response, { login: { accountId: provider.person.sub } });
    }
    if (request.url === '/token') alterAnswer(provider, response, { own, foreign });
    return callback(request, response);
  };
  return provider;
}

type Key = ReturnType<typeof createPrivateKey>;

function configurationOf(
  provider: TestProvider,
  { proof = 'client_secret_basic' }: ProviderOptions,
  jwk: object,
) {
  return {
    // Read at every request: the address of a server under test may be known late.
    adapter: createAdapter(() => ({
      client_id: 'sortie',
      ...(proof === 'none' ? {} : { client_secret: provider.settings.clientSecret }),
      token_endpoint_auth_method: proof,
      redirect_uris: [provider.redirectUri],
    })),
    ...(proof === 'client_secret_basic' ? {} : { clientAuthMethods: [proof] }),
    cookies: { keys: ['a key for cookies'] },
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'RS256', kid: 'one' }] },
    ttl: {
      Session: 600,
      Interaction: 600,
      Grant: 600,
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: 60,
    },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username', 'name', 'picture', 'groups'],
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, ...provider.person.claims }),
    }),
    // Nobody is asked whether the client may know who they are.
    async loadExistingGrant(context: {
      oidc: { provider: Provider; client: { clientId: string }; session: { accountId: string } };
    }) {
      const { provider: oidc, client, session } = context.oidc;
      const grant = new oidc.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    renderError(context: { status: number; body: string }, out: unknown) {
      context.body = JSON.stringify(out);
    },
  };
}

/** Rewrites the body of the token endpoint before it goes out. */
function alterAnswer(
  provider: TestProvider,
  response: ServerResponse,
  keys: Record<'own' | 'foreign', Key>,
): void {
  if (provider.alter === undefined && provider.key === 'own') return;
  const end = response.end.bind(response);
  response.end = ((chunk: unknown) => {
    const body = JSON.parse(String(chunk)) as Record<string, unknown>;
    if (typeof body.id_token === 'string') {
      const [, payload = ''] = body.id_token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
      const altered = provider.alter?.(claims) ?? claims;
      const { clientSecret } = provider.settings;
      if (provider.key === 'none') body.id_token = tokenOf('none', altered, () => Buffer.of());
      else if (provider.key === 'secret')
        body.id_token = tokenOf('HS256', altered, (text) =>
          createHmac('sha256', clientSecret).update(text).digest(),
        );
      else body.id_token = signToken(altered, keys[provider.key]);
    }
    const text = JSON.stringify(body);
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text);
  }) as typeof response.end;
}

function signToken(claims: object, key: Key): string {
  return tokenOf('RS256', claims, (text) => sign('sha256', Buffer.from(text), key));
}

function tokenOf(alg: string, claims: object, prove: (text: string) => Buffer): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg, kid: 'one' })}.${encode(claims)}`;
  return `${text}.${prove(text).toString('base64url')}`;
}

/** Follows redirects with the cookies of the provider until one leads away from it. */
async function visit(start: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  const { origin } = url;
  for (let hop = 0; hop < 10; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    const text = await answer.text();
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the provider answers ${answer.status}: ${text}`);
    url = new URL(location, url);
    if (url.origin !== origin) return url;
  }
  throw new Error('the provider redirects for ever');
}

/** Keeps everything in one map, as long as the test lives. */
function createAdapter(client: () => Record<string, unknown>) {
  const rows = new Map<string, Record<string, unknown>>();
  return class {
    readonly prefix: string;
    constructor(name: string) {
      this.prefix = `${name}:`;
    }
    async upsert(id: string, payload: Record<string, unknown>): Promise<void> {
      rows.set(this.prefix + id, payload);
    }
    async find(id: string) {
      return this.prefix === 'Client:' ? client() : rows.get(this.prefix + id);
    }
    async findByUid(uid: string) {
      return [...rows.values()].find((row) => row.uid === uid);
    }
    async consume(id: string): Promise<void> {
      const row = rows.get(this.prefix + id);
      if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000);
    }
    async destroy(id: string): Promise<void> {
      rows.delete(this.prefix + id);
    }
    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key);
    }
  };
}
