import { AppError } from '@sortie/core/errors';
import type { Configuration, CustomFetch } from 'openid-client';
import { type OidcClaims, type OidcPerson, toPerson } from './oidc-claims.ts';
import { toSignInError } from './oidc-errors.ts';

/** An identity provider as the settings describe it. */
export interface OidcSettings {
  /** Exactly as its discovery document names it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Empty for a public client, which PKCE alone protects. */
  readonly clientSecret: string;
  /** Separated by blanks; with `openid`. */
  readonly scope: string;
  readonly loginClaim: string;
  readonly groupsClaim: string;
  /** Empty = everybody. */
  readonly allowedGroups: readonly string[];
}

export interface OidcDeps {
  readonly settings: OidcSettings;
  /** As people call the provider. */
  readonly title: string;
  /** Unix seconds. */
  readonly now: () => number;
  /** Sends one request and follows no redirect; the global `fetch` unless given. */
  readonly fetch?: CustomFetch;
}

/** OpenID Connect with authorisation code, PKCE, state and nonce. */
export interface OidcProvider {
  /** The address the browser is sent to. Throws `service-unavailable`, `service-answer`. */
  begin(input: OidcBegin): Promise<string>;
  /**
   * Who has come back. Throws `sign-in-refused` for a code that the provider refuses, `service-answer` for an ID token
   * that cannot be believed, `service-setup`, `service-unavailable`, `sign-in-membership`.
   */
  finish(input: OidcFinish): Promise<OidcPerson>;
}

export interface OidcBegin {
  readonly state: string;
  readonly nonce: string;
  /** Base64url of SHA-256 of the verifier. */
  readonly challenge: string;
  readonly redirectUri: string;
}

export interface OidcFinish {
  /** The redirect address with everything that came back in its query. */
  readonly callback: URL;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

type Library = typeof import('openid-client');

interface Opened {
  readonly library: Library;
  readonly configuration: Configuration;
  /** Unix seconds. */
  readonly opened: number;
}

/** Addresses and keys of a provider change rarely. */
const KEEP_SECONDS = 3600;
const CALL_SECONDS = 15;

/** The provider is asked for its addresses at the first need, so that a server starts without it. */
export function createOidcProvider(deps: OidcDeps): OidcProvider {
  let opening: Promise<Opened> | undefined;
  const open = async (): Promise<Opened> => {
    const known = await opening;
    if (known !== undefined && deps.now() - known.opened < KEEP_SECONDS) return known;
    const fresh = discover(deps);
    opening = fresh;
    // What failed is tried anew the next time.
    fresh.catch(() => {
      if (opening === fresh) opening = undefined;
    });
    return fresh;
  };
  const attempt = async <Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> => {
    try {
      return await work(await open());
    } catch (error) {
      throw toSignInError(error, deps.title);
    }
  };
  return {
    begin: (input) => attempt(async (opened) => beginAt(deps, opened, input)),
    finish: (input) => attempt((opened) => finishAt(deps, opened, input)),
  };
}

async function discover({ settings, fetch, now }: OidcDeps): Promise<Opened> {
  // Loaded when somebody signs in this way: most servers never need it.
  const library = await import('openid-client');
  const issuer = new URL(settings.issuer);
  const { clientId } = settings;
  const execute = issuer.protocol === 'http:' && isLoopback(issuer) ? [library.allowInsecureRequests] : [];
  const options = {
    execute: [...execute, library.enableNonRepudiationChecks],
    timeout: CALL_SECONDS,
    ...(fetch === undefined ? {} : { [library.customFetch]: fetch }),
  };
  const found = await library.discovery(issuer, clientId, undefined, library.None(), options);
  const configuration = new library.Configuration(
    found.serverMetadata(),
    clientId,
    undefined,
    proofOf(library, found, settings.clientSecret),
  );
  for (const apply of options.execute) apply(configuration);
  configuration.timeout = CALL_SECONDS;
  if (fetch !== undefined) configuration[library.customFetch] = fetch;
  return { library, configuration, opened: now() };
}

/** Basic is what every provider must know; the form only where Basic is not offered (RFC 6749, 2.3.1). */
function proofOf(library: Library, found: Configuration, secret: string) {
  if (secret === '') return library.None();
  const { token_endpoint_auth_methods_supported: methods } = found.serverMetadata();
  const isFormOnly =
    methods?.includes('client_secret_basic') === false && methods.includes('client_secret_post');
  return isFormOnly ? library.ClientSecretPost(secret) : library.ClientSecretBasic(secret);
}

function beginAt({ settings }: OidcDeps, { library, configuration }: Opened, input: OidcBegin): string {
  const url = library.buildAuthorizationUrl(configuration, {
    redirect_uri: input.redirectUri,
    scope: settings.scope,
    state: input.state,
    nonce: input.nonce,
    code_challenge: input.challenge,
    code_challenge_method: 'S256',
  });
  return url.href;
}

async function finishAt(
  { settings }: OidcDeps,
  { library, configuration }: Opened,
  { callback, state, nonce, verifier }: OidcFinish,
): Promise<OidcPerson> {
  const tokens = await library.authorizationCodeGrant(configuration, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined)
    throw new TypeError('openid-client returned no ID token although one is expected');
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  const more: OidcClaims =
    endpoint === undefined ? {} : await library.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  const person = toPerson({ ...claims, ...more, iss: claims.iss, sub: claims.sub }, settings);
  requireGroup(settings, person);
  return person;
}

/** At every sign-in, so that whoever leaves the group stays out. */
function requireGroup({ allowedGroups }: OidcSettings, { groups }: OidcPerson): void {
  const isAllowed = allowedGroups.length === 0 || allowedGroups.some((group) => groups.includes(group));
  if (isAllowed) return;
  throw new AppError('sign-in-membership', 'User must be a member of an approved organization', {
    hint: 'Ask an administrator of this server which groups of the identity provider may sign in.',
  });
}

/** Addresses of this very machine, where plain HTTP gives nothing away. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
