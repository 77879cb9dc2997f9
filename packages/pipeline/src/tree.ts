/** A place in the file, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What a scalar means by the rules of YAML 1.1 as Drone applies them (pipeline.md 1.5). */
export type ScalarValue =
  | { readonly type: 'null' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string' };

/** Where a scalar stands, so that its source can be read again after substitution. */
export interface ScalarOrigin {
  /** The source text, quotes or block header included. */
  readonly source: string;
  /** Index of the source in the text of the document. */
  readonly offset: number;
  readonly slot: 'key' | 'value' | 'item';
  readonly isFlow: boolean;
  /** 0-based column of the collection that holds it. */
  readonly indent: number;
  readonly tag: string | undefined;
}

interface BaseNode extends Place {
  /** True when the node or one inside it carries an anchor. */
  readonly hasAnchor: boolean;
}

export interface ScalarNode extends BaseNode {
  readonly kind: 'scalar';
  /** The text after quotes, escapes and folding. */
  readonly text: string;
  readonly value: ScalarValue;
  readonly origin: ScalarOrigin;
}

export interface ListNode extends BaseNode {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}

export interface MapEntry {
  readonly key: ScalarNode;
  readonly value: TreeNode;
  /** True for `<<: …`, whose value is merged into the map. */
  readonly isMerge: boolean;
}

/** A map as written: in order, with merge keys and duplicates. `entriesOf` gives the effective entries. */
export interface MapNode extends BaseNode {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

/** One node of a document. Aliases share the node of their anchor, so the tree is a graph without cycles. */
export type TreeNode = ScalarNode | ListNode | MapNode;

/** One non-empty YAML document of a file. */
export interface TreeDocument {
  /** 0-based position among all documents of the file. */
  readonly index: number;
  /** 1-based line of the file at which the text begins. */
  readonly firstLine: number;
  readonly text: string;
  readonly root: TreeNode;
}

/** A way into a document: keys and positions. */
export type Path = readonly (string | number)[];

export function isNull(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.value.type === 'null';
}

/** The word for the shape of a node in messages. */
export function describeNode(node: TreeNode): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  switch (node.value.type) {
    case 'null':
      return 'nothing';
    case 'bool':
      return 'a yes/no value';
    case 'int':
    case 'float':
      return 'a number';
    case 'string':
      return 'text';
  }
}

/**
 * The effective entries by key text: the last one of a repeated key wins, and a merge overwrites what stands
 * before it and yields to what stands after it. In a list of merges the earlier map wins (pipeline.md 1.5).
 * Values under `<<` that are no maps are left out here; the parser has reported them.
 *
 * `joined` is how Drone fills records: two maps under the same key become one, so `environment` after a merge
 * adds to the merged `environment` instead of replacing it.
 */
export function entriesOf(map: MapNode, mode: 'last' | 'joined' = 'last'): ReadonlyMap<string, MapEntry> {
  const effective = new Map<string, MapEntry>();
  const set = (name: string, entry: MapEntry) => {
    const before = mode === 'joined' ? effective.get(name) : undefined;
    effective.set(name, before === undefined ? entry : { ...entry, value: join(before.value, entry.value) });
  };
  for (const entry of map.entries) {
    if (!entry.isMerge) {
      set(entry.key.text, entry);
      continue;
    }
    const sources = entry.value.kind === 'list' ? entry.value.items.toReversed() : [entry.value];
    for (const source of sources) {
      if (source.kind !== 'map') continue;
      for (const [name, merged] of entriesOf(source, mode)) set(name, merged);
    }
  }
  return effective;
}

function join(before: TreeNode, after: TreeNode): TreeNode {
  if (before.kind !== 'map' || after.kind !== 'map') return after;
  return { ...after, entries: [...before.entries, ...after.entries] };
}
