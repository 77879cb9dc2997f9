import type { Meter } from '../limits.ts';
import { display } from '../text/format-float.ts';
import { quote } from '../text/quote.ts';
import { formatInt, isInt } from './ints.ts';
import {
  Builtin,
  Bytes,
  Dict,
  Float,
  Func,
  List,
  Range,
  StarlarkSet,
  Struct,
  Tuple,
  typeName,
  type Value,
  type View,
} from './value.ts';

/** The text that `repr` returns, as bytes. */
export function repr(value: Value, meter: Meter): string {
  if (typeof value !== 'object' || value === null) return scalar(value, meter);
  const writer = new Writer(meter);
  writer.write(value);
  return writer.text();
}

/** The text that `str` returns and `print` shows: strings as they are, everything else as `repr`. */
export function toText(value: Value, meter: Meter): string {
  return typeof value === 'string' ? value : repr(value, meter);
}

function scalar(value: null | boolean | string | number | bigint, meter: Meter): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (isInt(value)) return formatInt(value, 10, meter);
  meter.scan(value.length);
  meter.allocate(value.length);
  return quote(value);
}

class Writer {
  readonly #meter: Meter;
  readonly #parts: string[] = [];
  /** Lists and dicts that are being written, to recognise those that contain themselves. */
  readonly #path = new Set<Value>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  text(): string {
    return this.#parts.join('');
  }

  write(value: Value): void {
    if (typeof value !== 'object' || value === null) this.#put(scalar(value, this.#meter));
    else if (value instanceof List) this.#writeNested(value, '[', ']', () => this.#writeItems(value.items));
    else if (value instanceof Dict) this.#writeNested(value, '{', '}', () => this.#writeEntries(value));
    else if (value instanceof Tuple) this.#writeTuple(value);
    else if (value instanceof StarlarkSet) this.#writeSet(value);
    else if (value instanceof Struct) this.#writeStruct(value);
    else this.#put(simpleObject(value));
  }

  #put(text: string): void {
    // Each part also takes its place in an array.
    this.#meter.allocate(text.length + 32);
    this.#parts.push(text);
  }

  #writeNested(value: Value, open: string, close: string, writeContent: () => void): void {
    this.#put(open);
    if (this.#path.has(value)) this.#put('...');
    else {
      this.#path.add(value);
      writeContent();
      this.#path.delete(value);
    }
    this.#put(close);
  }

  #writeItems(items: readonly Value[]): void {
    this.#meter.enter(4);
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#put(', ');
      this.write(item);
    }
    this.#meter.leave(4);
  }

  #writeEntries(dict: Dict): void {
    this.#meter.enter(4);
    let separator = '';
    for (const { key, value } of dict.table.entries()) {
      this.#put(separator);
      this.write(key);
      this.#put(': ');
      this.write(value);
      separator = ', ';
    }
    this.#meter.leave(4);
  }

  #writeSet(value: StarlarkSet): void {
    this.#put('set([');
    this.#writeItems(Array.from(value.table.entries(), ({ key }) => key));
    this.#put('])');
  }

  #writeTuple(value: Tuple): void {
    this.#put('(');
    this.#writeItems(value.items);
    this.#put(value.items.length === 1 ? ',)' : ')');
  }

  #writeStruct(value: Struct): void {
    this.#put(`${value.constructorName}(`);
    this.#meter.enter(4);
    let separator = '';
    for (const [name, field] of value.fields) {
      this.#put(`${separator}${name} = `);
      this.write(field);
      separator = ', ';
    }
    this.#meter.leave(4);
    this.#put(')');
  }
}

function simpleObject(value: Float | Bytes | Range | Func | Builtin | View): string {
  if (value instanceof Float) return display(value.value);
  if (value instanceof Bytes) return `b${quote(value.data)}`;
  if (value instanceof Func) return `<function ${value.code.name}>`;
  if (value instanceof Range) return rangeText(value);
  if (!(value instanceof Builtin)) {
    return value.kind === 'bytes' ? `b${quote(value.data)}.elems()` : `${quote(value.data)}.${value.kind}()`;
  }
  if (value.receiver === undefined) return `<built-in function ${value.name}>`;
  return `<built-in method ${value.name} of ${typeName(value.receiver)} value>`;
}

function rangeText(value: Range): string {
  if (value.step !== 1) return `range(${value.start}, ${value.stop}, ${value.step})`;
  return value.start === 0 ? `range(${value.stop})` : `range(${value.start}, ${value.stop})`;
}
