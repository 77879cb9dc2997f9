import { resolveScalar } from './scalar.ts';

/** A value that stands in the file as it is: a number, `true`, `null`. */
export interface BareScalar {
  readonly bare: string;
}

/** What is written as YAML: texts, bare scalars, nothing, lists and maps in order. */
export type OutValue = string | BareScalar | null | readonly OutValue[] | OutMap;
export type OutMap = ReadonlyMap<string, OutValue>;

/**
 * Whether a text that reads as a number stays a text. `lost` is what Drone's converter of 0.8 files does
 * (pipeline.md 13).
 */
export type Quotes = 'kept' | 'lost';

/** Several documents, each after a `---` line. */
export function writeDocuments(documents: readonly OutValue[], quotes: Quotes): string {
  return documents.map((document) => `---\n${new Writer(quotes).document(document)}`).join('');
}

class Writer {
  readonly #quotes: Quotes;

  constructor(quotes: Quotes) {
    this.#quotes = quotes;
  }

  document(value: OutValue): string {
    if (isScalar(value) || isEmpty(value)) return this.#nested(value, '', 'item').trimStart();
    return this.#block(value, '');
  }

  #block(value: readonly OutValue[] | OutMap, indent: string): string {
    if (!isMap(value)) return value.map((item) => `${indent}-${this.#nested(item, indent, 'item')}`).join('');
    let text = '';
    for (const [key, inner] of value) {
      text += `${indent}${this.#text(key)}:${this.#nested(inner, indent, 'value')}`;
    }
    return text;
  }

  #nested(value: OutValue, indent: string, slot: 'value' | 'item'): string {
    if (value === null) return this.#quotes === 'kept' ? ' null\n' : '\n';
    if (typeof value === 'string') return ` ${this.#literal(value, indent) ?? `${this.#text(value)}\n`}`;
    if (isScalar(value)) return ` ${value.bare}\n`;
    if (isEmpty(value)) return isMap(value) ? ' {}\n' : ' []\n';
    // The first line of a collection inside a list stands behind the dash.
    if (slot === 'item') return ` ${this.#block(value, `${indent}  `).trimStart()}`;
    return `\n${this.#block(value, isMap(value) ? `${indent}  ` : indent)}`;
  }

  /** Several lines as people write them, where that loses nothing. */
  #literal(text: string, indent: string): string | undefined {
    const isPlain =
      /^[^\s].*\n/.test(text) && !/\n\n$|[^\P{Cc}\n]|[\p{Zl}\p{Zp}\ufeff]| (?:\n|$)/u.test(text);
    if (this.#quotes === 'lost' || !isPlain) return undefined;
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    const body = lines.map((line) => (line === '' ? '\n' : `${indent}  ${line}\n`)).join('');
    return `${text.endsWith('\n') ? '|' : '|-'}\n${body}`;
  }

  #text(text: string): string {
    const isPlain =
      text !== '' &&
      text.trim() === text &&
      !/^[,[\]{}#&*!|>'"%@`]/.test(text) &&
      !/^[-?:](?:\s|$)|^---|^\.\.\.|^<<$/.test(text) &&
      !/:(?:\s|$)| #|[\p{Cc}\p{Zl}\p{Zp}\ufeff]/u.test(text);
    const isText = this.#quotes === 'lost' || resolveScalar(text, true, undefined).type === 'string';
    return isPlain && isText ? text : quote(text);
  }
}

function isScalar(value: OutValue): value is string | BareScalar | null {
  return value === null || typeof value === 'string' || 'bare' in value;
}

function isMap(value: readonly OutValue[] | OutMap): value is OutMap {
  return value instanceof Map;
}

function isEmpty(value: readonly OutValue[] | OutMap): boolean {
  return isMap(value) ? value.size === 0 : value.length === 0;
}

/** JSON strings are YAML strings, once the characters that YAML takes for line ends are escaped. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
