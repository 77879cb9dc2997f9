import { randomBytes } from 'node:crypto';
import { failureOf, jsonOf } from '../answers.ts';
import { ScmError } from '../errors.ts';
import { text } from '../fields.ts';
import type { ScmToken, ScmUser } from '../objects.ts';
import { joinPath } from '../path.ts';
import type { FormSignIn, PasswordSignIn, SignedIn } from '../sign-in.ts';
import { type GogsApi, isSignInRequired } from './gogs-api.ts';

const NAME_TRIES = 3;

export interface GogsSignInDeps {
  readonly api: GogsApi;
  /** Host name of our own server, for the name of the token. */
  readonly serverHost: string;
  readonly currentUser: (token: ScmToken) => Promise<ScmUser>;
  /** Eight letters or digits; injected by tests. */
  readonly randomName?: () => string;
}

/**
 * Gogs has no OAuth: the password is used once to mint a personal access token. A stored token that still answers
 * is used again, because the API can neither delete nor rename the old ones.
 */
export function createGogsSignIn(deps: GogsSignInDeps): FormSignIn {
  return {
    kind: 'form',
    async withPassword(input) {
      await checkPassword(deps.api, input);
      const kept = await reuse(deps, input);
      if (kept !== undefined) return kept;
      const token = tokenOf(await mint(deps, input));
      return { user: await deps.currentUser(token), token, isNewToken: true };
    },
    async withToken(access) {
      const trimmed = access.trim();
      // A token list of Gogs 0.13 shows 40 hex digits that are no tokens: asking for the account finds that out.
      if (!/^[\x21-\x7e]{1,255}$/.test(trimmed)) throw badToken();
      const token = tokenOf(trimmed);
      return { user: await deps.currentUser(token), token, isNewToken: true };
    },
  };
}

function tokenOf(access: string): ScmToken {
  return { access, refresh: '', expires: 0 };
}

async function checkPassword({ transport }: GogsApi, input: PasswordSignIn): Promise<void> {
  const response = await transport.send({ path: tokensPath(input.login), headers: basic(input) });
  if (response.status === 401 || isSignInRequired(response)) throw badPassword();
  if (response.status !== 200 || !Array.isArray(jsonOr(response)))
    throw unavailable({ status: response.status, evidence: response.evidence });
}

function tokensPath(login: string): string {
  // The name in the path is ignored: the tokens are those of the account of the password.
  try {
    return `api/v1/users/${joinPath(login)}/tokens`;
  } catch {
    throw badPassword(); // `..` and the like are no logins, and the reason is nobody's business
  }
}

function basic({ login, password }: PasswordSignIn): Record<string, string> {
  // A colon would shift the border between name and password.
  if (login === '' || login.includes(':') || password === '') throw badPassword();
  return { authorization: `Basic ${Buffer.from(`${login}:${password}`, 'utf8').toString('base64')}` };
}

function jsonOr(response: Parameters<typeof jsonOf>[0]): unknown {
  try {
    return jsonOf(response);
  } catch {
    return undefined; // a page of HTML: the caller reports that the service is unavailable
  }
}

async function reuse(deps: GogsSignInDeps, input: PasswordSignIn): Promise<SignedIn | undefined> {
  const token = await input.storedToken(input.login);
  if (token === undefined || token.access === '') return undefined;
  try {
    const user = await deps.currentUser(token);
    const typed = input.login.toLowerCase();
    const isSame = user.login.toLowerCase() === typed || user.email.toLowerCase() === typed;
    return isSame ? { user, token, isNewToken: false } : undefined;
  } catch (error) {
    if (error instanceof ScmError && error.code === 'unauthorized') return undefined;
    throw error;
  }
}

async function mint(deps: GogsSignInDeps, input: PasswordSignIn): Promise<string> {
  const random = deps.randomName ?? randomName;
  for (let attempt = 1; attempt <= NAME_TRIES; attempt += 1) {
    const response = await deps.api.transport.send({
      method: 'POST',
      path: tokensPath(input.login),
      headers: basic(input),
      json: { name: `ci-${deps.serverHost}-${random()}` },
    });
    if (response.status === 422) continue;
    if (response.status === 401 || isSignInRequired(response)) throw badPassword();
    // Only the answer to the creation holds the secret; lists hold the beginning of its hash.
    const secret = response.status === 201 ? text(jsonOr(response), 'sha1') : '';
    if (secret === '') throw response.status < 300 ? unavailable({}) : failureOf(response, 'The token');
    return secret;
  }
  throw new ScmError('conflict', 'The Git service refused the token.', {
    hint: 'Create an access token at the service and sign in with it.',
  });
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

function randomName(): string {
  return Array.from(randomBytes(8), (byte) => BASE32[byte & 31]).join('');
}

function badPassword(): ScmError {
  return new ScmError('unauthorized', 'Invalid username or password.', {
    hint: 'Accounts with two-factor authentication or single sign-on can use an access token instead.',
  });
}

function badToken(): ScmError {
  return new ScmError('unauthorized', 'The Git service does not accept the token.');
}

function unavailable(details: { readonly status?: number; readonly evidence?: string }): ScmError {
  return new ScmError('unavailable', 'The Git service is unavailable.', {
    ...details,
    hint: 'Check the address of the Git service and that it is running.',
  });
}
