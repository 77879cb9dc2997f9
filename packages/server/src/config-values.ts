import { parseNetwork } from './auth/networks.ts';
import type { ListenAddress, Setting, SettingType, SettingValues } from './config-setting.ts';

/** Says what is wrong with a text, as the second half of a sentence: `is not …`. */
export class ValueProblem extends Error {
  readonly hint: string;
  /** The setting, where it is not the one that is being read. */
  readonly setting: string | undefined;

  constructor(message: string, hint: string, setting?: string) {
    super(message);
    this.name = 'ValueProblem';
    this.hint = hint;
    this.setting = setting;
  }
}

const PARSERS: { readonly [Type in SettingType]: (text: string) => SettingValues[Type] } = {
  string: (text) => text,
  bool: parseBool,
  int: parseInteger,
  float: parseFloatNumber,
  duration: parseDuration,
  bytes: parseBytes,
  list: parseList,
  networks: parseNetworks,
  map: parseMap,
  address: parseAddress,
};

const EMPTY: SettingValues = {
  string: '',
  bool: false,
  int: 0,
  float: 0,
  duration: 0,
  bytes: 0,
  list: [],
  networks: [],
  map: {},
  address: { host: '', port: 0 },
};

/** The value of a text for a setting; `undefined` stands for "not set". Throws `ValueProblem`. */
export function parseValue(setting: Setting, text: string | undefined): SettingValues[SettingType] {
  const given = text ?? setting.default;
  if (given === undefined) return EMPTY[setting.type];
  const value = PARSERS[setting.type](given);
  checkChoices(setting, value);
  if (typeof value === 'number' && value < (setting.min ?? 0)) {
    throw new ValueProblem('is too small', `The least is ${describeLeast(setting)}.`);
  }
  return value;
}

function checkChoices(setting: Setting, value: SettingValues[SettingType]): void {
  const { choices } = setting;
  if (choices === undefined || value === '') return;
  const words = Array.isArray(value) ? value : [value];
  if (words.every((word) => choices.includes(word))) return;
  throw new ValueProblem('is not one of the known words', `Use one of: ${choices.join(', ')}.`);
}

function describeLeast(setting: Setting): string {
  const least = setting.min ?? 0;
  return setting.type === 'duration' ? `${least / 1000}s` : String(least);
}

const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new ValueProblem('is not a truth value', 'Use true or false.');
}

/** As Go reads integers with base 0: `0x`, `0o` and `0b` prefixes, and a leading zero means octal. */
function parseInteger(text: string): number {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]+|0|[1-9][0-9]*)$/.exec(text);
  const [, sign, digits] = match ?? [];
  const value = digits === undefined ? Number.NaN : Number(digits.replace(/^0(?=[0-7])/, '0o'));
  if (!Number.isSafeInteger(value))
    throw new ValueProblem('is not a whole number', 'Use digits, such as 25.');
  return sign === '-' ? -value : value;
}

function parseFloatNumber(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  throw new ValueProblem('is not a number', 'Use digits, such as 2.5.');
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's form: `300ms`, `1.5h`, `1h30m`. Returns milliseconds. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  const [, sign, parts] = match ?? [];
  if (parts === undefined) {
    const hint = /^\d+$/.test(text)
      ? `A unit is missing: write ${text}s or ${text}m.`
      : 'Use numbers with units, such as 90s, 30m or 1h30m.';
    throw new ValueProblem('is not a duration', hint);
  }
  let total = 0;
  for (const [, amount, unit] of parts.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (DURATION_UNITS_MS[unit ?? ''] ?? 0);
  }
  return sign === '-' ? -total : total;
}

const SIZE_EXPONENT: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** `500MB` counts in thousands, `500MiB` in steps of 1024, a bare number in bytes. */
function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?$/i.exec(text.trim());
  const [, amount, prefix, binary] = match ?? [];
  if (amount === undefined || (binary !== '' && prefix === '')) {
    throw new ValueProblem('is not a size', 'Use a number with a unit, such as 100MB or 1GiB.');
  }
  const exponent = SIZE_EXPONENT[(prefix ?? '').toLowerCase()] ?? 0;
  return Math.round(Number(amount) * (binary === '' ? 1000 : 1024) ** exponent);
}

/** Separated by commas; spaces around an item do not count, and an empty text is an empty list. */
function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A list of addresses and networks in CIDR form. */
function parseNetworks(text: string): readonly string[] {
  const networks = parseList(text);
  const wrong = networks.find((network) => parseNetwork(network) === undefined);
  if (wrong === undefined) return networks;
  throw new ValueProblem(
    `has the item ${JSON.stringify(wrong)}, which is no network`,
    'Use addresses and networks in CIDR form, such as 10.0.0.0/8 or fd00::/8.',
  );
}

/** `key:value` pairs separated by commas; the first colon divides, so that values may hold addresses. */
function parseMap(text: string): Readonly<Record<string, string>> {
  const pairs = parseList(text).map((item) => {
    const at = item.indexOf(':');
    if (at <= 0) {
      throw new ValueProblem(
        `has the item ${JSON.stringify(item)} without a key`,
        'Write key:value,key:value.',
      );
    }
    return [item.slice(0, at).trim(), item.slice(at + 1).trim()] as const;
  });
  return Object.fromEntries(pairs);
}

/** `8080`, `:8080`, `127.0.0.1:8080`, `[::1]:8080`. */
function parseAddress(text: string): ListenAddress {
  if (text.startsWith('tcp://')) {
    // Kubernetes puts such a value into every pod next to a service that is called `drone-server`.
    throw new ValueProblem(
      'is not a listen address but looks like the link of a Kubernetes service',
      'Give the service another name than drone-server, or set enableServiceLinks: false.',
    );
  }
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? Number.NaN);
  if (!(port <= 65_535)) throw new ValueProblem('is not a listen address', 'Use a port such as :8080.');
  return { host: (match?.[1] ?? '').replace(/^\[|\]$/g, ''), port };
}
