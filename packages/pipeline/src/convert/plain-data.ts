import { entriesOf, type TreeNode } from '../tree.ts';

/** A part of a YAML document as data: whole numbers are bigints, other numbers are numbers. */
export type PlainData =
  | null
  | boolean
  | string
  | number
  | bigint
  | readonly PlainData[]
  | ReadonlyMap<string, PlainData>;

/** Reads a tree as data, merges expanded. Parts that aliases share stay shared. */
export function toPlainData(node: TreeNode, known = new Map<TreeNode, PlainData>()): PlainData {
  const before = known.get(node);
  if (before !== undefined) return before;
  const data = read(node, known);
  known.set(node, data);
  return data;
}

function read(node: TreeNode, known: Map<TreeNode, PlainData>): PlainData {
  if (node.kind === 'list') return node.items.map((item) => toPlainData(item, known));
  if (node.kind === 'map') {
    return new Map([...entriesOf(node)].map(([key, { value }]) => [key, toPlainData(value, known)]));
  }
  switch (node.value.type) {
    case 'null':
      return null;
    case 'string':
      return node.text;
    case 'bool':
    case 'int':
    case 'float':
      return node.value.value;
  }
}

export function isPlainMap(data: PlainData): data is ReadonlyMap<string, PlainData> {
  return data instanceof Map;
}

export function isPlainList(data: PlainData): data is readonly PlainData[] {
  return Array.isArray(data);
}

/** JSON text; numbers that JSON lacks become null, as `JSON.stringify` has it, large whole ones keep all digits. */
export function plainJson(data: PlainData): string {
  if (typeof data === 'bigint') return String(data);
  if (isPlainList(data)) return `[${data.map(plainJson).join(',')}]`;
  if (isPlainMap(data)) {
    return `{${[...data].map(([key, value]) => `${JSON.stringify(key)}:${plainJson(value)}`).join(',')}}`;
  }
  return JSON.stringify(data);
}
