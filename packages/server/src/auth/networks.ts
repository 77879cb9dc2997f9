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

/**
 * What stands for one host when requests are counted: the address, or the /64 network of an IPv6 one, because whoever has
 * one such address has all of its network. Anything else comes back as it is.
 */
export function hostNetwork(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIP(plain) !== 6) return plain;
  const [head = [], tail] = (plain.split('%')[0] ?? '')
    .split('::')
    .map((part) => part.split(':').filter(Boolean));
  const groups = tail === undefined ? head : [...head, ...missingGroups(head, tail), ...tail];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** The zeros that `::` stands for; an IPv4 address at the end is as long as two groups. */
function missingGroups(head: readonly string[], tail: readonly string[]): readonly string[] {
  const last = tail.at(-1)?.includes('.') === true ? 1 : 0;
  return Array.from({ length: Math.max(0, 8 - head.length - tail.length - last) }, () => '0');
}
