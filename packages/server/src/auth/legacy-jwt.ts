import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token of the 0.5 API is for (api-legacy.md 1.2). */
export type JwtType = 'user' | 'sess' | 'csrf' | 'hook' | 'agent';

export interface JwtClaims {
  readonly type: string;
  /** A login, or `owner/name` of a repository. */
  readonly text: string;
  /** Unix seconds; absent = never expires. */
  readonly exp?: number;
}

export interface ReadJwt {
  readonly claims: JwtClaims;
  /** True when this key signed it; in constant time. */
  isSignedWith(key: string): boolean;
}

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

/** A compact JWS with HS256. The same claims always give the same text: `user` tokens must not change by themselves. */
export function signJwt(claims: JwtClaims, key: string): string {
  const { type, text, exp } = claims;
  const payload = encode({ ...(exp === undefined ? {} : { exp }), text, type });
  return `${HEADER}.${payload}.${sign(`${HEADER}.${payload}`, key)}`;
}

/** A compact JWS whose payload is these very bytes (api-legacy.md 3.7). */
export function signBytes(payload: Uint8Array, key: string): string {
  const body = `${encode({ alg: 'HS256' })}.${Buffer.from(payload).toString('base64url')}`;
  return `${body}.${sign(body, key)}`;
}

/** `undefined` for everything that is not a well-formed HS256 token with `type` and `text`. */
export function readJwt(token: string): ReadJwt | undefined {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token);
  if (parts === null || token.length > 4096) return undefined;
  const [, head = '', payload = '', signature = ''] = parts;
  if (decode(head)?.alg !== 'HS256') return undefined;
  const { type, text, exp } = decode(payload) ?? {};
  if (typeof type !== 'string' || typeof text !== 'string') return undefined;
  if (exp !== undefined && typeof exp !== 'number') return undefined;
  const given = Buffer.from(signature, 'base64url');
  return {
    claims: { type, text, ...(exp === undefined ? {} : { exp }) },
    isSignedWith(key) {
      if (key === '') return false;
      const expected = createHmac('sha256', key).update(`${head}.${payload}`).digest();
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function sign(body: string, key: string): string {
  return createHmac('sha256', key).update(body).digest('base64url');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
