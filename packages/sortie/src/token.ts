import { AppError } from '@sortie/core/errors';
import { SCOPES, type Scope } from '@sortie/core/token';
import { openAccounts } from '@sortie/server/accounts';
import { parseDuration } from '@sortie/server/config-values';
import { readSettings } from './settings.ts';

export interface TokenOptions {
  readonly user?: string;
  readonly name: string;
  readonly scope: readonly string[];
  /** A Go duration; never when absent. */
  readonly expires?: string;
}

/**
 * `sortie token`: writes a token straight into the database of the data folder, while the server runs or not.
 * Whoever can do that owns the server anyway. Only the token goes to standard output, for scripts.
 */
export async function makeToken(options: TokenOptions): Promise<void> {
  const scopes = options.scope.map(toScope);
  const lifetimeMs = options.expires === undefined ? 0 : parseDuration(options.expires);
  const accounts = await openAccounts(readSettings(process.env));
  try {
    const { login, text } = await accounts.issueToken({
      login: options.user,
      name: options.name,
      scopes,
      lifetimeMs,
    });
    process.stdout.write(`${text}\n`);
    process.stderr.write(`A token of ${login}; it is shown this once. Git asks for it as the password.\n`);
  } finally {
    await accounts.close();
  }
}

/** `sortie sign-in`: a fresh one-time link. */
export async function makeSignInLink(options: { readonly user?: string }): Promise<void> {
  const accounts = await openAccounts(readSettings(process.env));
  try {
    process.stdout.write(`${await accounts.signInLink({ login: options.user })}\n`);
  } finally {
    await accounts.close();
  }
}

function toScope(text: string): Scope {
  if (Object.hasOwn(SCOPES, text)) return text as Scope;
  throw new AppError('invalid-request', `${JSON.stringify(text)} is not a scope.`, {
    hint: `Use one or more of: ${Object.keys(SCOPES).join(', ')}.`,
  });
}
