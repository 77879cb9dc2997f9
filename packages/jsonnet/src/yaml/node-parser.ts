import type { JsonValue } from '../json-value.ts';
import { readBlockText } from './block-text.ts';
import type { Cursor } from './cursor.ts';
import { readFlowMapping, readFlowSequence } from './flow.ts';
import { MappingBuilder, type YamlNode } from './mapping-builder.ts';
import { NO_PROPERTIES, type Properties, readProperties } from './properties.ts';
import { readDoubleQuoted, readPlain, readSingleQuoted } from './scalar-text.ts';
import { resolveScalar, type ScalarText } from './scalar-value.ts';

/** Deeper documents are refused: the parser is recursive. */
const MAX_NESTING = 200;
/** A key without `?` stands on one line and is not longer than this (YAML 1.1, 7.4.1). */
const MAX_KEY_LENGTH = 1024;
/** Where a value may stand: after `key:`, after `- ` or `? `, as the whole document, or behind its `---`. */
type Role = 'entry' | 'item' | 'root' | 'marked root';

export interface YamlMeter {
  readonly spend: (steps: number) => void;
  readonly allocate: (bytes: number) => void;
}

/** Parses the nodes of one document. */
export class NodeParser {
  readonly cursor: Cursor;
  readonly meter: YamlMeter;
  readonly #anchors = new Map<string, YamlNode>();
  #nesting = 0;

  constructor(cursor: Cursor, meter: YamlMeter) {
    this.cursor = cursor;
    this.meter = meter;
  }

  /** The value behind an indicator in a collection at column `parent`, or the root (with -1). */
  readValue(parent: number, role: Role): YamlNode {
    const cursor = this.cursor;
    const isNewLine = cursor.skipBlank() || role === 'root';
    if (this.#isOutside(parent, role, isNewLine)) return this.scalar('', true, NO_PROPERTIES);
    return this.#nested(() => this.#readNode(parent, role, isNewLine || role === 'item'));
  }

  #isOutside(parent: number, role: Role, isNewLine: boolean): boolean {
    const cursor = this.cursor;
    if (cursor.isAtEnd || cursor.isAtMarker()) return true;
    if (!isNewLine || cursor.column > parent) return false;
    const isBlockText = cursor.peek() === '|' || cursor.peek() === '>';
    const mayStandHere = isBlockText || (role === 'entry' && cursor.isAtIndicator('-'));
    return !(cursor.column === parent && mayStandHere);
  }

  #nested<Result>(read: () => Result): Result {
    this.meter.spend(1);
    this.meter.allocate(64);
    if (++this.#nesting > MAX_NESTING) this.cursor.fail(`Collections stand more than ${MAX_NESTING} deep.`);
    const result = read();
    this.#nesting--;
    return result;
  }

  /** `canBeBlock`: whether a block collection may begin here. */
  #readNode(parent: number, role: Role, canBeBlock: boolean): YamlNode {
    const cursor = this.cursor;
    const column = cursor.column;
    const properties = readProperties(cursor);
    if (properties === NO_PROPERTIES)
      return this.#readContent(parent, column, canBeBlock, properties, properties);
    const isNewLine = cursor.skipBlank();
    if (this.#isOutside(parent, role, isNewLine)) return this.scalar('', true, properties);
    if (!isNewLine) return this.#readContent(parent, column, canBeBlock, NO_PROPERTIES, properties);
    const inner = cursor.column;
    const own = readProperties(cursor);
    if (own !== NO_PROPERTIES) cursor.skipSpaces();
    return this.#readContent(parent, inner, true, properties, own);
  }

  /** `outer` belong to a block collection that begins here, `inner` to the first node on the line. */
  #readContent(
    parent: number,
    column: number,
    canBeBlock: boolean,
    outer: Properties,
    inner: Properties,
  ): YamlNode {
    const cursor = this.cursor;
    const char = cursor.peek();
    if (cursor.isAtIndicator('-')) {
      if (!canBeBlock || inner !== outer) cursor.fail('A list cannot begin here.');
      return this.#named(outer, this.#readBlockSequence(column));
    }
    if (cursor.isAtIndicator('?')) {
      if (!canBeBlock) cursor.fail('A mapping cannot begin here.');
      return this.#named(outer, this.#readBlockMapping(column, undefined));
    }
    const own = inner === NO_PROPERTIES ? outer : inner;
    if (char === '|' || char === '>') {
      return this.scalar(readBlockText(cursor, parent), false, own);
    }
    const { line, at } = cursor;
    const atom = this.readAtom(parent, false, inner);
    cursor.skipSpaces();
    if (!cursor.isAtIndicator(':') || cursor.isFirstOnLine())
      return inner === NO_PROPERTIES ? this.#retag(outer, atom) : atom;
    const isKey = canBeBlock && line === cursor.line && cursor.at - at <= MAX_KEY_LENGTH;
    if (!isKey) cursor.fail('A mapping cannot begin here.');
    return this.#named(outer, this.#readBlockMapping(column, atom));
  }

  /** Alias, quoted text, flow collection or plain text. */
  readAtom(indent: number, isInFlow: boolean, properties: Properties): YamlNode {
    const cursor = this.cursor;
    const char = cursor.peek();
    if (char === '*') return this.#readAlias(properties);
    if (char === '"') return this.scalar(readDoubleQuoted(cursor), false, properties);
    if (char === "'") return this.scalar(readSingleQuoted(cursor), false, properties);
    if (char === '[')
      return this.#named(
        properties,
        this.#nested(() => readFlowSequence(this)),
      );
    if (char === '{')
      return this.#named(
        properties,
        this.#nested(() => readFlowMapping(this)),
      );
    const canFollow = char === '-' ? !cursor.isBlank(1) : !isInFlow && !cursor.isBlank(1);
    const isPlain = '-?:'.includes(char) ? canFollow : !',[]{}#&*!|>\'"%@`'.includes(char);
    if (!isPlain || cursor.isAtEnd) cursor.fail(`${JSON.stringify(char)} cannot begin a value here.`);
    return this.scalar(readPlain(cursor, indent, isInFlow), true, properties);
  }

  #readAlias(properties: Properties): YamlNode {
    const cursor = this.cursor;
    const name = /^[A-Za-z0-9_-]+/.exec(cursor.text.slice(cursor.at + 1, cursor.at + 257))?.[0] ?? '';
    cursor.skip(1 + name.length);
    const node = this.#anchors.get(name);
    if (node === undefined) return cursor.fail(`There is no anchor ${JSON.stringify(name)}.`);
    if (properties !== NO_PROPERTIES) cursor.fail('An alias can have neither tag nor anchor.');
    return node;
  }

  scalar(text: string, isPlain: boolean, properties: Properties): YamlNode {
    this.meter.spend(1);
    this.meter.allocate(64 + text.length);
    const scalar: ScalarText = { text, isPlain, tag: properties.tag };
    const value = resolveScalar(scalar);
    if (value === undefined) return this.cursor.fail(`The text does not fit its tag ${properties.tag}.`);
    return this.#named(properties, { value, scalar });
  }

  /** Gives tag and anchor to a node that was read before it was clear whose they are. */
  #retag(properties: Properties, node: YamlNode): YamlNode {
    if (properties === NO_PROPERTIES) return node;
    if (node.scalar === undefined) return this.#named(properties, node);
    return this.scalar(node.scalar.text, node.scalar.isPlain, properties);
  }

  #named(properties: Properties, node: YamlNode): YamlNode {
    if (properties.anchor !== undefined) this.#anchors.set(properties.anchor, node);
    return node;
  }

  #readBlockSequence(column: number): YamlNode {
    const cursor = this.cursor;
    const items: JsonValue[] = [];
    while (cursor.column === column && cursor.isAtIndicator('-') && !cursor.isAtMarker()) {
      cursor.skip();
      items.push(this.readValue(column, 'item').value);
      cursor.skipBlank();
    }
    return { value: items, scalar: undefined };
  }

  #readBlockMapping(column: number, firstKey: YamlNode | undefined): YamlNode {
    const cursor = this.cursor;
    const mapping = new MappingBuilder(cursor, this.meter);
    let key = firstKey ?? this.#readKey(column);
    for (;;) {
      const value = cursor.isAtIndicator(':')
        ? this.#readEntryValue(column)
        : this.scalar('', true, NO_PROPERTIES);
      mapping.add(key, value);
      cursor.skipBlank();
      if (cursor.isAtEnd || cursor.isAtMarker() || cursor.column < column) return mapping.build();
      if (cursor.column > column || cursor.isAtIndicator('-'))
        cursor.fail('Expected a key of the mapping here.');
      key = this.#readKey(column);
    }
  }

  #readEntryValue(column: number): YamlNode {
    this.cursor.skip();
    return this.readValue(column, 'entry');
  }

  #readKey(column: number): YamlNode {
    const cursor = this.cursor;
    if (cursor.isAtIndicator('?')) {
      cursor.skip();
      const key = this.readValue(column, 'item');
      cursor.skipBlank();
      if (cursor.column !== column) cursor.at = Math.min(cursor.at, cursor.text.length);
      return key;
    }
    const { line } = cursor;
    const properties = readProperties(cursor);
    cursor.skipSpaces();
    const key = this.readAtom(column, false, properties);
    cursor.skipSpaces();
    if (line !== cursor.line || !cursor.isAtIndicator(':')) cursor.fail('Expected ":" after the key.');
    return key;
  }
}
