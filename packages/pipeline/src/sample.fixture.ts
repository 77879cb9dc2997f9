import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFile } from './language/example.ts';
import { RECORDS } from './language/records.ts';

const CORPUS = join(import.meta.dirname, '../../../../shared/corpus/yaml');

/** Pipeline files to try things on: the examples of the language, and real files where they are on the machine. */
export function sampleTexts(): readonly string[] {
  const examples = RECORDS.flatMap((record) => record.fields.map((field) => exampleFile(record, field)));
  const files = existsSync(CORPUS) ? readdirSync(CORPUS).toSorted() : [];
  return [...examples, ...files.map((file) => readFileSync(join(CORPUS, file), 'utf8'))];
}
