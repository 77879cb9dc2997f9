import type {
  ArrayComprehension,
  ArrayNode,
  Clause,
  FieldNode,
  Node,
  ObjectComprehension,
  ObjectNode,
} from '../syntax/ast.ts';
import { expectBoolean } from './expect.ts';
import type { Machine } from './machine.ts';
import { type Field, ObjectValue } from './objects.ts';
import { ArrayValue, type Cell, Env, typeName, type Value } from './values.ts';

export function buildArray(machine: Machine, node: ArrayNode, env: Env): Value {
  machine.allocate(48 + 8 * node.items.length);
  return new ArrayValue(node.items.map((item) => machine.delay(item, env)));
}

export function buildArrayComprehension(machine: Machine, node: ArrayComprehension, env: Env): Value {
  const cells: Cell[] = [];
  forEachMatch(machine, node.clauses, 0, env, (inner) => {
    machine.allocate(8);
    cells.push(machine.delay(node.body, inner));
  });
  return new ArrayValue(cells);
}

export function buildObject(machine: Machine, node: ObjectNode, env: Env): Value {
  const fields = new Map<string, Field>();
  machine.allocate(160 + 96 * node.fields.length);
  for (const field of node.fields) addField(machine, fields, field, env, undefined);
  return new ObjectValue({ fields, literal: node, env });
}

export function buildObjectComprehension(machine: Machine, node: ObjectComprehension, env: Env): Value {
  const fields = new Map<string, Field>();
  machine.allocate(160);
  forEachMatch(machine, node.clauses, 0, env, (inner) => {
    machine.allocate(96);
    addField(machine, fields, node.field, inner, inner);
  });
  return new ObjectValue({ fields, literal: node, env });
}

/** A field whose computed name is null is left out. */
function addField(
  machine: Machine,
  fields: Map<string, Field>,
  { key, visibility, isPlus, value }: FieldNode,
  keyEnv: Env,
  env: Env | undefined,
): void {
  const name = fieldName(machine, key, keyEnv);
  if (name === undefined) return;
  if (fields.has(name)) {
    machine.fail(`The field ${JSON.stringify(name)} is defined twice in the same object.`);
  }
  fields.set(name, { visibility, isPlus, node: value, cell: undefined, env });
}

function fieldName(machine: Machine, key: Node, env: Env): string | undefined {
  const name = key.kind === 'literal' ? key.value : machine.evaluate(key, env);
  machine.at = key;
  if (name === null) return undefined;
  if (typeof name === 'string') return machine.scan(name);
  return machine.fail(`A field name must be a string, got ${typeName(name)}.`);
}

/** Runs `yieldMatch` for every combination of loop values that passes all conditions, first clause outermost. */
function forEachMatch(
  machine: Machine,
  clauses: readonly Clause[],
  at: number,
  env: Env,
  yieldMatch: (env: Env) => void,
): void {
  const clause = clauses[at];
  machine.spend(1);
  if (clause === undefined) {
    yieldMatch(env);
    return;
  }
  machine.enter(3);
  const value = machine.evaluate(clause.operand, env);
  machine.at = clause.operand;
  if (clause.name === undefined) {
    if (expectBoolean(machine, value)) forEachMatch(machine, clauses, at + 1, env, yieldMatch);
  } else {
    for (const cell of loopCells(machine, value)) {
      machine.allocate(72);
      forEachMatch(machine, clauses, at + 1, new Env([cell], env), yieldMatch);
    }
  }
  machine.leave(null, 3);
}

function loopCells(machine: Machine, value: Value): readonly Cell[] {
  if (value instanceof ArrayValue) return value.cells;
  return machine.fail(`"for" goes through an array, got ${typeName(value)}.`);
}
