import type { FastifySchemaCompiler } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/**
 * Checks path, query and body against the schemas of the contract. Schemas are compiled at their first use, which
 * keeps the start short. Numbers in a path are read as decimal digits only.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart, method }) => {
  let compiled: Validator | undefined;
  const isChange = httpPart === 'body' && /^(PATCH|PUT)\b/.test(String(method));
  return (value: unknown) => {
    if (isChange && (value === null || value === undefined)) return { error: NO_BODY };
    compiled ??= Compile(schema);
    const prepared = prepare(schema, httpPart ?? '', value);
    if (compiled.Check(prepared)) return { value: prepared };
    return { error: compiled.Errors(prepared) };
  };
};

/** A change that names nothing is a mistake, and an error in Drone too (api-v1.md 1.5). */
const NO_BODY = [
  { keyword: 'type', schemaPath: '#', instancePath: '', params: { type: 'object' }, message: 'is missing' },
];

function prepare(schema: TSchema, part: string, value: unknown): unknown {
  if (part === 'params') return readNumbers(schema, value);
  if (part === 'body') return readBody(schema, value);
  return value;
}

function readNumbers(schema: TSchema, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const properties = propertiesOf(schema);
  const entries = Object.entries(value).map(([key, text]) => {
    const isNumber = (properties[key] as { type?: unknown } | undefined)?.type === 'integer';
    const isDigits = typeof text === 'string' && /^-?\d{1,16}$/.test(text);
    return [key, isNumber && isDigits ? Number(text) : text] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * As Go reads objects: `null` is as good as absent, for the body and for each member, and the case of the keys
 * does not count (api-v1.md 1.5).
 */
function readBody(schema: TSchema, value: unknown): unknown {
  if (value === null) return {};
  if (!isRecord(value)) return value;
  const names = new Map(Object.keys(propertiesOf(schema)).map((name) => [name.toLowerCase(), name]));
  const body: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = names.get(key.toLowerCase());
    if (name !== undefined && member !== null) body[name] = member;
  }
  return body;
}

function propertiesOf(schema: TSchema): Readonly<Record<string, TSchema>> {
  return (schema as Partial<TObject>).properties ?? {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
