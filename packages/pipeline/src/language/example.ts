import type { FieldDefinition, LanguageType, RecordDefinition } from './definition.ts';
import { LANGUAGE_TYPES } from './definition.ts';

/** The pipeline type that an example is written for: the first one that uses the key. */
export function exampleType(field: FieldDefinition): LanguageType {
  const isUsed = (type: LanguageType) => field.use[type] === 'used';
  const isKnown = (type: LanguageType) => field.use[type] !== undefined;
  return LANGUAGE_TYPES.find(isUsed) ?? LANGUAGE_TYPES.find(isKnown) ?? 'docker';
}

/**
 * A whole file that shows the example of a field: the frame of its record with the example at its mark. Keys of the
 * frame that the example has too are left out.
 */
export function exampleFile(record: RecordDefinition, field: FieldDefinition): string {
  const lines = record.frame.split('\n');
  const at = lines.findIndex((line) => line.includes('%'));
  const mark = lines[at] ?? '';
  const pad = ' '.repeat(mark.indexOf('%'));
  const example = field.example
    .split('\n')
    .map((line, index) => (index === 0 ? `${mark.slice(0, -1)}${line}` : `${pad}${line}`));
  // Only the document of the mark: the ones beside it have keys of the same name.
  const first = lines.lastIndexOf('---', at) + 1;
  const next = lines.indexOf('---', at);
  const last = next < 0 ? lines.length : next;
  const key = `${pad}${field.key}:`;
  return withType(
    [
      ...lines.slice(0, first),
      ...withoutKey(lines.slice(first, at), key),
      ...example,
      ...withoutKey(lines.slice(at + 1, last), key),
      ...lines.slice(last),
    ].join('\n'),
    field,
  );
}

function withoutKey(lines: readonly string[], start: string): readonly string[] {
  const pad = start.length - start.trimStart().length;
  const kept: string[] = [];
  let isInside = false;
  for (const line of lines) {
    const depth = line.length - line.trimStart().length;
    if (isInside && (depth > pad || (depth === pad && line.trimStart().startsWith('- ')))) continue;
    isInside = line.startsWith(start);
    if (!isInside) kept.push(line);
  }
  return kept;
}

/** Frames are written for docker; keys that docker has no use for are shown in a pipeline of their own type. */
function withType(text: string, field: FieldDefinition): string {
  const type = exampleType(field);
  if (type === 'docker' || /^type:/m.test(text) || !/^kind: pipeline$/m.test(text)) return text;
  const typed = text.replace(/^kind: pipeline$/m, `kind: pipeline\ntype: ${type}`);
  return type === 'kubernetes' ? typed : typed.replace('image: golang:1.26', 'commands: [make]');
}
