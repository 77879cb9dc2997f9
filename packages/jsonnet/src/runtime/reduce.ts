import type { Node } from '../syntax/ast.ts';
import { buildArray, buildArrayComprehension, buildObject, buildObjectComprehension } from './build.ts';
import { expectBoolean, expectString } from './expect.ts';
import { indexValue, sliceValue } from './indexing.ts';
import type { Machine } from './machine.ts';
import { applyBinary, applyUnary } from './operators.ts';
import { toText } from './to-text.ts';
import { Closure, type Env, type Value } from './values.ts';

/** The value of an expression that no other expression continues. */
export function reduce(
  machine: Machine,
  node: Exclude<Node, { kind: 'local' | 'if' | 'assert' | 'call' | 'binary' }>,
  env: Env,
): Value {
  switch (node.kind) {
    case 'literal':
      if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
        machine.at = node;
        machine.fail('The number is too large.');
      }
      return node.value;
    case 'variable':
      return machine.force(machine.lookup(node, env) ?? null);
    case 'self':
      return env.self ?? null;
    case 'index': {
      const target = machine.evaluate(node.target, env);
      const key = machine.evaluate(node.key, env);
      machine.at = node;
      return indexValue(machine, target, key);
    }
    case 'super-index':
      return evaluateSuper(machine, node, env);
    case 'in-super': {
      const name = expectString(machine, machine.evaluate(node.key, env));
      return env.self !== undefined && env.self.layerOf(machine, name, env.superAt) !== -1;
    }
    case 'slice': {
      const parts = [node.from, node.to, node.step].map((part) =>
        part === undefined ? null : machine.evaluate(part, env),
      );
      const target = machine.evaluate(node.target, env);
      machine.at = node;
      return sliceValue(machine, target, parts);
    }
    case 'unary': {
      const operand = machine.evaluate(node.operand, env);
      machine.at = node;
      return applyUnary(machine, node.operator, operand);
    }
    case 'function':
      machine.allocate(64);
      return new Closure(node, env);
    case 'error': {
      const message = toText(machine, machine.evaluate(node.operand, env));
      machine.at = node;
      return machine.fail(machine.scan(message));
    }
    case 'import':
      machine.at = node;
      return machine.surroundings.load(machine, node);
    case 'array':
      return buildArray(machine, node, env);
    case 'array-comprehension':
      return buildArrayComprehension(machine, node, env);
    case 'object':
      return buildObject(machine, node, env);
    case 'object-comprehension':
      return buildObjectComprehension(machine, node, env);
  }
}

/** Walks down the left side in a loop: sums of thousands of parts are common in generated files. */
export function evaluateBinary(machine: Machine, node: Extract<Node, { kind: 'binary' }>, env: Env): Value {
  const spine = [node];
  let left: Node = node.left;
  while (left.kind === 'binary') {
    spine.push(left);
    left = left.left;
  }
  let value = machine.evaluate(left, env);
  for (let next = spine.pop(); next !== undefined; next = spine.pop()) {
    machine.spend(1);
    machine.at = next;
    const { operator } = next;
    if (operator === '&&' || operator === '||') {
      if (expectBoolean(machine, value) === (operator === '||')) continue;
      value = expectBoolean(machine, machine.evaluate(next.right, env));
      continue;
    }
    const right = machine.evaluate(next.right, env);
    machine.at = next;
    value = applyBinary(machine, operator, value, right);
  }
  return value;
}

function evaluateSuper(machine: Machine, node: Extract<Node, { kind: 'super-index' }>, env: Env): Value {
  const name = expectString(machine, machine.evaluate(node.key, env));
  machine.at = node;
  const cell = env.self?.cell(machine, name, env.superAt);
  if (cell === undefined)
    return machine.fail(`No object that machine one extends has a field ${JSON.stringify(name)}.`);
  return machine.force(cell);
}
