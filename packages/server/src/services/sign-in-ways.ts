import type { Connection } from '@sortie/core/connection';
import { AppError } from '@sortie/core/errors';
import { isScmError } from '@sortie/scm/errors';
import type { ScmToken, ScmUser } from '@sortie/scm/objects';
import type { FormSignIn, OAuth1SignIn, OAuth2SignIn } from '@sortie/scm/sign-in';
import type { OidcProvider } from '../auth/oidc.ts';
import type { GitService, GitServices } from './git-service.ts';
import { toAppError } from './service-errors.ts';

/** The identity provider of the settings. */
export interface SingleSignOn {
  readonly connection: Connection;
  /** As people call it. */
  readonly title: string;
  readonly provider: OidcProvider;
}

/** Somebody whom a service has vouched for. */
export interface Arrival {
  readonly connection: Connection;
  readonly person: ScmUser;
  /** For calls to the service; absent where there are none, or where the stored one is used again. */
  readonly token?: ScmToken;
  /** Names of their organisations or groups. */
  readonly listOrgs: () => Promise<readonly string[]>;
}

/** What this server alone knows while a browser is away. What a kind of service does not use is empty. */
export interface AwaySecrets {
  readonly redirectUri: string;
  /** PKCE. */
  readonly verifier: string;
  /** Of OpenID Connect. */
  readonly nonce: string;
  /** Secret of the request token of OAuth 1.0a. */
  readonly tokenSecret: string;
}

export interface Departure {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Base64url of SHA-256 of the verifier. */
  readonly challenge: string;
}

/** What a browser comes back with. */
export interface Return {
  /** The address it was sent to, with its query. */
  readonly callback: URL;
  /** The state, or the request token of OAuth 1.0a. */
  readonly key: string;
  readonly secrets: AwaySecrets;
}

interface Way {
  readonly connection: Connection;
  readonly title: string;
}

/** A form with name and password, or a token. */
export interface FormWay extends Way {
  readonly kind: 'form';
  withPassword(input: Parameters<FormSignIn['withPassword']>[0]): Promise<Arrival>;
  withToken(access: string): Promise<Arrival>;
}

/** The browser goes to the service and comes back. */
export interface RedirectWay extends Way {
  readonly kind: 'redirect';
  /** Where the service sends browsers back to, when that is fixed by the settings. */
  readonly redirectUrl?: string;
  /** `key` is what the browser will bring back. */
  begin(
    input: Departure,
  ): Promise<{ readonly url: string; readonly key: string; readonly secrets: AwaySecrets }>;
  finish(input: Return): Promise<Arrival>;
}

export type SignInWay = FormWay | RedirectWay;

/** All ways in: the Git services in their order, then the identity provider. Errors of services become `AppError`s. */
export function listWays(
  services: GitServices | undefined,
  singleSignOn: SingleSignOn | undefined,
): readonly SignInWay[] {
  const ways = (services?.all ?? []).map(serviceWay);
  return singleSignOn === undefined ? ways : [...ways, oidcWay(singleSignOn)];
}

/** Who a token of a service belongs to. Throws `sign-in-refused`, `service-unavailable`, `service-answer`. */
export async function arriveWithToken(service: GitService, token: ScmToken): Promise<Arrival> {
  const { driver, connection } = service;
  return mapped(service.title, async () => ({
    connection,
    token,
    person: await driver.currentUser(token),
    listOrgs: () => orgsOf(service, token),
  }));
}

function serviceWay(service: GitService): SignInWay {
  const { signIn } = service.driver;
  switch (signIn.kind) {
    case 'form':
      return formWay(service, signIn);
    case 'oauth2':
      return oauth2Way(service, signIn);
    case 'oauth1':
      return oauth1Way(service, signIn);
  }
}

function formWay(service: GitService, form: FormSignIn): FormWay {
  const { connection, title } = service;
  const arrive = (work: () => ReturnType<FormSignIn['withToken']>): Promise<Arrival> =>
    mapped(title, async () => {
      const { user, token, isNewToken } = await work();
      const listOrgs = () => orgsOf(service, token);
      return { connection, person: user, listOrgs, ...(isNewToken ? { token } : {}) };
    });
  return {
    ...{ kind: 'form', connection, title },
    withPassword: (input) => arrive(() => form.withPassword(input)),
    withToken: (access) => arrive(() => form.withToken(access)),
  };
}

function oauth2Way(service: GitService, oauth: OAuth2SignIn): RedirectWay {
  const { connection, title, redirectUrl } = service;
  return {
    ...{ kind: 'redirect', connection, title },
    ...(redirectUrl === undefined ? {} : { redirectUrl }),
    async begin({ state, redirectUri, verifier, challenge }) {
      const pkce = oauth.hasPkce ? { verifier, challenge } : { verifier: '', challenge: '' };
      const url = oauth.start({ state, redirectUri, challenge: pkce.challenge });
      return { url, key: state, secrets: { ...NOTHING, redirectUri, verifier: pkce.verifier } };
    },
    finish: ({ callback, key, secrets }) =>
      mapped(title, async () => {
        const code = callback.searchParams.get('code') ?? '';
        const { redirectUri, verifier } = secrets;
        return arriveWithToken(service, await oauth.finish({ code, state: key, redirectUri, verifier }));
      }),
  };
}

function oauth1Way(service: GitService, oauth: OAuth1SignIn): RedirectWay {
  const { connection, title } = service;
  return {
    ...{ kind: 'redirect', connection, title },
    begin: ({ redirectUri }) =>
      mapped(title, async () => {
        const { url, token, secret } = await oauth.start({ callback: redirectUri });
        return { url, key: token, secrets: { ...NOTHING, redirectUri, tokenSecret: secret } };
      }),
    finish: ({ callback, key, secrets }) =>
      mapped(title, async () => {
        const verifier = callback.searchParams.get('oauth_verifier') ?? '';
        const token = await oauth.finish({ token: key, secret: secrets.tokenSecret, verifier });
        return arriveWithToken(service, token);
      }),
  };
}

function oidcWay({ connection, title, provider }: SingleSignOn): RedirectWay {
  return {
    ...{ kind: 'redirect', connection, title },
    async begin({ state, nonce, verifier, challenge, redirectUri }) {
      const url = await provider.begin({ state, nonce, challenge, redirectUri });
      return { url, key: state, secrets: { ...NOTHING, redirectUri, verifier, nonce } };
    },
    async finish({ callback, key, secrets }) {
      const { nonce, verifier } = secrets;
      const { groups, ...person } = await provider.finish({ callback, state: key, nonce, verifier });
      return { connection, person, listOrgs: async () => groups };
    },
  };
}

const NOTHING: AwaySecrets = { redirectUri: '', verifier: '', nonce: '', tokenSecret: '' };

/** Services without organisations have none. */
function orgsOf({ driver, title }: GitService, token: ScmToken): Promise<readonly string[]> {
  if (!driver.supports('listOrgs')) return Promise.resolve([]);
  return mapped(title, async () => (await driver.listOrgs(token)).map(({ name }) => name));
}

async function mapped<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isScmError(error)) throw error;
    const { message, hint } = error;
    const options = { cause: error, ...(hint === undefined ? {} : { hint }) };
    // The sentences are the driver's own: one for every wrong password or token.
    if (error.code === 'unauthorized') throw new AppError('sign-in-refused', message, options);
    if (error.code === 'validation') throw new AppError('service-setup', message, options);
    throw toAppError(error, title);
  }
}
