import { failureOf, jsonOf } from '../answers.ts';
import { ScmError } from '../errors.ts';
import { text } from '../fields.ts';
import type { ScmToken } from '../objects.ts';
import type { ScmRequest, ScmResponse, Transport } from '../transport.ts';

/** The API of one Gogs server. Paths are relative to `/api/v1/`. */
export interface GogsApi {
  readonly transport: Transport;
  /** Sends with the token and returns a 2xx answer; everything else is an `ScmError` about `what`. */
  call(token: ScmToken, request: ScmRequest, what: string): Promise<ScmResponse>;
  /** As `call` with GET, and reads JSON. A 500 is tried again once and then counts as `not-found`. */
  read(token: ScmToken, path: string, what: string): Promise<unknown>;
  /** As `read`, for answers of another kind or size. */
  fetch(token: ScmToken, request: ScmRequest, what: string): Promise<ScmResponse>;
  /** Throws `unauthorized` when the token is dead: Gogs counts a dead token as anonymous. */
  checkToken(token: ScmToken): Promise<void>;
}

export function createGogsApi(transport: Transport): GogsApi {
  const send = (token: ScmToken, request: ScmRequest) =>
    transport.send({
      ...request,
      path: `api/v1/${request.path}`,
      headers: { ...request.headers, ...authorization(token) },
    });
  const call: GogsApi['call'] = async (token, request, what) => expectGogs(await send(token, request), what);
  const fetch: GogsApi['fetch'] = async (token, request, what) => {
    const first = await send(token, request);
    if (first.status !== 500) return expectGogs(first, what);
    // Gogs says 500 for "not there" in many places (unknown commit, branches of an empty repository, …).
    const second = await send(token, request);
    return expectGogs(second, what, 'not-found');
  };
  return {
    transport,
    call,
    fetch,
    read: async (token, path, what) => jsonOf(await fetch(token, { path }, what)),
    async checkToken(token) {
      await call(token, { path: 'user' }, 'The account');
    },
  };
}

/** The scheme must be written in lower case; a token in the query has not been accepted since 0.14. */
function authorization({ access }: ScmToken): Record<string, string> {
  return access === '' ? {} : { authorization: `token ${access}` };
}

function expectGogs(response: ScmResponse, what: string, serverError?: 'not-found'): ScmResponse {
  const { status, evidence } = response;
  if (status >= 200 && status < 300) return response;
  if (status === 500 && serverError !== undefined)
    throw new ScmError(serverError, `${what} was not found at the Git service.`, { status, evidence });
  if (status === 403 && isSignInRequired(response))
    throw new ScmError('unauthorized', 'The Git service does not accept the token.', {
      hint: 'Sign in again.',
      status,
      evidence,
    });
  if (status === 404 && isUnknownRoute(response))
    throw new ScmError('not-supported', `${what}: this version of Gogs cannot do this.`, {
      hint: 'Check that the address is the one of the Gogs server, or update Gogs.',
      status,
      evidence,
    });
  throw failureOf(response, what);
}

/** With `REQUIRE_SIGNIN_VIEW` a dead token and a wrong password get this instead of 401. */
export function isSignInRequired(response: ScmResponse): boolean {
  if (response.status !== 403 || response.body.length === 0 || !isJson(response)) return false;
  return text(jsonOf(response), 'message').startsWith('Only authenticated user');
}

function isJson({ headers }: ScmResponse): boolean {
  return (headers.get('content-type') ?? '').startsWith('application/json');
}

/** Unknown routes answer 404 with a page (GET) or plain text; things that are not there have no body at all. */
function isUnknownRoute({ headers, body }: ScmResponse): boolean {
  return body.length > 0 && /^text\/(html|plain)/.test(headers.get('content-type') ?? '');
}
