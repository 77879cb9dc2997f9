/** A failed sign-in for people: what happened, and what to do about it. */
export interface SignInProblem {
  readonly cause: string;
  readonly remedy: string;
}

const SERVICE_REMEDY = 'Try again in a few minutes. If it stays like this, tell whoever runs this server.';

/** By error code (docs/errors.md): all that the sign-in ends with. */
const PROBLEMS: Readonly<Record<string, SignInProblem>> = {
  'sign-in-refused': {
    cause: 'The name, the password or the token is wrong, or the sign-in was refused.',
    remedy: 'Check them and try again. Where passwords are not accepted, use an access token of the service.',
  },
  'sign-in-state': {
    cause: 'The sign-in took too long, was used before, or was begun in another browser.',
    remedy: 'Begin again, and end it in this browser within ten minutes.',
  },
  'sign-in-membership': {
    cause: 'Only certain accounts, organisations or groups may use this server.',
    remedy: 'Ask whoever runs this server to let your account or organisation in.',
  },
  'registration-closed': {
    cause: 'This server takes no new accounts by itself.',
    remedy: 'Ask an administrator to make an account with your login, then sign in again.',
  },
  'account-too-new': {
    cause: 'Your account at the service is younger than this server asks for.',
    remedy: 'Sign in again later, or ask an administrator to make an account for you.',
  },
  'machine-sign-in': {
    cause: 'This is a machine account, and those cannot sign in.',
    remedy: 'Machine accounts use tokens: “sortie token” makes one.',
  },
  'account-inactive': {
    cause: 'Your account here has been deactivated.',
    remedy: 'An administrator of this server can activate it again.',
  },
  'identity-taken': {
    cause: 'That account at the service belongs to another account here.',
    remedy: 'Sign in with it and unlink it there first, or ask an administrator.',
  },
  'cross-site-request': {
    cause: 'The sign-in was begun by a page of another site.',
    remedy: 'Begin on the sign-in page of this server.',
  },
  'rate-limited': {
    cause: 'There were too many tries.',
    remedy: 'Wait a minute, then try again.',
  },
  unauthorized: {
    cause: 'You are not signed in here any more.',
    remedy: 'Sign in first; then link the other account from your account page.',
  },
  'not-found': {
    cause: 'This server has no such way to sign in.',
    remedy: 'Choose one of those on the sign-in page.',
  },
  'invalid-request': {
    cause: 'The sign-in was incomplete.',
    remedy: 'Fill in name and password, or a token.',
  },
  conflict: {
    cause: 'Your account was changed at the same time.',
    remedy: 'Sign in again.',
  },
  'service-unavailable': { cause: 'The service does not answer as it should.', remedy: SERVICE_REMEDY },
  'service-answer': { cause: 'The service answered something that it should not.', remedy: SERVICE_REMEDY },
  'service-rate-limited': {
    cause: 'The service takes no more calls for the moment.',
    remedy: SERVICE_REMEDY,
  },
  'service-refused': {
    cause: 'The service does not let your account do this.',
    remedy: 'Check at the service that your account is active and may use its API.',
  },
  'service-setup': {
    cause: 'The service refuses the settings that this server has for it.',
    remedy:
      'Whoever runs this server must check client id, secret and redirect address; “sortie doctor” helps.',
  },
  internal: {
    cause: 'Something went wrong on this server.',
    remedy: 'Try again. If it happens again, the log of the server says why.',
  },
};

const UNKNOWN: SignInProblem = {
  cause: 'The sign-in did not work.',
  remedy: 'Try again. If it happens again, the log of the server says why.',
};

/** Texts of ours for a code; whatever else stands in an address leads to the same general text (scm.md X15). */
export function signInProblem(code: string): SignInProblem {
  return Object.hasOwn(PROBLEMS, code) ? (PROBLEMS[code] ?? UNKNOWN) : UNKNOWN;
}
