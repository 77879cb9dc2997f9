import type { MapNode, TreeNode } from '../tree.ts';

/**
 * Documents are split into lines that all end, so a block text at the very end of a file gains a line end that the
 * file does not have. Drone converts 0.8 files before it splits them, hence this takes it away again.
 */
export function withoutFinalLineEnd(root: MapNode): MapNode {
  const last = root.entries.at(-1);
  if (last === undefined) return root;
  return { ...root, entries: [...root.entries.slice(0, -1), { ...last, value: unterminated(last.value) }] };
}

function unterminated(node: TreeNode): TreeNode {
  if (node.kind === 'map') return withoutFinalLineEnd(node);
  if (node.kind === 'list') {
    const last = node.items.at(-1);
    return last === undefined ? node : { ...node, items: [...node.items.slice(0, -1), unterminated(last)] };
  }
  const isBlock = /^[|>]/.test(node.origin.source);
  return isBlock && node.text.endsWith('\n') ? { ...node, text: node.text.slice(0, -1) } : node;
}
