import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { type GraphNode, layoutGraph, relatedNodes } from './graph-layout.ts';

function graph(text: Record<string, string>): GraphNode[] {
  return Object.entries(text).map(([id, before]) => ({
    id,
    dependsOn: before === '' ? [] : before.split(' '),
  }));
}

function layers(nodes: GraphNode[]): Record<string, number> {
  return Object.fromEntries(layoutGraph(nodes).nodes.map((node) => [node.id, node.layer]));
}

test('[ui U52] every node stands right of all it depends on', () => {
  const found = layers(
    graph({ deploy: 'test lint', clone: '', test: 'build', build: 'clone', lint: 'clone' }),
  );
  assert.deepEqual(found, { deploy: 3, clone: 0, test: 2, build: 1, lint: 1 });
});

test('[ui U52] each known dependency becomes one edge, unknown ones and circles none', () => {
  const { edges, nodes } = layoutGraph(graph({ a: 'c', b: 'a nowhere', c: 'b' }));
  assert.equal(nodes.length, 3);
  assert.equal(edges.length, 2);
});

test('no two nodes overlap, long edges keep a place free', () => {
  const nodes = graph({ a: '', b: 'a', c: 'b', d: 'c a', e: 'a' });
  const places = layoutGraph(nodes).nodes.map((node) => `${node.x},${node.y}`);
  assert.equal(new Set(places).size, nodes.length);
});

test('an empty graph has no size', () => {
  assert.deepEqual(layoutGraph([]), { nodes: [], edges: [], width: 0, height: 0 });
});

test('edges between straight lines do not cross', () => {
  const { nodes } = layoutGraph(graph({ a: '', b: '', y: 'b', x: 'a' }));
  const y = Object.fromEntries(nodes.map((node) => [node.id, node.y]));
  assert.equal((y.a ?? 0) < (y.b ?? 0), (y.x ?? 0) < (y.y ?? 0));
});

test('[ui U53] what leads to a node and what follows from it is known', () => {
  const nodes = graph({ a: '', b: 'a', c: 'b', other: 'a' });
  assert.deepEqual([...relatedNodes(nodes, 'b')].sort(), ['a', 'b', 'c']);
});

// The goal is 300 ms on an idle machine.
test('[ui U54] two hundred nodes are laid out quickly', () => {
  const nodes = Array.from({ length: 200 }, (_, at) => ({
    id: `n${at}`,
    dependsOn: at < 10 ? [] : [`n${at - 10}`, `n${at - 7}`, `n${Math.floor(at / 3)}`],
  }));
  assertQuick(() => assert.equal(layoutGraph(nodes).nodes.length, 200), 1500);
});
