/** An answer of the fake. A string or bytes are sent as they are, anything else as JSON. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const DOCS = 'https://github.com/gogs/docs-api';

export const ok = (body: unknown, status = 200): FakeAnswer => ({ status, body });
/** Guards answer without a body. */
export const empty = (status: number): FakeAnswer => ({ status });
export const failed = (): FakeAnswer => ({
  status: 500,
  body: { message: 'Something went wrong, please check the server logs for more information.', url: DOCS },
});
export const invalid = (message: string): FakeAnswer => ({ status: 422, body: { message, url: DOCS } });
export const page = (status: number): FakeAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html>\n<html><head><title>Gogs</title></head><body>not JSON</body></html>',
});
/** Unknown routes: a page for GET, plain text for other methods. */
export const unknownRoute = (method: string): FakeAnswer =>
  method === 'GET' || method === 'HEAD'
    ? page(404)
    : { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' };
export const signInRequired = (): FakeAnswer => ({
  status: 403,
  body: { message: 'Only authenticated user is allowed to call APIs.' },
});

/** One request as the routes see it. */
export interface FakeCall {
  readonly method: string;
  /** Decoded after splitting, so that `%2F` stays within its segment. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly body: Buffer;
}

/** The JSON of the body; `undefined` when it is none. */
export function bodyOf({ body }: FakeCall): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // the routes answer 400 or 422 for it
  }
}

/** A member of a JSON object as text; empty when missing. */
export function textOf(value: unknown, ...path: readonly string[]): string {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return '';
    current = Reflect.get(current, key);
  }
  return typeof current === 'string' ? current : '';
}
