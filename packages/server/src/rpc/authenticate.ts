import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import { UNLIMITED_SCOPE } from '@sortie/core/runner-token';
import { isInNetworks } from '../auth/networks.ts';
import { hashSecret } from '../auth/secret-text.ts';
import { findRunnerTokenByHash, hasRunnerTokens, touchRunnerToken } from '../store/runner-tokens.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

type AuthenticateDeps = Pick<RpcDeps, 'db' | 'settings' | 'limiter' | 'nowMs'>;

/** How a call is let in or refused: `closed` when no runner could come with anything. */
export type Authentication = RpcCaller | 'refused' | 'closed';

/** So often the last use of a token is noted. */
const TOUCH_SECONDS = 60;

/**
 * Who sends this token from this address. Wrong ones are counted by address; one guess too many is refused without a
 * look, like a wrong one.
 */
export async function authenticate(
  deps: AuthenticateDeps,
  text: string,
  address: string,
): Promise<Authentication> {
  const { secret } = deps.settings;
  if (secret === '' && !(await hasRunnerTokens(deps.db))) return 'closed';
  if (text === '' || isOneGuessTooMany(deps, address, text)) return 'refused';
  const caller = isSame(text, secret) ? sharedCaller(address) : await tokenCaller(deps, text, address);
  deps.limiter.noteGuess(address, text, caller !== undefined);
  return caller ?? 'refused';
}

function isOneGuessTooMany({ limiter }: AuthenticateDeps, address: string, text: string): boolean {
  try {
    limiter.checkGuess(address, text);
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'rate-limited') return true;
    throw error;
  }
}

/** In constant time: hashes have one length. */
function isSame(text: string, secret: string): boolean {
  if (secret === '') return false;
  const hash = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(text), hash(secret));
}

function sharedCaller(address: string): RpcCaller {
  return { tokenId: 0, name: '', address, key: `shared@${address}`, scope: UNLIMITED_SCOPE };
}

async function tokenCaller(
  { db, nowMs }: AuthenticateDeps,
  text: string,
  address: string,
): Promise<RpcCaller | undefined> {
  const now = Math.floor(nowMs() / 1000);
  const token = await findRunnerTokenByHash(db, hashSecret(text), now);
  if (token === undefined || (token.expires !== 0 && token.expires <= now)) return undefined;
  if (token.ranges.length > 0 && !isInNetworks(token.ranges, address)) return undefined;
  if (now - token.lastUsed >= TOUCH_SECONDS || token.lastAddress !== address) {
    await touchRunnerToken(db, token.id, { lastUsed: now, lastAddress: address });
  }
  return { tokenId: token.id, name: token.name, address, key: `token:${token.id}`, scope: token };
}
