import { createHash } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import { safeNext } from '../auth/next-path.ts';
import { hashSecret, newSecretText } from '../auth/secret-text.ts';
import type { Sealer } from '../seal/sealer.ts';
import type { Db } from '../store/db.ts';
import { insertSignInState, removeExpiredSignInStates, takeSignInState } from '../store/sign-in-states.ts';
import type { Arrival, AwaySecrets, RedirectWay, SignInWay } from './sign-in-ways.ts';

export interface AwayDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  /** Unix seconds. */
  readonly now: () => number;
  readonly ways: readonly SignInWay[];
}

/** How long a person may take at the service (scm.md X12). */
export const AWAY_SECONDS = 600;

export interface Leave {
  readonly way: RedirectWay;
  /** Where the service is to send the browser back to. */
  readonly redirectUri: string;
  readonly next: string;
  /** The account that is to be linked; 0 for a sign-in. */
  readonly userId: number;
}

/**
 * Sends a browser to a service: returns the address, and the value of the cookie without which nobody who comes back is
 * believed. State, nonce and verifier have 256 random bits; the database keeps hashes and a sealed text. Throws what
 * the service throws.
 */
export async function leave(
  deps: AwayDeps,
  { way, redirectUri, next, userId }: Leave,
): Promise<{ readonly url: string; readonly browser: string }> {
  const [browser, state, nonce, verifier] = [
    newSecretText(),
    newSecretText(),
    newSecretText(),
    newSecretText(),
  ];
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const { url, key, secrets } = await way.begin({ redirectUri, state, nonce, verifier, challenge });
  const hash = hashSecret(key);
  const created = deps.now();
  await removeExpiredSignInStates(deps.db, created);
  await insertSignInState(deps.db, {
    hash,
    browserHash: hashSecret(browser),
    connectionId: way.connection.id,
    secretsSealed: deps.sealer.seal(JSON.stringify(secrets), placeOf(hash)),
    next: safeNext(next),
    userId,
    created,
    expires: created + AWAY_SECONDS,
  });
  return { url, browser };
}

export interface ComeBack {
  /** The query of the redirect address. */
  readonly query: URLSearchParams;
  /** The state, or the request token of OAuth 1.0a; empty when none came back. */
  readonly key: string;
  /** The value of the cookie; empty without one. */
  readonly browser: string;
}

export interface Returned {
  readonly next: string;
  readonly userId: number;
  /** Asks the service who it is. */
  readonly arrive: () => Promise<Arrival>;
}

/**
 * Uses up the state that a browser brings back. Nothing is asked of the service before `arrive` is called. Throws
 * `sign-in-state` for one that is missing, altered, used, too old, or another browser's.
 */
export async function comeBack(deps: AwayDeps, { query, key, browser }: ComeBack): Promise<Returned> {
  const hash = hashSecret(key);
  const isThere = key !== '' && browser !== '';
  const state = isThere
    ? await takeSignInState(deps.db, { hash, browserHash: hashSecret(browser) }, deps.now())
    : undefined;
  const way = deps.ways.find(({ connection }) => connection.id === state?.connectionId);
  if (state === undefined || way?.kind !== 'redirect') throw unknownState();
  if (comesFromAnother(deps.ways, way, query.get('iss') ?? '')) throw unknownState();
  const secrets = JSON.parse(deps.sealer.open(state.secretsSealed, placeOf(hash))) as AwaySecrets;
  const callback = new URL(secrets.redirectUri);
  for (const [name, value] of query) callback.searchParams.append(name, value);
  const { next, userId } = state;
  return { next, userId, arrive: () => way.finish({ callback, key, secrets }) };
}

/**
 * Whether the answer names another connected service as its issuer (RFC 9207). A service could send the browser on to that
 * one and wait for the code here. Names that no connected service has say nothing: servers are reached under several.
 */
function comesFromAnother(ways: readonly SignInWay[], way: SignInWay, issuer: string): boolean {
  const origin = URL.parse(issuer)?.origin;
  const isOf = ({ connection }: SignInWay) => URL.parse(connection.url)?.origin === origin;
  return origin !== undefined && !isOf(way) && ways.some(isOf);
}

/** The error of everything that came back and is not known. */
function unknownState(): AppError {
  return new AppError('sign-in-state', 'The sign-in is unknown, took too long, or was begun elsewhere.', {
    hint: 'Begin again, in this browser and with cookies allowed.',
  });
}

function placeOf(hash: string): string {
  return `sign_in_states.verifier_sealed:${hash}`;
}
