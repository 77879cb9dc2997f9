import type { JsonValue } from '../json-value.ts';
import { MappingBuilder, type YamlNode } from './mapping-builder.ts';
import type { NodeParser } from './node-parser.ts';
import { NO_PROPERTIES, readProperties } from './properties.ts';

/** `[…]`; an entry may be a single pair. */
export function readFlowSequence(nodes: NodeParser): YamlNode {
  const cursor = nodes.cursor;
  const items: JsonValue[] = [];
  cursor.skip();
  for (;;) {
    skipInFlow(nodes);
    if (cursor.peek() === ']') break;
    const isExplicit = skipExplicitMark(nodes);
    const { line } = cursor;
    const key = readFlowNode(nodes);
    const hasValue = isAtFlowValue(nodes, isExplicit ? undefined : line);
    items.push(isExplicit || hasValue ? readPair(nodes, key, hasValue).value : key.value);
    readComma(nodes, ']');
  }
  cursor.skip();
  return { value: items, scalar: undefined };
}

function readPair(nodes: NodeParser, key: YamlNode, hasValue: boolean): YamlNode {
  const pair = new MappingBuilder(nodes.cursor, nodes.meter);
  pair.add(key, hasValue ? readFlowEntryValue(nodes) : nodes.scalar('', true, NO_PROPERTIES));
  return pair.build();
}

/** `{…}`; an entry without a value is null. */
export function readFlowMapping(nodes: NodeParser): YamlNode {
  const cursor = nodes.cursor;
  const mapping = new MappingBuilder(cursor, nodes.meter);
  cursor.skip();
  for (;;) {
    skipInFlow(nodes);
    if (cursor.peek() === '}') break;
    const isExplicit = skipExplicitMark(nodes);
    const { line } = cursor;
    const key = readFlowNode(nodes);
    const hasValue = isAtFlowValue(nodes, isExplicit ? undefined : line);
    mapping.add(key, hasValue ? readFlowEntryValue(nodes) : nodes.scalar('', true, NO_PROPERTIES));
    readComma(nodes, '}');
  }
  cursor.skip();
  return mapping.build();
}

function readFlowNode(nodes: NodeParser): YamlNode {
  const cursor = nodes.cursor;
  const properties = readProperties(cursor);
  skipInFlow(nodes);
  if (properties !== NO_PROPERTIES && ',]}:'.includes(cursor.peek()))
    return nodes.scalar('', true, properties);
  return nodes.readAtom(-1, true, properties);
}

/** Passes the `?` of an explicit key. */
function skipExplicitMark(nodes: NodeParser): boolean {
  if (!nodes.cursor.isAtIndicator('?')) return false;
  nodes.cursor.skip();
  skipInFlow(nodes);
  return true;
}

/** `keyLine` is where a key began that has to end on the same line. */
function isAtFlowValue(nodes: NodeParser, keyLine: number | undefined): boolean {
  skipInFlow(nodes);
  if (nodes.cursor.peek() !== ':') return false;
  if (keyLine !== undefined && keyLine !== nodes.cursor.line)
    nodes.cursor.fail('A key must end on its line.');
  return true;
}

function readFlowEntryValue(nodes: NodeParser): YamlNode {
  nodes.cursor.skip();
  skipInFlow(nodes);
  if (',]}'.includes(nodes.cursor.peek())) return nodes.scalar('', true, NO_PROPERTIES);
  return readFlowNode(nodes);
}

function readComma(nodes: NodeParser, close: string): void {
  skipInFlow(nodes);
  if (nodes.cursor.peek() === ',') nodes.cursor.skip();
  else if (nodes.cursor.peek() !== close) nodes.cursor.fail(`Expected "," or "${close}".`);
}

function skipInFlow(nodes: NodeParser): void {
  nodes.cursor.skipBlank();
  if (nodes.cursor.isAtEnd || nodes.cursor.isAtMarker()) nodes.cursor.fail('A bracket is not closed.');
}
