/**
 * The cycles of a directed graph, one per group of nodes that reach each other, each written from its smallest
 * node. Targets that are not nodes are ignored.
 */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles = new Map<string, string[]>();
  for (const start of graph.keys()) {
    walk(graph, start, [], done, (cycle) => cycles.set([...cycle].sort().join('\n'), fromSmallest(cycle)));
  }
  return [...cycles.values()];
}

function walk(
  graph: ReadonlyMap<string, readonly string[]>,
  node: string,
  path: readonly string[],
  done: Set<string>,
  report: (cycle: string[]) => void,
): void {
  const at = path.indexOf(node);
  if (at !== -1) report(path.slice(at));
  if (at !== -1 || done.has(node)) return;
  for (const target of graph.get(node) ?? []) {
    if (graph.has(target)) walk(graph, target, [...path, node], done, report);
  }
  done.add(node);
}

function fromSmallest(cycle: readonly string[]): string[] {
  const smallest = [...cycle].sort()[0] ?? '';
  const at = cycle.indexOf(smallest);
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}
