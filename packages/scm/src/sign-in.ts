import type { ScmToken, ScmUser } from './objects.ts';

/** Who signed in, and the token that calls for them are made with. */
export interface SignedIn {
  readonly user: ScmUser;
  readonly token: ScmToken;
  /** Whether the token is new, so that the stored one must be replaced. */
  readonly isNewToken: boolean;
}

export interface PasswordSignIn {
  /** Login or e-mail address, as typed. */
  readonly login: string;
  readonly password: string;
  /** The stored token of the account with this login or e-mail address; it is used again while it answers. */
  storedToken(login: string): Promise<ScmToken | undefined>;
}

/** A form with name and password, or with a token: the service has no OAuth. */
export interface FormSignIn {
  readonly kind: 'form';
  /** `unauthorized` for a wrong password (constant text), `unavailable` when the service does not answer as it should. */
  withPassword(input: PasswordSignIn): Promise<SignedIn>;
  withToken(access: string): Promise<SignedIn>;
}

/** OAuth 2 with authorisation code, state and PKCE. */
export interface OAuth2SignIn {
  readonly kind: 'oauth2';
  /** Whether the service understands the S256 challenge. */
  readonly hasPkce: boolean;
  /** The address the browser is sent to. */
  start(input: {
    readonly state: string;
    readonly redirectUri: string;
    /** Base64url of SHA-256 of the verifier; left out without PKCE. */
    readonly challenge: string;
  }): string;
  finish(input: {
    readonly code: string;
    readonly state: string;
    readonly redirectUri: string;
    readonly verifier: string;
  }): Promise<ScmToken>;
}

/** OAuth 1.0a: the secret of the request token stays with us, bound to the browser by a cookie. */
export interface OAuth1SignIn {
  readonly kind: 'oauth1';
  start(input: {
    readonly callback: string;
  }): Promise<{ readonly url: string; readonly token: string; readonly secret: string }>;
  finish(input: {
    readonly token: string;
    readonly secret: string;
    readonly verifier: string;
  }): Promise<ScmToken>;
}

export type SignIn = FormSignIn | OAuth2SignIn | OAuth1SignIn;
