import { BlockList, isIP } from 'node:net';

/** A network in CIDR form, taken apart. */
interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; `undefined` for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes('%')) return undefined;
  const longest = version === 4 ? 32 : 128;
  const isLength = length === undefined || /^\d{1,3}$/.test(length);
  const prefix = length === undefined ? longest : Number(length);
  if (!isLength || prefix > longest) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** True when an address lies in one of the networks; IPv4 inside IPv6 counts as IPv4. */
export function isInNetworks(ranges: readonly string[], address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const version = isIP(plain);
  if (version === 0) return false;
  return listOf(ranges).check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const network = parseNetwork(range);
    if (network !== undefined) list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}

/** True when all addresses of a network lie in another one too; both in CIDR form. */
export function isPartOfNetwork(range: string, part: string): boolean {
  const outer = parseNetwork(range);
  const inner = parseNetwork(part);
  if (outer === undefined || inner === undefined || outer.prefix > inner.prefix) return false;
  return outer.family === inner.family && isInNetworks([range], inner.address);
}
