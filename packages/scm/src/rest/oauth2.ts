import { expectOk, jsonOf } from '../answers.ts';
import { ScmError } from '../errors.ts';
import { amount, text } from '../fields.ts';
import type { ScmToken } from '../objects.ts';
import type { OAuth2SignIn } from '../sign-in.ts';
import type { Transport } from '../transport.ts';

/** The application as it is registered at the service. */
export interface OAuth2Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Separated by commas or blanks; empty = the default of the service. */
  readonly scope: string;
}

export interface OAuth2Options {
  readonly client: OAuth2Client;
  /** Where the browser goes. */
  readonly authorizeUrl: string;
  readonly transport: Transport;
  /** Absolute, or relative to the base of the transport. */
  readonly tokenPath: string;
  readonly hasPkce: boolean;
  /** Whether the client proves itself with Basic only, or also in the form when a code is traded. */
  readonly provesWith: 'basic' | 'form';
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface OAuth2 {
  readonly signIn: OAuth2SignIn;
  /** Trades the refresh token; a new one may come, and then the old one is dead. */
  refresh(token: ScmToken): Promise<ScmToken>;
}

/** OAuth 2 with authorisation code (RFC 6749), PKCE where the service has it, and refresh tokens. */
export function createOAuth2(options: OAuth2Options): OAuth2 {
  const { client, hasPkce } = options;
  const scope = client.scope
    .split(/[,\s]+/)
    .filter(Boolean)
    .join(' ');
  const identity = { client_id: client.clientId, client_secret: client.clientSecret };
  return {
    signIn: {
      kind: 'oauth2',
      hasPkce,
      start: ({ state, redirectUri, challenge }) => {
        const url = new URL(options.authorizeUrl);
        url.searchParams.set('response_type', 'code');
        url.searchParams.set('client_id', client.clientId);
        url.searchParams.set('redirect_uri', redirectUri);
        url.searchParams.set('state', state);
        if (scope !== '') url.searchParams.set('scope', scope);
        if (hasPkce && challenge !== '') {
          url.searchParams.set('code_challenge', challenge);
          url.searchParams.set('code_challenge_method', 'S256');
        }
        return url.href;
      },
      finish: ({ code, redirectUri, verifier }) =>
        requestToken(options, options.provesWith, {
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          ...(options.provesWith === 'form' && identity),
          ...(hasPkce && verifier !== '' && { code_verifier: verifier }),
        }),
    },
    async refresh(token) {
      if (token.refresh === '') throw signInAgain();
      const form = { grant_type: 'refresh_token', refresh_token: token.refresh };
      const next = await requestToken(options, 'basic', form);
      return { ...next, refresh: next.refresh || token.refresh };
    },
  };
}

async function requestToken(
  options: OAuth2Options,
  proof: 'basic' | 'form',
  form: Readonly<Record<string, string>>,
): Promise<ScmToken> {
  const { clientId, clientSecret } = options.client;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const response = await options.transport.send({
    method: 'POST',
    path: options.tokenPath,
    form,
    headers: { accept: 'application/json', ...(proof === 'basic' && { authorization: `Basic ${basic}` }) },
  });
  // Whoever is refused is told in JSON, some services say 200 to it, and only the kind of error may be shown.
  const isRefusal = response.status === 400 || response.status === 401 || response.status === 403;
  const body = isRefusal ? refusalOf(response.body) : jsonOf(expectOk(response, 'The sign-in'));
  const error = text(body, 'error') || (isRefusal ? 'invalid_grant' : '');
  if (error !== '') throw refusedBecause(error, response.status);
  const access = text(body, 'access_token');
  if (access === '') throw new ScmError('malformed', 'The Git service answers the sign-in without a token.');
  const life = amount(body, 'expires_in') ?? 0;
  return {
    access,
    refresh: text(body, 'refresh_token'),
    expires: life > 0 ? Math.floor(options.now() / 1000 + life) : 0,
  };
}

function refusalOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refusedBecause(error: string, status: number): ScmError {
  const isClient = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials'].includes(error);
  if (isClient)
    return new ScmError('validation', 'The Git service does not know the client id or its secret.', {
      hint: 'Compare client id and client secret with the application that is registered at the Git service.',
      status,
    });
  if (error === 'redirect_uri_mismatch')
    return new ScmError('validation', 'The Git service expects another redirect address.', {
      hint: 'Register `{address of this server}/login` as the redirect address of the application.',
      status,
    });
  return signInAgain(status);
}

function signInAgain(status?: number): ScmError {
  return new ScmError('unauthorized', 'The Git service refuses the sign-in.', {
    hint: 'Sign in again.',
    status,
  });
}
