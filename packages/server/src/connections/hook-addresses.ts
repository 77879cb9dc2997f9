import type { GitService } from '../services/git-service.ts';

/** Where one service sends its webhooks to, and where hooks of this server may lead from before. */
export interface HookAddresses {
  readonly hookUrl: string;
  /** Addresses of hooks that count as ours and give way to one at `hookUrl`. */
  readonly formerHookUrls: readonly string[];
}

/**
 * With several services connected each has an address of its own (`/hook/NAME`), so that nothing depends on which headers
 * came; a single one has `/hook`. `base` is the address of this server as the services see it.
 */
export function hookAddressesOf(
  base: string,
  all: readonly GitService[],
  { connection }: Pick<GitService, 'connection'>,
): HookAddresses {
  const shared = `${base}/hook`;
  const own = `${shared}/${encodeURIComponent(connection.name)}`;
  return all.length > 1
    ? { hookUrl: own, formerHookUrls: [shared] }
    : { hookUrl: shared, formerHookUrls: [own] };
}
