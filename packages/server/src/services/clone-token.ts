import { createHmac, timingSafeEqual } from 'node:crypto';

/** The login that goes with a clone token; the built-in host sends such requests here. */
export const CLONE_LOGIN = 'ci';

/** What a clone token allows: to read one repository for one build until a point in time. */
export interface CloneGrant {
  readonly repoId: number;
  readonly buildId: number;
  /** Unix seconds. */
  readonly expires: number;
}

/**
 * A password for the clone of one build (scm.md 7.5): the grant and its HMAC-SHA256, nothing stored. It reads one
 * repository and dies with the build's time, so that a leaked one is worth little.
 */
export function signCloneToken(key: Buffer, grant: CloneGrant): string {
  const payload = `${grant.repoId}.${grant.buildId}.${grant.expires}`;
  return `${payload}.${mac(key, payload).toString('base64url')}`;
}

/** The grant of a valid, unexpired token; `undefined` for everything else. `now` in unix seconds. */
export function readCloneToken(key: Buffer, token: string, now: number): CloneGrant | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(token);
  if (match === null) return undefined;
  const [, repoId = '', buildId = '', expires = '', signature = ''] = match;
  const wanted = mac(key, `${repoId}.${buildId}.${expires}`);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  if (Number(expires) <= now) return undefined;
  return { repoId: Number(repoId), buildId: Number(buildId), expires: Number(expires) };
}

function mac(key: Buffer, payload: string): Buffer {
  return createHmac('sha256', key).update(`clone:${payload}`).digest();
}
