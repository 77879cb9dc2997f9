/**
 * Every error that Sortie reports on purpose. A code never changes its meaning and is never used again
 * after it has been retired; `docs/errors.md` is generated from this table.
 *
 * One place turns an `AppError` into HTTP (`server/src/errors.ts`), one into text and an exit code (`cli`).
 */
export const ERROR_CODES = {
  // Who are you, and may you?
  unauthorized: { status: 401, summary: 'No valid credentials came with the request.' },
  forbidden: { status: 403, summary: 'The account may not do this.' },
  'account-inactive': { status: 403, summary: 'The account has been deactivated.' },
  'cross-site-request': { status: 403, summary: 'A browser request with a session came from another site.' },
  'sign-in-link-invalid': { status: 401, summary: 'The one-time sign-in link is unknown, used or expired.' },
  'token-scope': { status: 403, summary: 'The token lacks the scope that the route asks for.' },
  'token-repo': { status: 403, summary: 'The token is restricted to other repositories.' },
  'token-weaker': { status: 403, summary: 'A token cannot give another one more rights than it has.' },
  'machine-sign-in': { status: 403, summary: 'Machine accounts use tokens and cannot sign in.' },
  'token-range': { status: 403, summary: 'The token may not be used from this network address.' },
  'not-a-member': {
    status: 401,
    summary: 'The account does not belong to the organisation, or lacks a role in it.',
  },
  'rate-limited': { status: 429, summary: 'Too many requests; Retry-After says when to try again.' },
  // Signing in with a Git service or an identity provider
  'sign-in-refused': {
    status: 401,
    summary: 'Name, password or token are wrong, or the sign-in was refused.',
  },
  'sign-in-state': {
    status: 400,
    summary: 'The sign-in took too long, was used before, or was begun by another browser.',
  },
  'sign-in-membership': {
    status: 403,
    summary: 'Only certain accounts, organisations or groups may use this server.',
  },
  'registration-closed': { status: 403, summary: 'The server takes no new accounts by itself.' },
  'account-too-new': { status: 403, summary: 'The account at the Git service is younger than is asked for.' },
  'identity-taken': { status: 409, summary: 'The account at the service belongs to another account here.' },
  'last-identity': { status: 409, summary: 'The account would be left without a way to sign in.' },
  'service-setup': {
    status: 502,
    summary: 'The Git service or identity provider refuses the settings that this server has for it.',
  },
  // Requests
  'not-found': { status: 404, summary: 'The named thing does not exist, or the caller may not know of it.' },
  'method-not-allowed': { status: 405, summary: 'The path exists, the method does not.' },
  'invalid-request': { status: 400, summary: 'Path, query or body do not have the documented shape.' },
  'range-unsatisfiable': { status: 416, summary: 'The asked range begins behind the end of what there is.' },
  'body-too-large': { status: 413, summary: 'The request body is larger than the limit.' },
  'unsupported-media-type': { status: 415, summary: 'The content type of the body is not accepted here.' },
  'bad-host': { status: 400, summary: 'The Host header is not one that this server answers to.' },
  // Resources
  conflict: { status: 409, summary: 'Somebody else changed the resource at the same time.' },
  'illegal-move': { status: 409, summary: 'The status of the resource does not allow this change.' },
  'already-exists': { status: 409, summary: 'The name is taken.' },
  'step-not-begun': { status: 404, summary: 'The step has no log yet; `step_status` says why.' },
  'name-invalid': { status: 400, summary: 'The name breaks the rules for names of its kind.' },
  'repo-inactive': { status: 409, summary: 'The repository is not active, so nothing is built.' },
  'node-protected': { status: 409, summary: 'The node is protected, so it cannot be removed.' },
  'bulk-too-large': { status: 422, summary: 'One call would touch more things than it may.' },
  'last-admin': { status: 409, summary: 'The server would be left without an administrator.' },
  'counter-taken': { status: 409, summary: 'Builds with higher numbers exist.' },
  'idempotency-running': {
    status: 409,
    summary: 'A request with the same Idempotency-Key is still running.',
  },
  'idempotency-mismatch': { status: 422, summary: 'The Idempotency-Key was used for another request.' },
  'secret-invalid': { status: 400, summary: 'The name or the value of a secret cannot be used.' },
  'cron-invalid': { status: 400, summary: 'The cron job has no usable name, branch or expression.' },
  'template-invalid': { status: 400, summary: 'The template has no usable name or data.' },
  'config-unreadable': { status: 400, summary: 'The text is not YAML, or not one of a pipeline file.' },
  'signature-invalid': { status: 400, summary: 'The pipeline file is not signed, or not with this text.' },
  'build-not-restartable': { status: 400, summary: 'The build waits for an approval or has been declined.' },
  'stage-not-blocked': { status: 400, summary: 'The stage does not wait for an approval.' },
  // Triggering
  'commit-missing': { status: 404, summary: 'The commit or branch does not exist in the repository.' },
  'owner-missing': {
    status: 404,
    summary: 'The repository has no owner whose credentials builds could use.',
  },
  'owner-inactive': { status: 422, summary: 'The account that owns the repository has been deactivated.' },
  'event-ignored': { status: 422, summary: 'The settings of the repository leave this kind of event out.' },
  'config-missing': { status: 422, summary: 'The commit holds no pipeline file at the configured path.' },
  'config-invalid': { status: 422, summary: 'The pipeline file has errors; the findings say where.' },
  'config-too-large': { status: 413, summary: 'The pipeline file is larger than 1 MiB.' },
  'skip-directive': { status: 422, summary: 'The commit message asks for no build.' },
  'skip-option': { status: 422, summary: 'The push option ci.skip asks for no build.' },
  'conditions-not-met': { status: 422, summary: 'No pipeline of the file matches this event.' },
  // Git services
  'service-missing': {
    status: 503,
    summary: 'The Git service of the repository or account is not connected to this server any more.',
  },
  'service-unavailable': { status: 503, summary: 'The Git service does not answer as it should.' },
  'service-rate-limited': { status: 503, summary: 'The Git service takes no more calls for the moment.' },
  'service-answer': { status: 502, summary: 'The Git service answered something that it should not.' },
  'service-token': {
    status: 409,
    summary: 'There is no token for the Git service, or it refuses the one there is.',
  },
  'service-refused': { status: 403, summary: 'The Git service does not let the account do this.' },
  'machine-owner': {
    status: 422,
    summary: 'A machine account has no token for the Git service, so it cannot own its repositories.',
  },
  'clone-account-missing': {
    status: 422,
    summary: 'The Git service lends nobody credentials for clones, and the settings hold none.',
  },
  'service-unsupported': { status: 422, summary: 'The Git service cannot do this.' },
  // Runners
  'lease-lost': { status: 409, summary: 'The runner no longer holds the stage it reports about.' },
  'runner-limit': { status: 429, summary: 'The token has as many runners as it may have.' },
  'runner-lost': { status: 500, summary: 'The runner stopped answering while the stage ran.' },
  'log-gap': { status: 409, summary: 'A piece of log does not continue at the end of what is stored.' },
  'log-checksum': { status: 400, summary: 'A piece of log does not match its checksum.' },
  // Engines
  'docker-unreachable': { status: 503, summary: 'The Docker daemon does not answer.' },
  'image-not-found': { status: 500, summary: 'The image of a step is neither present nor can it be pulled.' },
  'image-pull-failed': { status: 500, summary: 'The image of a step could not be pulled.' },
  'step-start-failed': { status: 500, summary: 'The step could not be started.' },
  'clone-failed': { status: 500, summary: 'The repository could not be cloned.' },
  'clone-refused': {
    status: 409,
    summary: 'There are no credentials for the clone of a repository, or its Git service refuses them.',
  },
  'engine-failed': { status: 500, summary: 'The engine failed while it worked on the stage.' },
  // Git host
  'git-missing': { status: 503, summary: 'The git program is missing or too old.' },
  'repo-quota': { status: 413, summary: 'The push would exceed the size limit of the repository.' },
  'push-rejected': { status: 400, summary: 'The pushed data is damaged or incomplete.' },
  // Starting up
  'config-value': { status: 500, summary: 'A setting has a value that cannot be used.' },
  'port-in-use': { status: 500, summary: 'Another program listens on the address.' },
  'data-folder': { status: 500, summary: 'The data folder cannot be used.' },
  'database-key': {
    status: 500,
    summary: 'The key for what the database keeps encrypted is missing or unusable.',
  },
  'database-newer': { status: 500, summary: 'The database was written by a newer version of Sortie.' },
  'database-unavailable': { status: 503, summary: 'The database does not answer.' },
  'disk-full': { status: 503, summary: 'The disk is full, so nothing can be stored.' },
  'node-missing': { status: 500, summary: 'The Node.js release that Sortie runs on is not installed.' },
  'profiler-busy': { status: 500, summary: 'Another profile or trace is being recorded.' },
  internal: { status: 500, summary: 'Something failed that should not; the log has the request id.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface AppErrorOptions {
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string;
  /** Further members of the problem body, with snake_case keys. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error with a listed code. `message` names the cause in one sentence, `hint` the remedy. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = ERROR_CODES[code].status;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** Cause and remedy as sentences: Drone's texts, which some messages have to be, end without a full stop. */
export function explainError({ message, hint }: AppError): string {
  if (hint === undefined) return message;
  return `${message}${/[.!?:]$/.test(message) ? '' : '.'} ${hint}`;
}

/** Marks the end of a `switch` over a closed set; the compiler refuses a forgotten member. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
