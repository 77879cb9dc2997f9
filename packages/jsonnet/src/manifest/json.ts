import type { JsonValue } from '../json-value.ts';
import { renderJson, TO_STRING_STYLE } from '../runtime/render-json.ts';

/** Indented JSON as the reference writes it: `[ ]` and `{ }` for what is empty, no line break at the end. */
export function manifestJson(value: JsonValue, indent = '   '): string {
  const style = { ...TO_STRING_STYLE, indent, newline: '\n', comma: ',' };
  // The value has already been held against the output limit when it was evaluated.
  return renderJson(value, style, () => undefined);
}

/** Documents as a YAML stream: each is JSON behind a line `---` and ends with a line break. */
export function manifestStream(documents: readonly JsonValue[]): string {
  return documents.map((document) => `---\n${manifestJson(document)}\n`).join('');
}
