import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { GitService } from './git-service.ts';

/** A beginning of clone addresses, and what runners get in its place (`SORTIE_CLONE_URL_REWRITE`). */
export interface AddressRewrite {
  readonly from: string;
  readonly to: string;
}

/** The address with its beginning replaced by the first rule that fits; whole host and path names only. */
export function rewriteAddress(rewrites: readonly AddressRewrite[], address: string): string {
  for (const { from, to } of rewrites) {
    const prefix = from.replace(/\/+$/, '');
    const rest = address.slice(prefix.length);
    const isWhole = rest === '' || rest.startsWith('/');
    if (address.startsWith(prefix) && isWhole) return to.replace(/\/+$/, '') + rest;
  }
  return address;
}

/** Where a runner fetches a repository, and the head of a pull request that is elsewhere. */
export interface CloneFacts {
  readonly repo: Repo;
  readonly build: Build;
}

/**
 * The addresses as runners get them. A head repository on another host than the repository is left out: such an address
 * came with a payload (scm.md X19).
 */
export function forRunner<Facts extends CloneFacts>(
  rewrites: readonly AddressRewrite[],
  facts: Facts,
): Facts {
  const { repo, build } = facts;
  const { readFrom, ...rest } = build;
  const isHere = readFrom !== undefined && isSameOrigin(readFrom.httpUrl, repo.httpUrl);
  const from = isHere ? { ...readFrom, httpUrl: rewriteAddress(rewrites, readFrom.httpUrl) } : undefined;
  return {
    ...facts,
    repo: { ...repo, httpUrl: rewriteAddress(rewrites, repo.httpUrl) },
    build: from === undefined ? rest : { ...rest, readFrom: from },
  };
}

/** True for an address on the host of a Git service, as people or as this server reach it. */
export function isServiceAddress({ driver, connection, internalUrl }: GitService, address: string): boolean {
  const own = [driver.link, connection.url, ...(internalUrl === undefined ? [] : [internalUrl])];
  return own.some((known) => isSameOrigin(address, known));
}

/** True for two addresses on the same scheme, host and port. */
export function isSameOrigin(one: string, other: string): boolean {
  const url = URL.parse(one);
  return url !== null && url.origin !== 'null' && url.origin === URL.parse(other)?.origin;
}
