import type { FieldDefinition, LanguageType, RecordDefinition, ValueShape } from './definition.ts';
import { LANGUAGE_TYPES } from './definition.ts';
import { DOCUMENTS, RECORDS } from './records.ts';

/** A JSON Schema of draft 7, as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Records whose keys depend on the pipeline type have one definition per type. */
const TYPED = ['pipeline', 'step', 'volume', 'mount', 'clone'];

/** A misspelt key of a condition would make it match too much, so the reader refuses it. */
const CLOSED = ['patterns', 'path_patterns'];

/** Words for what a scalar may be: YAML turns `1.20` and `yes` into numbers and booleans before anybody asks. */
const SCALAR = { type: ['string', 'number', 'boolean', 'null'] };
const TEXTS = oneOrMore(SCALAR);

/** YAML 1.1 spells booleans in many ways, and editors that speak YAML 1.2 see words. */
const FLAG_WORDS = [
  'y',
  'Y',
  'yes',
  'Yes',
  'YES',
  'on',
  'On',
  'ON',
  'n',
  'N',
  'no',
  'No',
  'NO',
  'off',
  'Off',
  'OFF',
];

/**
 * The JSON Schema of one document of a pipeline file. Unknown keys are valid, as they are for the reader, and carry
 * a `deprecationMessage`, which editors show as a warning; `sortie lint` has the spelling suggestions.
 */
export function pipelineSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  for (const record of RECORDS) {
    if (!TYPED.includes(record.name)) {
      definitions[record.name] = recordSchema(record, typeOfRecord(record));
      continue;
    }
    for (const type of LANGUAGE_TYPES) definitions[nameIn(record.name, type)] = recordSchema(record, type);
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Pipeline file',
    description: 'One document of a .drone.yml file, as Drone and Sortie read it.',
    type: 'object',
    required: ['kind'],
    properties: { kind: { type: 'string', enum: DOCUMENTS.map(({ name }) => name) } },
    allOf: DOCUMENTS.map((record) => whenKind(record)),
    definitions,
  };
}

/** A record that only some types know is described as these know it. */
function typeOfRecord(record: RecordDefinition): LanguageType {
  return LANGUAGE_TYPES.find((type) => record.fields.some(({ use }) => use[type] === 'used')) ?? 'docker';
}

function nameIn(record: string, type: LanguageType): string {
  return TYPED.includes(record) ? `${type}_${record}` : record;
}

function whenKind(record: RecordDefinition): JsonSchema {
  const condition = { properties: { kind: { const: record.name } }, required: ['kind'] };
  if (record.name !== 'pipeline') return when(condition, refTo(record.name));
  return when(condition, { allOf: [defaultType(), ...LANGUAGE_TYPES.map(whenType)] });
}

/** A pipeline without a type is a docker pipeline. */
function defaultType(): JsonSchema {
  return when({ not: { required: ['type'] } }, refTo('docker_pipeline'));
}

function whenType(type: LanguageType): JsonSchema {
  const condition = { properties: { type: { const: type } }, required: ['type'] };
  return when(condition, refTo(nameIn('pipeline', type)));
}

/** An object literal with a member called `then` looks like a promise to the linter. */
function when(condition: JsonSchema, consequence: JsonSchema, otherwise?: JsonSchema): JsonSchema {
  const parts: [string, JsonSchema][] = [
    ['if', condition],
    ['then', consequence],
  ];
  return Object.fromEntries(otherwise === undefined ? parts : [...parts, ['else', otherwise]]);
}

function refTo(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` };
}

function recordSchema(record: RecordDefinition, type: LanguageType): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const field of record.fields) {
    if (field.use[type] !== undefined) properties[field.key] = fieldSchema(field, type);
  }
  const isClosed = CLOSED.includes(record.name);
  const isDocument = DOCUMENTS.includes(record);
  return {
    title: record.title,
    description: record.text,
    type: isDocument || record.name === 'step' ? 'object' : ['object', 'null'],
    ...(record.required === undefined || type === 'exec' ? {} : requiredOf(record)),
    properties,
    ...(isDocument ? { patternProperties: { '^(x-|[._])': true } } : {}),
    additionalProperties: isClosed ? false : { deprecationMessage: 'This key is not known here.' },
  };
}

/** Only what no merge key (`<<`) can bring in is required: the kind of a document. */
function requiredOf(record: RecordDefinition): JsonSchema {
  return DOCUMENTS.includes(record) ? { required: ['kind'] } : {};
}

function fieldSchema(field: FieldDefinition, type: LanguageType): JsonSchema {
  const description = field.default === undefined ? field.text : `${field.text}\nDefault: ${field.default}.`;
  if (field.use[type] === 'used') return { description, ...valueSchema(field.value, type) };
  return { description, deprecationMessage: `It has no effect in a pipeline of type ${type}.` };
}

function valueSchema(value: ValueShape, type: LanguageType): JsonSchema {
  switch (value.kind) {
    case 'text':
      return value.words === undefined ? SCALAR : { anyOf: [{ type: 'string', enum: value.words }, SCALAR] };
    case 'flag':
      return { anyOf: [{ type: ['boolean', 'null'] }, { type: 'string', enum: FLAG_WORDS }] };
    case 'count':
      return { type: ['number', 'null'], minimum: 0 };
    case 'number':
      return { type: ['number', 'null'] };
    case 'size':
    case 'quantity':
      return { type: ['string', 'number', 'null'] };
    case 'any':
      return {};
    case 'texts':
      return TEXTS;
    case 'names':
      return oneOrMore(mapOr('dependency', SCALAR));
    case 'text-map':
      return { type: ['object', 'null'], additionalProperties: SCALAR };
    case 'variables':
      return {
        type: ['object', 'null'],
        additionalProperties: mapOr('variable', SCALAR),
      };
    case 'settings':
      return { type: ['object', 'null'] };
    case 'secret-text':
      return mapOr('variable', SCALAR);
    case 'condition':
      return mapOr('patterns', TEXTS);
    case 'path-condition':
      return mapOr('path_patterns', TEXTS);
    case 'conditions':
      return oneOrMore(refTo('conditions'));
    case 'flag-or-record':
      return mapOr(nameIn(value.record, type), { type: ['boolean', 'null'] });
    case 'count-or-record':
      return mapOr(nameIn(value.record, type), { type: ['number', 'null'], minimum: 0 });
    case 'record':
      return { allOf: [refTo(nameIn(value.record, type))] };
    case 'records':
      return { type: ['array', 'null'], items: refTo(nameIn(value.record, type)) };
    case 'named-records':
      return namedRecords(refTo(nameIn(value.record, type)));
  }
}

function oneOrMore(schema: JsonSchema): JsonSchema {
  return when({ type: 'array' }, { items: schema }, schema);
}

/** A list, or a map whose keys are the names. */
function namedRecords(schema: JsonSchema): JsonSchema {
  return { type: ['array', 'object', 'null'], items: schema, additionalProperties: schema };
}

/** The shape decides, so that a mistake is reported where it is and not for all alternatives together. */
function mapOr(record: string, other: JsonSchema): JsonSchema {
  return when({ type: 'object' }, refTo(record), other);
}
