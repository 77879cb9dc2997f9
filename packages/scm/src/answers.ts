import { ScmError } from './errors.ts';
import type { ScmResponse } from './transport.ts';

/** Returns a 2xx answer and makes an `ScmError` of every other one. `what` names the thing: `The repository`. */
export function expectOk(response: ScmResponse, what: string): ScmResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw failureOf(response, what);
}

/** The error that a status stands for. */
export function failureOf(response: ScmResponse, what: string): ScmError {
  const details = { status: response.status, evidence: response.evidence };
  switch (response.status) {
    case 401:
      return new ScmError('unauthorized', 'The Git service does not accept the token.', {
        ...details,
        hint: 'Sign in again.',
      });
    case 403:
      return new ScmError('forbidden', `${what}: the account lacks the rights at the Git service.`, details);
    case 404:
    case 410:
      return new ScmError('not-found', `${what} was not found at the Git service.`, details);
    case 405:
    case 501:
      return new ScmError('not-supported', `${what}: the Git service cannot do this.`, details);
    case 409:
      return new ScmError('conflict', `${what} is in conflict with what the Git service holds.`, details);
    case 400:
    case 413:
    case 415:
    case 422:
      return new ScmError('validation', `${what}: the Git service refuses the values.`, details);
    default:
      return response.status >= 500
        ? new ScmError('unavailable', 'The Git service failed.', details)
        : new ScmError('malformed', 'The Git service gives an unexpected answer.', details);
  }
}

/** The JSON of an answer. A page of HTML or broken JSON is `malformed`. */
export function jsonOf(response: ScmResponse): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(response.body));
  } catch (cause) {
    throw new ScmError('malformed', 'The Git service gives an answer that is not JSON.', {
      cause,
      hint: 'Check that the address is the one of the Git service itself and not of a sign-in page or proxy.',
      status: response.status,
    });
  }
}
