/** Longer ones are no page of this server. */
const MAX_LENGTH = 2000;
/** Never a real host. */
const BASE = 'http://here.invalid';

/**
 * Where to go after a sign-in: a path of this server, or `/` for everything that could lead elsewhere (scm.md X14) or
 * that would sign in or out again.
 */
export function safeNext(text: string | undefined): string {
  if (text === undefined || text.length > MAX_LENGTH || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text))
    return '/';
  const url = URL.parse(text, BASE);
  if (url?.origin !== BASE || url.pathname.startsWith('//')) return '/';
  // Routes are found by the decoded path.
  const path = decoded(url.pathname);
  if (path === undefined || /^\/(login|logout|authorize)(\/|$)/i.test(path)) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
