import type { ReadScope } from './field.ts';
import type { FindingLog } from './finding-log.ts';
import type { TreeDocument } from './tree.ts';

/** Whose rules are followed while a document is read. */
export interface ReadMode {
  readonly compatibility: boolean;
  readonly isServer: boolean;
}

/** How one document is read, and where its findings go. */
export function toScope(document: TreeDocument, mode: ReadMode, log: FindingLog): ReadScope {
  return { document: document.index, log, ...mode };
}
