import { AppError } from '@sortie/core/errors';
import { type GitRequest, header } from './exchange.ts';
import type { Access, Credentials, GitAccount, GitHostDeps, RepoName } from './host-deps.ts';

const MAX_HEADER_CHARS = 8_192;

/** The account of a request, `undefined` without credentials. Throws `unauthorized` when they are wrong. */
export async function signIn<A extends GitAccount>(
  deps: Pick<GitHostDeps<A>, 'authenticate'>,
  request: GitRequest,
): Promise<A | undefined> {
  const value = header(request, 'authorization');
  if (value === undefined) return undefined;
  const credentials = parseBasic(value);
  const { address } = request;
  const account =
    credentials === undefined ? undefined : await deps.authenticate({ ...credentials, address });
  if (account !== undefined) return account;
  throw new AppError('unauthorized', 'The login or the password is wrong, or the token has expired.', {
    hint: 'Use your login, and a personal token of this server as the password.',
  });
}

/** RFC 7617, with UTF-8; `undefined` for any other scheme and for broken values. */
export function parseBasic(value: string): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(value.slice(0, MAX_HEADER_CHARS)) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0 || text.includes('\0')) return undefined;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Turns a refusal of `authorize` into the error that says so. Unknown and hidden repositories look alike. */
export function accessError(
  outcome: Exclude<Access['outcome'], 'ok'>,
  account: GitAccount | undefined,
  repo: RepoName,
): AppError {
  const slug = `${repo.namespace}/${repo.name}`;
  if (account === undefined || outcome === 'unauthorized') {
    return new AppError('unauthorized', 'This repository asks for a login and a password.', {
      hint: 'Use your login, and a personal token of this server as the password.',
    });
  }
  if (outcome === 'forbidden') {
    return new AppError('forbidden', `${account.login} may read ${slug}, but not push to it.`, {
      hint: 'Ask the owner of the repository for the right to write.',
    });
  }
  return new AppError('not-found', `${slug} does not exist, or ${account.login} has no access to it.`, {
    hint: `Check the address. A push creates repositories only where the account may: /git/${account.login}/NAME.git.`,
  });
}
