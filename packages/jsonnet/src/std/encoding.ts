import { base64ToBytes, bytesToBase64, decodeUtf8, encodeUtf8 } from '../encoding/bytes.ts';
import { md5 } from '../encoding/md5.ts';
import type { JsonValue } from '../json-value.ts';
import { expectArray } from '../runtime/expect.ts';
import { fromJson } from '../runtime/json.ts';
import type { Machine } from '../runtime/machine.ts';
import { ArrayValue, type Cell, typeName, type Value } from '../runtime/values.ts';
import { parseYaml } from '../yaml/documents.ts';
import { YamlError } from '../yaml/yaml-error.ts';
import { type Library, strict } from './define.ts';
import { produced, scanned } from './strings.ts';

/** Base64, UTF-8, MD5, and reading JSON and YAML. */
export function encodingLibrary(): Library {
  return {
    base64: strict('input', (machine, input: Value) => {
      const bytes = typeof input === 'string' ? latinBytes(machine, input) : bytesOf(machine, input);
      machine.spend(bytes.length);
      return produced(machine, bytesToBase64(bytes));
    }),
    base64Decode: strict('str', (machine, str: Value) =>
      produced(machine, decodeUtf8(fromBase64(machine, str))),
    ),
    base64DecodeBytes: strict('str', (machine, str: Value) => byteArray(machine, fromBase64(machine, str))),
    encodeUTF8: strict('str', (machine, str: Value) => byteArray(machine, encodeUtf8(scanned(machine, str)))),
    decodeUTF8: strict('arr', (machine, arr: Value) => {
      const bytes = bytesOf(machine, expectArray(machine, arr));
      return produced(machine, decodeUtf8(Uint8Array.from(bytes)));
    }),
    md5: strict('s', (machine, s: Value) => {
      const bytes = encodeUtf8(scanned(machine, s));
      machine.spend(bytes.length >> 2);
      machine.allocate(2 * bytes.length);
      return md5(bytes);
    }),
    parseJson: strict('str', (machine, str: Value) => {
      const text = scanned(machine, str);
      machine.spend(text.length >> 2);
      machine.allocate(8 * text.length);
      return fromJson(machine, readJson(machine, text));
    }),
    parseYaml: strict('str', (machine, str: Value) => fromYaml(machine, scanned(machine, str))),
  };
}

function byteArray(machine: Machine, bytes: Uint8Array): ArrayValue {
  machine.spend(bytes.length >> 3);
  machine.allocate(8 * bytes.length);
  return new ArrayValue([...bytes]);
}

/** `std.base64` of a string encodes its UTF-8, but refuses characters above U+00FF. */
function latinBytes(machine: Machine, text: string): Uint8Array {
  machine.allocate(text.length);
  if (!/[^\0-\xff]/.test(machine.scan(text))) return encodeUtf8(text);
  return machine.fail('std.base64 encodes characters up to U+00FF; call std.encodeUTF8 first.');
}

function bytesOf(machine: Machine, value: Value): number[] {
  if (!(value instanceof ArrayValue))
    return machine.fail(`Expected a string or bytes, got ${typeName(value)}.`);
  machine.allocate(8 * value.cells.length);
  return value.cells.map((cell: Cell) => {
    machine.spend(1);
    const byte = machine.force(cell);
    if (typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte <= 255) return byte;
    return machine.fail('Bytes are whole numbers from 0 to 255.');
  });
}

function fromBase64(machine: Machine, str: Value): Uint8Array {
  const text = scanned(machine, str);
  machine.spend(text.length);
  machine.allocate(text.length);
  return base64ToBytes(text) ?? machine.fail('The text is not base64 (standard alphabet, padded with "=").');
}

function readJson(machine: Machine, text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return machine.fail(`The text is not JSON: ${error.message}`);
    throw error;
  }
  if (/[0-9]{3}/.test(text)) refuseInfinite(machine, value);
  return value;
}

/** `JSON.parse` turns 1e999 into infinity, which is no number of the language. */
function refuseInfinite(machine: Machine, root: JsonValue): void {
  const rest: JsonValue[] = [root];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value === 'number' && !Number.isFinite(value))
      machine.fail('The JSON holds a number that is too large.');
    if (typeof value === 'object' && value !== null)
      for (const child of Object.values(value)) rest.push(child);
  }
}

/** What the YAML parser takes of the host's stack at its deepest, in levels of the evaluator. */
const YAML_LEVELS = 300;

function fromYaml(machine: Machine, text: string): Value {
  machine.enter(YAML_LEVELS);
  try {
    return fromJson(machine, machine.leave(parseYaml(text, machine), YAML_LEVELS));
  } catch (error) {
    if (error instanceof YamlError)
      return machine.fail(`The text is not YAML: line ${error.line}: ${error.message}`);
    throw error;
  }
}
