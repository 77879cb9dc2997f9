import { networkInterfaces } from 'node:os';

/** Addresses of a network of Docker that a stage with a few dozen containers needs. */
const SMALL_BITS = 26;
const LARGE_BITS = 22;
const SMALL_HOSTS = 50;

/** Private, and neither what Docker takes by itself nor what homes and offices usually have. */
export const DEFAULT_SUBNETS: readonly string[] = ['10.213.0.0/16'];

interface Range {
  readonly first: number;
  readonly size: number;
}

/**
 * Hands out small subnets for the networks of stages. Docker's own pool holds 31 networks, which a busy machine has
 * used up. Other programs may hold parts of the range: what cannot be used is told with `refuse` and left out from
 * then on.
 */
export class SubnetPool {
  readonly #ranges: readonly Range[];
  readonly #local: () => readonly Range[];
  /** First addresses of the small blocks that are taken. */
  readonly #taken = new Set<number>();
  readonly #owners = new Map<string, Range>();

  /** `ranges` in CIDR form. `local`: the subnets that this machine is in, so that none of them is hidden. */
  constructor(ranges: readonly string[], local: () => readonly string[] = machineSubnets) {
    this.#ranges = ranges.map(parseRange).filter((range) => range !== undefined);
    this.#local = () =>
      local()
        .map(parseRange)
        .filter((range) => range !== undefined);
  }

  /** A subnet for so many containers, in CIDR form; `undefined` when none is left. */
  take(containers: number): string | undefined {
    const bits = containers > SMALL_HOSTS ? LARGE_BITS : SMALL_BITS;
    const size = 2 ** (32 - bits);
    const local = this.#local();
    for (const range of this.#ranges) {
      for (let first = range.first; first + size <= range.first + range.size; first += size) {
        const block = { first, size };
        if (local.some((other) => overlaps(block, other)) || !this.#isFree(block)) continue;
        this.#mark(block, true);
        const text = `${formatAddress(first)}/${bits}`;
        this.#owners.set(text, block);
        return text;
      }
    }
    return undefined;
  }

  /** The network is gone. */
  release(subnet: string): void {
    const block = this.#owners.get(subnet);
    if (block === undefined) return;
    this.#owners.delete(subnet);
    this.#mark(block, false);
  }

  /** Somebody else has it; it is not offered again. */
  refuse(subnet: string): void {
    this.#owners.delete(subnet);
  }

  #isFree({ first, size }: Range): boolean {
    for (let at = first; at < first + size; at += smallSize) if (this.#taken.has(at)) return false;
    return true;
  }

  #mark({ first, size }: Range, isTaken: boolean): void {
    for (let at = first; at < first + size; at += smallSize) {
      if (isTaken) this.#taken.add(at);
      else this.#taken.delete(at);
    }
  }
}

const smallSize = 2 ** (32 - SMALL_BITS);

/** The subnets of version 4 that this machine has an address in. */
function machineSubnets(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal, cidr }) => family === 'IPv4' && !internal && cidr !== null)
    .map(({ cidr }) => cidr ?? '');
}

function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 32] = match.slice(1).map(Number);
  if (bits > 32 || [a, b, c, d].some((part) => part > 255)) return undefined;
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: Math.floor(address / size) * size, size };
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function overlaps(one: Range, other: Range): boolean {
  return one.first < other.first + other.size && other.first < one.first + one.size;
}
