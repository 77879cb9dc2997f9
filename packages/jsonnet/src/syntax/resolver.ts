import type {
  Bind,
  Clause,
  FieldNode,
  FunctionNode,
  Node,
  ObjectComprehension,
  ObjectNode,
  Variable,
} from './ast.ts';
import { errorAt, type Place } from './source.ts';

/** The names of one run-time environment, in the order of its slots. */
interface Scope {
  readonly names: ReadonlyMap<string, number>;
  readonly parent: Scope | undefined;
  readonly isInObject: boolean;
  readonly effort: Effort;
}

/** Scopes looked at so far. Names that reach out through thousands of scopes would take the time squared. */
interface Effort {
  scopes: number;
}

const MAX_EFFORT = 10_000_000;

/**
 * Finds the slot of every name in the tree and checks `self`, `super` and `$`. One scope here is one environment
 * of the evaluator: file (holding `std`), local, function, loop variable, object. Throws `scope` errors, also in
 * parts that would never be evaluated.
 */
export function resolve(root: Node): void {
  visit(root, scopeOf(['std'], undefined, false));
}

function scopeOf(names: readonly string[], parent: Scope | undefined, isInObject: boolean): Scope {
  const effort = parent?.effort ?? { scopes: 0 };
  return { names: new Map(names.map((name, slot) => [name, slot])), parent, isInObject, effort };
}

/** Follows the left or last child in the loop, so that long chains do not nest. */
function visit(start: Node, from: Scope): void {
  let node: Node | undefined = start;
  let scope = from;
  while (node !== undefined) {
    switch (node.kind) {
      case 'local':
        scope = bindScope(node.binds, scope);
        node = node.body;
        break;
      case 'assert':
        visit(node.assertion.test, scope);
        visitOptional(node.assertion.message, scope);
        node = node.body;
        break;
      case 'if':
        visit(node.test, scope);
        visit(node.then, scope);
        node = node.otherwise;
        break;
      case 'function':
        scope = functionScope(node, scope);
        node = node.body;
        break;
      default:
        node = visitChildren(node, scope);
    }
  }
}

type Leftover = Exclude<Node, { kind: 'local' | 'assert' | 'if' | 'function' }>;

/** Visits all children but the one it returns, which shares the scope. */
function visitChildren(node: Leftover, scope: Scope): Node | undefined {
  switch (node.kind) {
    case 'literal':
    case 'import':
      return undefined;
    case 'variable':
      locate(node, scope);
      return undefined;
    case 'self':
      requireObject(node, scope, 'self');
      return undefined;
    case 'super-index':
    case 'in-super':
      requireObject(node, scope, 'super');
      return node.key;
    case 'index':
      visit(node.key, scope);
      return node.target;
    case 'slice':
      for (const part of [node.from, node.to, node.step]) visitOptional(part, scope);
      return node.target;
    case 'call':
      for (const argument of node.positional) visit(argument, scope);
      for (const argument of node.named) visit(argument.value, scope);
      return node.target;
    case 'unary':
    case 'error':
      return node.operand;
    case 'binary':
      visit(node.right, scope);
      return node.left;
    default:
      visitCollection(node, scope);
      return undefined;
  }
}

type Collection = Extract<
  Node,
  { kind: 'array' | 'array-comprehension' | 'object' | 'object-comprehension' }
>;

function visitCollection(node: Collection, scope: Scope): void {
  switch (node.kind) {
    case 'array':
      for (const item of node.items) visit(item, scope);
      break;
    case 'array-comprehension':
      visit(node.body, clauseScope(node.clauses, scope));
      break;
    case 'object':
      for (const field of node.fields) visit(field.key, scope);
      visitObject(node, node.fields, scope);
      break;
    case 'object-comprehension': {
      const inner = clauseScope(node.clauses, scope);
      visit(node.field.key, inner);
      visitObject(node, [node.field], inner);
      break;
    }
  }
}

function visitObject(
  node: ObjectNode | ObjectComprehension,
  fields: readonly FieldNode[],
  outer: Scope,
): void {
  node.isOutermost = !outer.isInObject;
  const names = [...(node.isOutermost ? ['$'] : []), ...node.binds.map((bind) => bind.name)];
  const scope = scopeOf(names, outer, true);
  for (const bind of node.binds) visit(bind.value, scope);
  for (const field of fields) visit(field.value, scope);
  if (node.kind !== 'object') return;
  for (const { test, message } of node.assertions) {
    visit(test, scope);
    visitOptional(message, scope);
  }
}

function visitOptional(node: Node | undefined, scope: Scope): void {
  if (node !== undefined) visit(node, scope);
}

function bindScope(binds: readonly Bind[], outer: Scope): Scope {
  const scope = scopeOf(
    binds.map((bind) => bind.name),
    outer,
    outer.isInObject,
  );
  for (const bind of binds) visit(bind.value, scope);
  return scope;
}

function functionScope(node: FunctionNode, outer: Scope): Scope {
  const scope = scopeOf(
    node.parameters.map((parameter) => parameter.name),
    outer,
    outer.isInObject,
  );
  for (const { fallback } of node.parameters) visitOptional(fallback, scope);
  return scope;
}

function clauseScope(clauses: readonly Clause[], outer: Scope): Scope {
  let scope = outer;
  for (const { name, operand } of clauses) {
    visit(operand, scope);
    if (name !== undefined) scope = scopeOf([name], scope, scope.isInObject);
  }
  return scope;
}

function locate(variable: Variable, from: Scope): void {
  let up = 0;
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    const slot = scope.names.get(variable.name);
    if (slot !== undefined) {
      variable.up = up;
      variable.slot = slot;
      return;
    }
    up++;
    if (++from.effort.scopes > MAX_EFFORT) {
      throw errorAt('limit', 'Too many names reach out through too many scopes.', variable);
    }
  }
  const message =
    variable.name === '$' ? '"$" means nothing outside an object.' : `Unknown name "${variable.name}".`;
  throw errorAt('scope', message, variable);
}

function requireObject(place: Place, scope: Scope, word: string): void {
  if (!scope.isInObject) throw errorAt('scope', `"${word}" means nothing outside an object.`, place);
}
