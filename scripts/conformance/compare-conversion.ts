import { convertLegacy } from '@sortie/pipeline/legacy/convert-legacy';
import { parseAllDocuments } from 'yaml';
import { differencesOf } from './difference.ts';
import type { Contexts, Golden } from './golden.ts';

/** The present form of a file in the 0.8 format. */
export function convert(file: string, text: string, contexts: Contexts['contexts']): string {
  const repoLink = String(contexts.push?.repo.link ?? '');
  return convertLegacy(text, { file, repoLink, compatibility: true }).text;
}

/** Two conversions of a 0.8 file, compared by what they say and not by their text. */
export function compareConversion(golden: Golden, ours: string): ReturnType<typeof differencesOf> {
  if (golden.convert_error !== undefined)
    return ours === '' ? [] : [{ path: 'error', ours: 'converted', golden: golden.convert_error }];
  return differencesOf(parse(ours), parse(golden.converted ?? ''));
}

function parse(text: string): unknown {
  return parseAllDocuments(text, { version: '1.1', merge: true })
    .map((document) => document.toJS() as unknown)
    .filter((value) => value !== null);
}
