import { ScmError } from './errors.ts';
import type { Netrc } from './objects.ts';

/** A netrc for the address, which must be on one of the origins: a token never goes to another host. */
export function netrcFor(
  httpUrl: string,
  origins: readonly string[],
  account: { readonly login: string; readonly password: string },
): Netrc {
  const url = URL.parse(httpUrl);
  if (url === null || !origins.includes(url.origin))
    throw new ScmError('validation', 'The clone address is not on the host of the Git service.', {
      hint: 'Synchronise the repository, or set the address of the service to the one it gives out.',
    });
  return { machine: url.hostname, ...account };
}
