import type { Assertion, Bind, FieldNode, Node, ObjectComprehension, ObjectNode, Visibility } from './ast.ts';
import { asMethod, parseBind, parseClauses, parseParameters } from './parts-parser.ts';
import type { Place } from './source.ts';
import { describeToken, type TokenStream } from './token-stream.ts';

interface Members {
  readonly fields: FieldNode[];
  readonly binds: Bind[];
  readonly assertions: Assertion[];
  /** Names that must not be repeated. */
  readonly fieldNames: Set<string>;
  readonly bindNames: Set<string>;
}

/** Parses `{ … }`: an object, or an object comprehension when a `for` follows its members. */
export function parseObject(tokens: TokenStream): ObjectNode | ObjectComprehension {
  const place = tokens.place(tokens.expect('{', 'to begin an object'));
  const members = emptyMembers();
  while (!tokens.take('}')) {
    parseMember(tokens, members);
    const hasComma = tokens.take(',');
    if (tokens.isAt('for')) return parseComprehension(tokens, members, place);
    if (!hasComma && !tokens.isAt('}')) tokens.expect(',', 'between the fields of an object');
  }
  const { fields, binds, assertions } = members;
  return { kind: 'object', fields, binds, assertions, isOutermost: false, ...place };
}

function emptyMembers(): Members {
  return { fields: [], binds: [], assertions: [], fieldNames: new Set(), bindNames: new Set() };
}

function parseMember(tokens: TokenStream, members: Members): void {
  const place = tokens.place();
  if (tokens.take('local')) {
    members.binds.push(parseBind(tokens, members.bindNames));
  } else if (tokens.take('assert')) {
    const test = tokens.expression();
    const message = tokens.take(':') ? tokens.expression() : undefined;
    members.assertions.push({ test, message, ...place });
  } else {
    members.fields.push(parseField(tokens, members.fieldNames));
  }
}

function parseField(tokens: TokenStream, names: Set<string>): FieldNode {
  const token = tokens.peek();
  const place = tokens.place(token);
  const isComputed = tokens.take('[');
  const key = isComputed ? tokens.expression() : parseFieldName(tokens);
  if (isComputed) tokens.expect(']', 'after the computed field name');
  if (!isComputed) {
    if (names.has(token.text))
      tokens.fail(`The field "${token.text}" is written twice in the same object.`, token);
    names.add(token.text);
  }
  const parameters = tokens.isAt('(') ? parseParameters(tokens) : undefined;
  const [isPlus, visibility] = parseColons(tokens);
  if (isPlus && parameters !== undefined) tokens.fail('A method cannot be extended with "+:".', token);
  const value = tokens.expression();
  const name = isComputed ? '' : token.text;
  const body = parameters === undefined ? value : asMethod(name, parameters, value, place);
  return { key, isComputed, isPlus, visibility, value: body, ...place };
}

function parseFieldName(tokens: TokenStream): Node {
  const token = tokens.peek();
  if (token.kind !== 'identifier' && token.kind !== 'string') {
    tokens.fail(`Expected a field name, found ${describeToken(token)}.`);
  }
  tokens.next();
  return { kind: 'literal', value: token.text, ...tokens.place(token) };
}

function parseColons(tokens: TokenStream): [boolean, Visibility] {
  const token = tokens.peek();
  const match = token.kind === 'operator' ? /^(\+?)(:{1,3})$/.exec(token.text) : null;
  if (match === null) {
    tokens.fail(`Expected ":", "::", ":::" or "+:" after the field name, found ${describeToken(token)}.`);
  }
  tokens.next();
  const visibilities: readonly Visibility[] = ['inherit', 'hidden', 'visible'];
  return [match[1] === '+', visibilities[(match[2] ?? ':').length - 1] ?? 'inherit'];
}

function parseComprehension(tokens: TokenStream, members: Members, place: Place): ObjectComprehension {
  const [field, second] = members.fields;
  if (members.assertions.length > 0) tokens.fail('An object comprehension cannot hold assertions.');
  if (field === undefined || second !== undefined) {
    tokens.fail('An object comprehension has exactly one field.');
  }
  if (!field.isComputed) tokens.fail('The field of an object comprehension is written [expression].');
  if (field.visibility !== 'inherit') tokens.fail('The field of an object comprehension cannot be hidden.');
  const clauses = parseClauses(tokens);
  tokens.expect('}', 'to close the comprehension');
  return { kind: 'object-comprehension', field, binds: members.binds, clauses, isOutermost: false, ...place };
}
