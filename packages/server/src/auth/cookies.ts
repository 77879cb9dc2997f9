/** Drone's name; its clients and proxies know it. */
export const SESSION_COOKIE = '_session_';

/** The value of the session cookie in a `Cookie` header; `undefined` when there is none. */
export function readSessionCookie(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at < 0 || part.slice(0, at).trim() !== SESSION_COOKIE) continue;
    const value = part.slice(at + 1).trim();
    return value === '' ? undefined : value;
  }
  return undefined;
}

/** A `Set-Cookie` header that hands a session to the browser. */
export function writeSessionCookie(
  value: string,
  options: { readonly maxAgeSeconds: number; readonly isSecure: boolean },
): string {
  const secure = options.isSecure ? '; Secure' : '';
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${options.maxAgeSeconds}; HttpOnly${secure}; SameSite=Lax`;
}

/** A `Set-Cookie` header that takes the session away. */
export function clearSessionCookie(): string {
  return `${SESSION_COOKIE}=deleted; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
}
