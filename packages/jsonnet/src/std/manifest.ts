import { isJsonObject, type JsonObject, type JsonValue } from '../json-value.ts';
import { manifestIni, manifestPython, manifestPythonVars } from '../manifest/python.ts';
import { manifestToml, TomlError } from '../manifest/toml.ts';
import { manifestYaml } from '../manifest/yaml.ts';
import { expectBoolean, expectObject, expectString } from '../runtime/expect.ts';
import { toJson } from '../runtime/json.ts';
import type { Machine } from '../runtime/machine.ts';
import { formatShortest } from '../runtime/numbers.ts';
import {
  type Charge,
  type JsonStyle,
  quoteManifest,
  renderJson,
  TO_STRING_STYLE,
} from '../runtime/render-json.ts';
import { ArrayValue, typeName, type Value } from '../runtime/values.ts';
import { type Library, strict } from './define.ts';
import { produced } from './strings.ts';
import { manifestXml } from './xml.ts';

/** Values as text in other languages. */
export function manifestLibrary(): Library {
  return {
    manifestJson: strict('value', (machine, value: Value) => renderEx(machine, value, '    ', '\n', ': ')),
    manifestJsonMinified: strict('value', (machine, value: Value) => renderEx(machine, value, '', '', ':')),
    manifestJsonEx: strict(
      'value indent newline? key_val_sep?',
      (machine, value: Value, indent: Value, newline: Value | undefined, colon: Value | undefined) =>
        renderEx(
          machine,
          value,
          expectString(machine, indent),
          expectString(machine, newline ?? '\n'),
          expectString(machine, colon ?? ': '),
        ),
    ),
    manifestPython: strict('v', (machine, v: Value) =>
      produced(machine, manifestPython(toJson(machine, v), chargeTo(machine))),
    ),
    manifestPythonVars: strict('conf', (machine, conf: Value) =>
      produced(machine, manifestPythonVars(objectJson(machine, conf), chargeTo(machine))),
    ),
    manifestIni: strict('ini', (machine, ini: Value) => {
      const text = manifestIni(objectJson(machine, ini), (value) => plainText(machine, value));
      return produced(
        machine,
        text ?? machine.fail('std.manifestIni needs an object in the field "sections".'),
      );
    }),
    manifestXmlJsonml: strict('value', (machine, value: Value) =>
      manifestXml(machine, toJson(machine, value)),
    ),
    ...tomlAndYaml(),
  };
}

function tomlAndYaml(): Library {
  return {
    manifestToml: strict('value', (machine, value: Value) => toml(machine, value, '  ')),
    manifestTomlEx: strict('value indent', toml),
    manifestYamlDoc: strict(
      'value indent_array_in_object? quote_keys?',
      (machine, value: Value, isIndented: Value | undefined, isQuoted: Value | undefined) =>
        produced(machine, yaml(machine, value, isIndented, isQuoted)),
    ),
    manifestYamlStream: strict(
      'value indent_array_in_object? c_document_end? quote_keys?',
      (machine, value: Value, isIndented?: Value, hasEnd?: Value, isQuoted?: Value) => {
        if (!(value instanceof ArrayValue)) {
          return machine.fail(`std.manifestYamlStream takes an array, got ${typeName(value)}.`);
        }
        const documents = value.cells.map((cell) => yaml(machine, machine.force(cell), isIndented, isQuoted));
        const end = expectBoolean(machine, hasEnd ?? true) ? '\n...\n' : '\n';
        return produced(machine, `---\n${documents.join('\n---\n')}${end}`);
      },
    ),
  };
}

function chargeTo(machine: Machine): Charge {
  return (bytes) => machine.allocate(bytes);
}

function renderEx(machine: Machine, value: Value, indent: string, newline: string, colon: string): string {
  const look = { empty: 'newlines', quote: quoteManifest, number: formatShortest } as const;
  const style: JsonStyle = { indent, newline, colon, comma: ',', ...look };
  return produced(machine, renderJson(toJson(machine, value), style, chargeTo(machine)));
}

function plainText(machine: Machine, value: JsonValue): string {
  return typeof value === 'string' ? value : renderJson(value, TO_STRING_STYLE, chargeTo(machine));
}

function objectJson(machine: Machine, value: Value): JsonObject {
  const json = toJson(machine, expectObject(machine, value));
  return isJsonObject(json) ? json : {};
}

function yaml(
  machine: Machine,
  value: Value,
  isIndented: Value | undefined,
  isQuoted: Value | undefined,
): string {
  const options = {
    isArrayIndented: expectBoolean(machine, isIndented ?? false),
    isEveryKeyQuoted: expectBoolean(machine, isQuoted ?? true),
  };
  return manifestYaml(toJson(machine, value), options, chargeTo(machine));
}

function toml(machine: Machine, value: Value, indent: Value): string {
  try {
    const table = objectJson(machine, value);
    return produced(machine, manifestToml(table, expectString(machine, indent), chargeTo(machine)));
  } catch (error) {
    if (error instanceof TomlError) return machine.fail(error.message);
    throw error;
  }
}
