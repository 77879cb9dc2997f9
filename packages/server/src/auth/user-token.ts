import { randomBytes } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import type { Sealer } from '../seal/sealer.ts';
import type { Db } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { ensureMeta } from '../store/meta.ts';
import { findUserByTokenHash, findUserToken, replaceUserToken } from '../store/user-tokens.ts';
import { hashSecret, newUserTokenText } from './secret-text.ts';

/**
 * The one old token of each account, as Drone has it: full rights, no end. It must be shown again and signs tokens
 * of the 0.5 API, so beside a keyed hash for look-ups there is a sealed copy (rulings.md).
 */
export interface UserTokenDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  /** Keys the hashes, in hex; see `createUserTokenKey`. */
  readonly userTokenKey: () => Promise<string>;
}

const KEY_NAME = 'user-token-key';
/** Where the sealed key is, for the sealer. */
const KEY_PLACE = `meta.value:${KEY_NAME}`;

/**
 * The key of the hashes: random, the same for all servers of a database and whatever key seals it, therefore kept
 * sealed in the database. Read once, at the first use.
 */
export function createUserTokenKey(deps: Pick<UserTokenDeps, 'db' | 'sealer'>): () => Promise<string> {
  let known: string | undefined;
  return async () => {
    if (known === undefined) {
      const fresh = deps.sealer.seal(randomBytes(32).toString('hex'), KEY_PLACE);
      known = deps.sealer.open(await ensureMeta(deps.db, KEY_NAME, fresh), KEY_PLACE);
    }
    return known;
  };
}

/** The account of an old user token; `undefined` when it is nobody's. Inactive accounts are returned too. */
export async function findUserByToken(deps: UserTokenDeps, text: string): Promise<User | undefined> {
  return findUserByTokenHash(deps.db, hashSecret(text, await deps.userTokenKey()));
}

/** The token of an account, made at the first need: 32 letters and digits, unless somebody has chosen it. */
export async function readUserToken(deps: UserTokenDeps, user: Pick<User, 'id'>): Promise<string> {
  const present = await openUserToken(deps, user.id);
  if (present !== '') return present;
  const text = newUserTokenText();
  if (await store(deps, user.id, '', text)) return text;
  return openUserToken(deps, user.id);
}

/**
 * Gives an account a new token; the present one ends at once. Throws `conflict` when somebody else rotates it at
 * the same time, so that nobody is shown a token that has ended already.
 */
export async function rotateUserToken(deps: UserTokenDeps, user: Pick<User, 'id'>): Promise<string> {
  const stored = await findUserToken(deps.db, user.id);
  const text = newUserTokenText();
  if (stored !== undefined && (await store(deps, user.id, stored.hash, text))) return text;
  throw new AppError('conflict', 'Somebody else gave the account a new token at the same time.', {
    hint: 'Read the token again; it is a new one already.',
  });
}

/** Sets the token that somebody has chosen. Throws `already-exists` when another account has it. */
export async function chooseUserToken(
  deps: UserTokenDeps,
  user: Pick<User, 'id'>,
  text: string,
): Promise<void> {
  const stored = await findUserToken(deps.db, user.id);
  await store(deps, user.id, stored?.hash ?? '', text);
}

/** The token of an account as it is stored; empty when it has none yet. */
export async function openUserToken({ db, sealer }: UserTokenDeps, userId: number): Promise<string> {
  const stored = await findUserToken(db, userId);
  const isThere = stored !== undefined && stored.sealed !== '';
  return isThere ? sealer.open(stored.sealed, placeOf(userId)) : '';
}

async function store(
  deps: UserTokenDeps,
  userId: number,
  expectedHash: string,
  text: string,
): Promise<boolean> {
  const hash = hashSecret(text, await deps.userTokenKey());
  const sealed = deps.sealer.seal(text, placeOf(userId));
  try {
    return await replaceUserToken(deps.db, userId, expectedHash, { hash, sealed });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw new AppError('already-exists', 'Another account has this token.', {
      hint: 'Give every account a token of its own.',
      cause: error,
    });
  }
}

function placeOf(userId: number): string {
  return `users.token_sealed:${userId}`;
}
