/** One entry of a directory in a commit. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: TreeEntryKind;
  /** Id of the blob, tree or submodule commit. */
  readonly id: string;
}

export const TREE_ENTRY_KINDS = ['file', 'directory', 'symlink', 'submodule'] as const;
export type TreeEntryKind = (typeof TREE_ENTRY_KINDS)[number];

const ID_BYTES = 20;

/** Parses the bytes of a tree object: `mode SP name NUL id`, again and again. Stops where the form breaks. */
export function parseTree(bytes: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at);
    const zero = bytes.indexOf(0, space);
    if (space < 0 || zero < 0 || zero + 1 + ID_BYTES > bytes.length) break;
    entries.push({
      name: bytes.toString('utf8', space + 1, zero),
      kind: kindOf(Number.parseInt(bytes.toString('latin1', at, space), 8)),
      id: bytes.toString('hex', zero + 1, zero + 1 + ID_BYTES),
    });
    at = zero + 1 + ID_BYTES;
  }
  return entries;
}

/** The upper bits of the mode are the file type, as in stat(2); git uses these four. */
function kindOf(mode: number): TreeEntryKind {
  switch (mode & 0o170000) {
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'symlink';
    case 0o160000:
      return 'submodule';
    default:
      return 'file';
  }
}
