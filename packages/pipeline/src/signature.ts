import { MAX_DOCUMENTS } from './documents.ts';
import { createFindingLog } from './finding-log.ts';
import { parseTree } from './parse-tree.ts';
import { type DocumentText, splitDocuments } from './split.ts';
import { entriesOf, type MapNode } from './tree.ts';

/** Shorter keys are refused by Drone, and guessed by others. */
const MIN_KEY_BYTES = 32;

/** What the library cannot compute itself. */
export interface SignatureDeps {
  /** HMAC-SHA256 of a text, both as UTF-8, in lower-case hexadecimal digits. */
  readonly hmacSha256: (key: string, text: string) => string;
}

/**
 * The signature of a pipeline file (pipeline.md 4.6): HMAC-SHA256 over its documents except signatures, in
 * hexadecimal digits. Line endings, separators and what follows `...` do not count; comments do.
 */
export function signatureOf({ hmacSha256 }: SignatureDeps, text: string, key: string): string {
  const documents = splitDocuments(text).filter((document) => readSignature(document) === undefined);
  return hmacSha256(key, documents.map((document) => document.text).join(''));
}

/** True when the file carries a signature, whatever it is worth. */
export function hasSignature(text: string): boolean {
  return readable(text).some((document) => readSignature(document) !== undefined);
}

/** True when the first signature document of a file fits its other documents and the key of the repository. */
export function verifySignature(deps: SignatureDeps, text: string, key: string): boolean {
  if (new TextEncoder().encode(key).length < MIN_KEY_BYTES) return false;
  const written = readable(text)
    .map(readSignature)
    .find((signature) => signature !== undefined);
  if (written === undefined || !/^[0-9a-fA-F]{64}$/.test(written)) return false;
  return isSame(written.toLowerCase(), signatureOf(deps, text, key));
}

/** Compares texts of equal length in a time that does not tell where they differ. */
function isSame(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < right.length; at += 1) difference |= left.charCodeAt(at) ^ right.charCodeAt(at);
  return difference === 0;
}

/** The file with its signature at the end, as Drone's command line writes it. Old signatures are left out. */
export function signConfig(deps: SignatureDeps, text: string, key: string): string {
  const documents = splitDocuments(text).filter(
    (document) => document.text.trim() !== '' && readSignature(document) === undefined,
  );
  const signed = documents.map((document) => `---\n${document.text}`).join('');
  return `${signed}---\nkind: signature\nhmac: ${signatureOf(deps, signed, key)}\n\n...\n`;
}

/** A file with too many documents is refused before it is built, so nobody has signed it. */
function readable(text: string): readonly DocumentText[] {
  const documents = splitDocuments(text);
  return documents.length > MAX_DOCUMENTS ? [] : documents;
}

/**
 * What a signature document says, `undefined` for every other document. It is parsed like all others: whatever else
 * decided could be made to take a pipeline for a signature, which then would not be signed.
 */
function readSignature(document: DocumentText): string | undefined {
  if (!document.text.includes('signature')) return undefined;
  const scope = { document: document.index, log: createFindingLog('') };
  const root = parseTree(document, scope);
  if (root?.kind !== 'map' || textAt(root, 'kind') !== 'signature') return undefined;
  return textAt(root, 'hmac') ?? '';
}

function textAt(root: MapNode, key: string): string | undefined {
  const value = entriesOf(root).get(key)?.value;
  return value?.kind === 'scalar' ? value.text : undefined;
}
