import type { Wire } from '../wire.ts';

/** What every driver needs to reach its service. */
export interface ServiceOptions {
  /** Address that people open. */
  readonly server: string;
  /** Address that this server uses instead, when it cannot reach the other one. */
  readonly internalUrl?: string;
  readonly wire: Wire;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds. */
  readonly sleep?: (duration: number) => Promise<void>;
  /** Milliseconds for one call. */
  readonly timeout?: number;
}

/** The address with a slash at its end. */
export function withSlash(address: string): string {
  const { href } = new URL(address);
  return href.endsWith('/') ? href : `${href}/`;
}

/** Waits. */
export async function rest(duration: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, duration);
  await promise;
}
