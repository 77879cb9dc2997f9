/** The forms that the value of a setting can have; `config-values.ts` says how each is written. */
export const SETTING_TYPES = [
  'string',
  'bool',
  'int',
  'float',
  'duration',
  'bytes',
  'list',
  'networks',
  'map',
  'address',
] as const;
export type SettingType = (typeof SETTING_TYPES)[number];

/** Where a server listens; an empty host means every interface. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What each type is after parsing. Durations are milliseconds. */
export interface SettingValues {
  readonly string: string;
  readonly bool: boolean;
  readonly int: number;
  readonly float: number;
  readonly duration: number;
  readonly bytes: number;
  readonly list: readonly string[];
  readonly networks: readonly string[];
  readonly map: Readonly<Record<string, string>>;
  readonly address: ListenAddress;
}

/**
 * One setting. `later` marks what is read and checked but has no effect yet, `ignored` what is accepted for the
 * sake of old installations and never will have one.
 */
export interface Setting {
  readonly type: SettingType;
  /** As a person would write it; without one the value is empty, zero, or false. */
  readonly default?: string;
  readonly sentence: string;
  /** Shown masked, and readable from a file named by `<NAME>_FILE`. */
  readonly isSecret?: true;
  /** Older names; the setting's own name wins. */
  readonly aliases?: readonly string[];
  /** The least number that is accepted, in bytes or milliseconds where these are meant. */
  readonly min?: number;
  /** The only texts that are accepted, in a list for each item. */
  readonly choices?: readonly string[];
  readonly state?: 'later' | 'ignored';
}

/** A setting as it was found, for display. */
export interface FoundSetting {
  readonly name: string;
  /** The variable that gave the value, `_FILE` included; absent for a default. */
  readonly from?: string;
  readonly text: string;
}

export type SettingTable = Readonly<Record<string, Setting>>;

/** The parsed value of each setting of a table. */
export type ValuesOf<T extends SettingTable> = { readonly [Name in keyof T]: SettingValues[T[Name]['type']] };
