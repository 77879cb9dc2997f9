import { AppError, type AppErrorOptions, type ErrorCode } from '@sortie/core/errors';

/** Refusals that the settings of this server cause. */
const SETUP_ERRORS: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'redirect_uri_mismatch',
]);

/**
 * What openid-client throws, as an error of ours. Its sentences quote the provider, so they stay in the cause, for the
 * log.
 */
export function toSignInError(error: unknown, title: string): unknown {
  if (error instanceof AppError) return error;
  const { name, code, refusal, status } = describe(error);
  const fail = (as: ErrorCode, message: string, hint: string): AppError =>
    new AppError(as, message, { hint, cause: error } satisfies AppErrorOptions);
  // What is challenged is the proof of the client: the code comes from a person, the secret from the settings.
  if (SETUP_ERRORS.has(refusal) || name === 'WWWAuthenticateChallengeError') {
    return fail(
      'service-setup',
      `${title} does not accept the settings of this server.`,
      'Compare SORTIE_OIDC_CLIENT_ID, SORTIE_OIDC_CLIENT_SECRET, the scopes and the redirect address {server}/login with the provider.',
    );
  }
  if (refusal !== '' && status !== undefined && status < 500) {
    return fail('sign-in-refused', `${title} refuses the sign-in.`, 'Sign in again.');
  }
  if (code.startsWith('OAUTH_') && !UNREACHABLE.has(code) && !isServerFailure(error)) {
    return fail(
      'service-answer',
      `${title} answered something that cannot be believed.`,
      'Check SORTIE_OIDC_ISSUER and the clocks of both machines; the log of the server says what was wrong.',
    );
  }
  return fail(
    'service-unavailable',
    `${title} does not answer as it should.`,
    'Check that the identity provider runs and that this server can reach it.',
  );
}

const UNREACHABLE: ReadonlySet<string> = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);

/** An answer with a status of 500 and more is an outage, whatever is wrong with its body. */
function isServerFailure(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const response = cause instanceof Response ? cause : undefined;
  return response !== undefined && response.status >= 500;
}

function describe(error: unknown): {
  readonly name: string;
  readonly code: string;
  readonly refusal: string;
  readonly status: number | undefined;
} {
  if (!(error instanceof Error)) return { name: '', code: '', refusal: '', status: undefined };
  const {
    code,
    error: refusal,
    status,
  } = error as Error & {
    readonly code?: unknown;
    readonly error?: unknown;
    readonly status?: unknown;
  };
  return {
    name: error.name,
    code: typeof code === 'string' ? code : '',
    refusal: typeof refusal === 'string' ? refusal : '',
    status: typeof status === 'number' ? status : undefined,
  };
}
