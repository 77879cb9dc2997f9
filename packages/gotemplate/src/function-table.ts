import type { Budget } from './limits.ts';
import type { Value, Zone } from './value.ts';

/**
 * What a parameter takes. `any` is Go's `interface{}` (a missing value arrives as nil), `string` a string only,
 * `value` is `reflect.Value` (a missing value stays missing).
 */
export type Parameter = 'any' | 'string' | 'value';

/** A function that templates may call. Throws `execution` failures without a place. */
export interface GoFunction {
  readonly parameters: readonly Parameter[];
  /** Type of all further arguments; without it there are none. */
  readonly rest?: Parameter;
  readonly call: (env: CallEnvironment, args: readonly Value[]) => Value;
}

/** Everything outside of the template that functions can reach; all of it comes from the caller. */
export interface CallEnvironment {
  readonly budget: Budget;
  /** Milliseconds since 1970. */
  readonly now: (() => number) | undefined;
  readonly hashes: Hashes;
  readonly yaml: Yaml;
  readonly zones: ZoneLookup | undefined;
  /** Zone of times that tell none. */
  readonly localZone: string;
}

/** Hash functions from bytes to lower-case hex digits. */
export interface Hashes {
  readonly md5?: (bytes: Uint8Array) => string;
  readonly sha1?: (bytes: Uint8Array) => string;
  readonly sha256?: (bytes: Uint8Array) => string;
}

/** A YAML library: `encode` takes plain data (maps as `Map`), `decode` returns plain data or throws. */
export interface Yaml {
  readonly encode?: (data: unknown) => string;
  readonly decode?: (text: string) => unknown;
}

/** What a time zone says at a moment (Unix seconds); undefined for a name that does not exist. */
export type ZoneLookup = (name: string, seconds: number) => Zone | undefined;
