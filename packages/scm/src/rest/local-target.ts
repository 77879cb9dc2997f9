import { isIP } from 'node:net';
import { isPrivateAddress } from '../private-address.ts';

/** The host of the target when it is `localhost`, a name without dots or an address in a local range. */
export function localHostOf(target: string): string | undefined {
  const host = URL.parse(target)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  const isLocal =
    isIP(host) === 0 ? !host.includes('.') || host.endsWith('.localhost') : isPrivateAddress(host);
  return host !== '' && isLocal ? host : undefined;
}
