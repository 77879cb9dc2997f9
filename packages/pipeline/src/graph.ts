/** One clone, service or step, in the order clone, services, steps. */
export interface GraphNode {
  readonly name: string;
  readonly dependsOn: readonly string[];
  /** Removed by its `when`; its dependents wait for what it would have waited for. */
  readonly isExcluded: boolean;
}

/**
 * What each step waits for (pipeline.md 7.7): its predecessor in a file without `depends_on`, otherwise what it
 * says, and the built-in clone when it says nothing. Names are unique and dependencies stand earlier, which the
 * lint has checked. The result has no entry for excluded nodes and never names one.
 */
export function resolveGraph(
  nodes: readonly GraphNode[],
  options: { readonly hasClone: boolean },
): ReadonlyMap<string, readonly string[]> {
  const isGraph = nodes.some(({ dependsOn }) => dependsOn.length > 0);
  const standsFor = new Map<string, readonly string[]>();
  const resolved = new Map<string, readonly string[]>();
  for (const [at, node] of nodes.entries()) {
    const wanted = isGraph ? graphDependencies(node, at, options.hasClone) : predecessor(nodes, at);
    const names = [...new Set(wanted.flatMap((name) => standsFor.get(name) ?? [name]))];
    standsFor.set(node.name, node.isExcluded ? names : [node.name]);
    if (!node.isExcluded) resolved.set(node.name, names);
  }
  return resolved;
}

function predecessor(nodes: readonly GraphNode[], at: number): readonly string[] {
  const before = nodes[at - 1];
  return before === undefined ? [] : [before.name];
}

function graphDependencies(node: GraphNode, at: number, hasClone: boolean): readonly string[] {
  if (node.dependsOn.length > 0) return node.dependsOn;
  return hasClone && at > 0 ? ['clone'] : [];
}
