export interface GraphNode {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

export interface PlacedNode {
  readonly id: string;
  /** Column from 0; each node stands right of everything it depends on. */
  readonly layer: number;
  /** Upper left corner in pixels. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  /** Path data of an SVG `path`. */
  readonly path: string;
}

export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export const NODE_WIDTH = 188;
export const NODE_HEIGHT = 44;
const GAP_X = 56;
const GAP_Y = 16;
const SWEEPS = 4;

interface Slot {
  readonly key: string;
  readonly layer: number;
  readonly before: string[];
  readonly after: string[];
  order: number;
}

/**
 * A layered drawing from left to right. Dependencies on unknown nodes and edges that would close a circle are
 * left out; an edge over several layers gets a place of its own in each, so that it does not cross nodes.
 */
export function layoutGraph(given: readonly GraphNode[]): GraphLayout {
  const nodes = withoutCircles(given);
  const layers = layersOf(nodes);
  const { slots, chains } = slotsOf(nodes, layers);
  const columns = orderColumns(slots);
  const tallest = Math.max(0, ...columns.map((column) => column.length));
  const height = tallest * (NODE_HEIGHT + GAP_Y) - (tallest > 0 ? GAP_Y : 0);
  const placed = new Map<string, PlacedNode>();
  for (const [layer, column] of columns.entries()) {
    const used = column.length * (NODE_HEIGHT + GAP_Y) - GAP_Y;
    for (const [row, slot] of column.entries()) {
      const y = (height - used) / 2 + row * (NODE_HEIGHT + GAP_Y);
      placed.set(slot.key, { id: slot.key, layer, x: layer * (NODE_WIDTH + GAP_X), y });
    }
  }
  const width = Math.max(0, columns.length * (NODE_WIDTH + GAP_X) - GAP_X);
  return {
    nodes: nodes.flatMap((node) => placed.get(node.id) ?? []),
    edges: chains.map((chain) => ({
      from: chain.from,
      to: chain.to,
      path: pathThrough(chain.keys.flatMap((key) => placed.get(key) ?? [])),
    })),
    width,
    height,
  };
}

/** All nodes that come before or after one, itself included. */
export function relatedNodes(nodes: readonly GraphNode[], id: string): ReadonlySet<string> {
  const related = new Set([id]);
  const ahead = [id];
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    for (const before of nodes.find((node) => node.id === at)?.dependsOn ?? []) {
      if (!related.has(before)) ahead.push(before);
      related.add(before);
    }
  }
  const behind = [id];
  for (let at = behind.pop(); at !== undefined; at = behind.pop()) {
    for (const node of nodes) {
      if (!node.dependsOn.includes(at) || related.has(node.id)) continue;
      related.add(node.id);
      behind.push(node.id);
    }
  }
  return related;
}

function withoutCircles(given: readonly GraphNode[]): GraphNode[] {
  const byId = new Map(given.map((node) => [node.id, node]));
  const state = new Map<string, 'open' | 'done'>();
  const kept = new Map<string, string[]>();
  const visit = (node: GraphNode): void => {
    state.set(node.id, 'open');
    const dependsOn: string[] = [];
    for (const id of new Set(node.dependsOn)) {
      const before = byId.get(id);
      if (before === undefined || state.get(id) === 'open') continue;
      if (!state.has(id)) visit(before);
      dependsOn.push(id);
    }
    state.set(node.id, 'done');
    kept.set(node.id, dependsOn);
  };
  for (const node of byId.values()) if (!state.has(node.id)) visit(node);
  return [...byId.values()].map((node) => ({ id: node.id, dependsOn: kept.get(node.id) ?? [] }));
}

function layersOf(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const layers = new Map<string, number>();
  const layerOf = (id: string): number => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    const layer = Math.max(-1, ...(byId.get(id)?.dependsOn ?? []).map(layerOf)) + 1;
    layers.set(id, layer);
    return layer;
  };
  for (const node of nodes) layerOf(node.id);
  return layers;
}

interface Chain {
  readonly from: string;
  readonly to: string;
  readonly keys: readonly string[];
}

function slotsOf(nodes: readonly GraphNode[], layers: ReadonlyMap<string, number>) {
  const slots = new Map<string, Slot>();
  const chains: Chain[] = [];
  const add = (key: string, layer: number) =>
    slots.set(key, { key, layer, before: [], after: [], order: slots.size });
  for (const node of nodes) add(node.id, layers.get(node.id) ?? 0);
  for (const node of nodes) {
    for (const from of node.dependsOn) {
      const keys = [from];
      for (let layer = (layers.get(from) ?? 0) + 1; layer < (layers.get(node.id) ?? 0); layer += 1) {
        const key = `${from}\n${node.id}\n${layer}`;
        add(key, layer);
        keys.push(key);
      }
      keys.push(node.id);
      chains.push({ from, to: node.id, keys });
      for (let at = 1; at < keys.length; at += 1) {
        slots.get(keys[at] ?? '')?.before.push(keys[at - 1] ?? '');
        slots.get(keys[at - 1] ?? '')?.after.push(keys[at] ?? '');
      }
    }
  }
  return { slots, chains };
}

/** Orders each layer by the middle of its neighbours, forth and back, so that few edges cross. */
function orderColumns(slots: ReadonlyMap<string, Slot>): Slot[][] {
  const columns: Slot[][] = [];
  for (const slot of slots.values()) {
    while (columns.length <= slot.layer) columns.push([]);
    columns[slot.layer]?.push(slot);
  }
  const sort = (column: Slot[], side: 'before' | 'after') => {
    const middles = new Map(column.map((slot) => [slot, middleOf(slot, side, slots)]));
    column.sort((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0) || a.order - b.order);
    for (const [order, slot] of column.entries()) slot.order = order;
  };
  for (const column of columns) for (const [order, slot] of column.entries()) slot.order = order;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const column of columns) sort(column, 'before');
    for (const column of columns.toReversed()) sort(column, 'after');
  }
  for (const column of columns) sort(column, 'before');
  return columns;
}

function middleOf(slot: Slot, side: 'before' | 'after', slots: ReadonlyMap<string, Slot>): number {
  const orders = slot[side].map((key) => slots.get(key)?.order ?? 0);
  if (orders.length === 0) return slot.order;
  return orders.reduce((sum, order) => sum + order, 0) / orders.length;
}

function pathThrough(places: readonly PlacedNode[]): string {
  const middle = NODE_HEIGHT / 2;
  const [first, ...rest] = places;
  if (first === undefined) return '';
  let path = `M${first.x + NODE_WIDTH} ${first.y + middle}`;
  for (const [at, place] of rest.entries()) {
    const y = place.y + middle;
    path += `C${place.x - GAP_X / 2} ${(places[at]?.y ?? 0) + middle} ${place.x - GAP_X / 2} ${y} ${place.x} ${y}`;
    if (at < rest.length - 1) path += `H${place.x + NODE_WIDTH}`;
  }
  return path;
}
