import { isIP } from 'node:net';
import { isPrivateAddress } from '../private-address.ts';

/**
 * Gogs delivers nothing to local addresses unless their host is listed, and tells nobody but its own hook page. A
 * hint when the host of the target is `localhost`, a name without dots or an address in a local range.
 */
export function localNetworkHint(target: string): string | undefined {
  const host = URL.parse(target)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  const isLocal =
    isIP(host) === 0 ? !host.includes('.') || host.endsWith('.localhost') : isPrivateAddress(host);
  if (host === '' || !isLocal) return undefined;
  return `Add \`${host}\` to \`[security] LOCAL_NETWORK_ALLOWLIST\` in the app.ini of Gogs and restart it: by default it delivers no webhooks to local addresses.`;
}
