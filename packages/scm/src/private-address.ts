import { BlockList, isIP } from 'node:net';
import { ScmError } from './errors.ts';

const RANGES = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

const PRIVATE = createList(RANGES);

function createList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/');
    list.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** The IPv4 address inside an IPv6 one (mapped, NAT64, 6to4), or undefined. */
function embedded(address: string): string | undefined {
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const groups = expand(canonical);
  const [a, b, c, d, e, f, g, h] = groups;
  const isMapped = [a, b, c, d, e].every((group) => group === 0) && (f === 0xffff || f === 0);
  const isNat64 = a === 0x64 && b === 0xff9b && [c, d, e, f].every((group) => group === 0);
  if (isMapped || isNat64) return dotted(g, h);
  return a === 0x2002 ? dotted(b, c) : undefined;
}

function expand(address: string): number[] {
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const gap = right === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<string>(gap).fill('0'), ...tail].map((group) => Number.parseInt(group, 16));
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Whether the IP address is loopback, private, link-local, carrier-grade NAT, documentation or multicast. */
export function isPrivateAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return true;
  if (version === 4) return PRIVATE.check(address, 'ipv4');
  const inner = embedded(address);
  return PRIVATE.check(address, 'ipv6') || (inner !== undefined && PRIVATE.check(inner, 'ipv4'));
}

/** Throws `forbidden` for an address that users may not make the server call. */
export function checkAddress(address: string): void {
  if (!isPrivateAddress(address)) return;
  throw new ScmError('forbidden', 'The address leads into a private network.', {
    hint: 'An administrator can allow the host by its exact name.',
  });
}
