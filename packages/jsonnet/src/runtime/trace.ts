import type { TraceEntry } from '../errors.ts';
import type { Node } from '../syntax/ast.ts';
import { positionOf } from '../syntax/source.ts';

/** Of a long trace only both ends are of use; an endless recursion has 500 entries that say the same. */
const SHOWN_AT_EACH_END = 10;

/** What was being computed, innermost first; neighbours at the same place are shown once. */
export function describeTrace(waiting: readonly Node[]): TraceEntry[] {
  const nodes = waiting.filter((node, index) => node !== waiting[index - 1]).reverse();
  const shown =
    nodes.length <= 2 * SHOWN_AT_EACH_END
      ? nodes
      : [...nodes.slice(0, SHOWN_AT_EACH_END), ...nodes.slice(-SHOWN_AT_EACH_END)];
  return shown.map((node) => ({ what: describe(node), ...positionOf(node) }));
}

function describe(node: Node): string {
  if (node.kind !== 'call') return 'in a value that was needed here';
  const { target } = node;
  if (target.kind === 'variable') return `in the call of ${target.name}`;
  if (target.kind === 'index' && target.key.kind === 'literal')
    return `in the call of ${String(target.key.value)}`;
  return 'in a function call';
}
