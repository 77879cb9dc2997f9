import { AppError } from '@sortie/core/errors';

/** One thing that a schema has against a part of a request. */
export interface Complaint {
  /** JSON pointer into the part; empty for the whole. */
  readonly path: string;
  readonly message: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const PLACES: Readonly<Record<string, string>> = { params: 'path', querystring: 'query', body: 'body' };

/** The error for a request whose path, query or body is not as documented. Values are never repeated: one may be a secret. */
export function invalidRequest(complaints: readonly Complaint[], context: string): AppError {
  const place = PLACES[context] ?? context;
  const [first] = complaints;
  const where = first === undefined || first.path === '' ? place : `${place} ${first.path.slice(1)}`;
  return new AppError('invalid-request', `The ${where} ${first?.message ?? 'is not valid'}.`, {
    hint: hintFor(complaints),
    details: { errors: complaints.map(({ path, message }) => ({ in: place, path, message })) },
  });
}

/** The complaints of a failed validation; anything else becomes one without a place. */
export function toComplaint(entry: {
  readonly instancePath?: unknown;
  readonly message?: unknown;
  readonly keyword?: unknown;
  readonly params?: unknown;
}): Complaint {
  const { instancePath, message, keyword, params } = entry;
  return {
    path: String(instancePath ?? ''),
    message: String(message ?? 'is not valid'),
    keyword: String(keyword ?? ''),
    params: typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {},
  };
}

const EXPECTED: Readonly<Record<string, string>> = {
  integer: 'Give a whole number in decimal digits.',
  number: 'Give a number.',
  boolean: 'Give true or false, without quotes.',
  string: 'Give a text.',
  array: 'Give a list.',
  object: 'Give a JSON object.',
};

/** Patterns of parameters that are whole numbers. */
const DIGITS = /^\^(-\?)?\\d/;

function hintFor(complaints: readonly Complaint[]): string {
  const [first] = complaints;
  const remedy = first === undefined ? undefined : remedyFor(first, complaints);
  const reference = 'What this address takes is at /docs/api.';
  return remedy === undefined ? reference : `${remedy} ${reference}`;
}

function remedyFor({ keyword, params, path }: Complaint, all: readonly Complaint[]): string | undefined {
  if (keyword === 'required') return `Give ${listOf(params.requiredProperties, 'and')}.`;
  if (keyword === 'enum') return `Give ${listOf(params.allowedValues, 'or')}.`;
  if (keyword === 'const') {
    const others = all.filter((one) => one.path === path && one.keyword === 'const');
    return `Give ${listOf(
      others.map((one) => one.params.allowedValue),
      'or',
    )}.`;
  }
  if (keyword === 'pattern' && DIGITS.test(String(params.pattern))) return EXPECTED.integer;
  return keyword === 'type' ? EXPECTED[String(params.type)] : undefined;
}

function listOf(values: unknown, word: 'and' | 'or'): string {
  const names = (Array.isArray(values) ? values : [values]).map((value) => `"${String(value)}"`);
  if (names.length < 2) return names.join();
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}
