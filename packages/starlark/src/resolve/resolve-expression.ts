import type { Argument, CallExpression, Comprehension, Expression } from '../syntax/ast.ts';
import type { Resolver } from './resolve.ts';
import { Scope } from './scope.ts';

/** Starlark-Go stores the count of arguments in a byte. */
const MAX_ARGUMENTS = 255;

/** Resolves the names of an expression. */
export function resolveExpression(resolver: Resolver, expression: Expression): void {
  switch (expression.kind) {
    case 'literal':
      return;
    case 'name':
      resolver.scope.use(expression);
      return;
    case 'list':
    case 'tuple':
      for (const item of expression.items) resolveExpression(resolver, item);
      return;
    case 'dict':
      for (const { key, value } of expression.entries) resolveAll(resolver, [key, value]);
      return;
    case 'comprehension':
      resolveComprehension(resolver, expression);
      return;
    case 'conditional':
      resolveAll(resolver, [expression.condition, expression.then, expression.otherwise]);
      return;
    case 'unary':
      resolveExpression(resolver, expression.operand);
      return;
    case 'chain':
      resolveExpression(resolver, expression.first);
      for (const { right } of expression.links) resolveExpression(resolver, right);
      return;
    case 'attribute':
      resolveExpression(resolver, expression.object);
      return;
    case 'index':
      resolveAll(resolver, [expression.object, expression.key]);
      return;
    case 'slice':
      resolveAll(resolver, [expression.object, expression.low, expression.high, expression.step]);
      return;
    case 'call':
      resolveCall(resolver, expression);
      return;
    case 'lambda':
      resolver.functionBody(expression.function);
      return;
  }
}

function resolveAll(resolver: Resolver, expressions: readonly (Expression | undefined)[]): void {
  for (const expression of expressions) {
    if (expression !== undefined) resolveExpression(resolver, expression);
  }
}

/** The iterable of the first clause belongs to the outer block, so `[x for x in x]` works. */
function resolveComprehension(resolver: Resolver, comprehension: Comprehension): void {
  const outer = resolver.scope;
  for (const [index, clause] of comprehension.clauses.entries()) {
    if (clause.kind === 'if') {
      resolveExpression(resolver, clause.condition);
      continue;
    }
    if (index === 0) {
      resolveExpression(resolver, clause.iterable);
      resolver.scope = new Scope('comprehension', outer.container.variables, outer);
    }
    resolver.assign(clause.target, false);
    if (index > 0) resolveExpression(resolver, clause.iterable);
  }
  const { body } = comprehension;
  if ('kind' in body) resolveExpression(resolver, body);
  else resolveAll(resolver, [body.key, body.value]);
  resolver.scope = outer;
}

function resolveCall(resolver: Resolver, call: CallExpression): void {
  resolveExpression(resolver, call.callee);
  checkOrder(resolver, call.args);
  for (const { value } of call.args) resolveExpression(resolver, value);
  for (const kind of ['positional', 'named'] as const) {
    if (call.args.filter((argument) => argument.kind === kind).length > MAX_ARGUMENTS) {
      resolver.report(
        call.start,
        `the call has more than ${MAX_ARGUMENTS} ${kind} arguments; pass a list with * or a dict with **`,
      );
    }
  }
}

/** Positional, then named, then one `*`, then one `**`. */
function checkOrder(resolver: Resolver, args: readonly Argument[]): void {
  const ranks = { positional: 0, named: 1, '*': 2, '**': 3 } as const;
  const names = new Set<string>();
  let last: Argument | undefined;
  for (const argument of args) {
    const isRepeated = last?.kind === argument.kind && ranks[argument.kind] >= 2;
    if (isRepeated) resolver.report(argument.at, `a call can have one ${argument.kind} argument only`);
    if (last !== undefined && ranks[argument.kind] < ranks[last.kind]) {
      resolver.report(argument.at, `a ${describe(argument)} cannot come after a ${describe(last)}`);
    }
    if (argument.kind === 'named' && names.has(argument.name)) {
      resolver.report(argument.at, `the argument ${argument.name} is given twice`);
    }
    if (argument.kind === 'named') names.add(argument.name);
    if (last === undefined || ranks[argument.kind] >= ranks[last.kind]) last = argument;
  }
}

function describe(argument: Argument): string {
  return `${argument.kind} argument`;
}
