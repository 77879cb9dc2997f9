import type { FindingLog } from './finding-log.ts';
import { parseTree } from './parse-tree.ts';
import { splitDocuments } from './split.ts';
import type { MapNode, TreeDocument } from './tree.ts';

/** Larger files are refused before anything looks at them. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** Far more than anybody writes; each costs a parser of its own, whatever its size. */
export const MAX_DOCUMENTS = 1000;

/** Every document of a file that holds a map. Everything else is in the log; documents without content are not. */
export function parseDocuments(text: string, log: FindingLog): readonly (TreeDocument & { root: MapNode })[] {
  if (!checkSize(text, log)) return [];
  const documents: (TreeDocument & { root: MapNode })[] = [];
  const parts = splitDocuments(text);
  if (!checkCount(parts.length, log)) return [];
  for (const part of parts) {
    const root = parseTree(part, { document: part.index, log });
    if (root === undefined) continue;
    if (root.kind === 'map') {
      documents.push({ ...part, root });
      continue;
    }
    log.add(part.index, {
      severity: 'error',
      code: 'document-not-map',
      message: 'The document is not a map.',
      hint: 'Start it with "kind: pipeline".',
      at: root,
      path: [],
    });
  }
  return documents;
}

function checkCount(count: number, log: FindingLog): boolean {
  if (count <= MAX_DOCUMENTS) return true;
  log.add(0, {
    severity: 'error',
    code: 'too-many-documents',
    message: `The file has ${count} documents; more than ${MAX_DOCUMENTS} are not read.`,
    hint: 'Put more steps into fewer pipelines, or generate less.',
    at: { line: 1, column: 1 },
    path: [],
  });
  return false;
}

function checkSize(text: string, log: FindingLog): boolean {
  // One UTF-16 unit takes at most three bytes, so most files need no count.
  if (text.length * 3 <= MAX_FILE_BYTES || new TextEncoder().encode(text).length <= MAX_FILE_BYTES)
    return true;
  log.add(0, {
    severity: 'error',
    code: 'file-too-large',
    message: 'The file is larger than 1 MiB.',
    hint: 'Split it, or generate less.',
    at: { line: 1, column: 1 },
    path: [],
  });
  return false;
}
