import { isJsonObject, type JsonObject, type JsonValue } from '../json-value.ts';
import type { Cursor } from './cursor.ts';
import type { YamlMeter } from './node-parser.ts';
import { keyText, type ScalarText } from './scalar-value.ts';

/** A parsed node; scalars keep their text, because keys and merges depend on it. */
export interface YamlNode {
  readonly value: JsonValue;
  readonly scalar: ScalarText | undefined;
}

/** Collects the entries of a mapping in the order written: later ones replace earlier ones, merges too. */
export class MappingBuilder {
  readonly #cursor: Cursor;
  readonly #meter: YamlMeter;
  readonly #entries = new Map<string, JsonValue>();

  constructor(cursor: Cursor, meter: YamlMeter) {
    this.#cursor = cursor;
    this.#meter = meter;
  }

  add(key: YamlNode, { value }: YamlNode): void {
    const { scalar } = key;
    if (scalar?.text === '<<' && (scalar.isPlain || scalar.tag === '!!merge')) {
      this.#merge(value);
      return;
    }
    const name = scalar === undefined ? undefined : keyText(key.value, scalar);
    this.#set(name ?? this.#cursor.fail('A key must be a text, a number or a truth value.'), value);
  }

  build(): YamlNode {
    return { value: Object.fromEntries(this.#entries), scalar: undefined };
  }

  /** Of several merged mappings the first wins. */
  #merge(value: JsonValue): void {
    const parts = Array.isArray(value) ? value.toReversed() : [value];
    for (const part of parts) {
      this.#mergeOne(isJsonObject(part) ? part : this.#cursor.fail('Only mappings can be merged with "<<".'));
    }
  }

  #mergeOne(part: JsonObject): void {
    for (const [name, value] of Object.entries(part)) this.#set(name, value);
  }

  #set(name: string, value: JsonValue): void {
    this.#meter.spend(1);
    this.#meter.allocate(64);
    this.#entries.set(name, value);
  }
}
