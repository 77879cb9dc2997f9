import type { Binding, Expression, FunctionNode, FunctionScope, Name, Statement } from '../syntax/ast.ts';
import type { SourceFile } from '../syntax/source-file.ts';
import { nearest } from '../text/nearest.ts';
import { resolveExpression } from './resolve-expression.ts';
import { bindParameters } from './resolve-function.ts';
import { Scope } from './scope.ts';

export interface ResolvedFile {
  /** Variables of comprehensions outside of functions. */
  readonly variables: FunctionScope;
  /** Names of the global variables, by index. */
  readonly globals: readonly string[];
}

/**
 * Finds what every name stands for and checks the rules that need no running. The rules are those of Starlark-Go
 * without options, as Drone uses it: no `while`, no recursion, no `if` or `for` outside of functions, each global is
 * assigned once. Throws the first problem as a `name` error.
 */
export function resolveFile(
  file: SourceFile,
  statements: readonly Statement[],
  isPredeclared: (name: string) => boolean,
): ResolvedFile {
  const resolver = new Resolver(file, isPredeclared);
  resolver.statements(statements);
  return resolver.finish();
}

export class Resolver {
  readonly #file: SourceFile;
  readonly #isPredeclared: (name: string) => boolean;
  readonly #top: Scope;
  readonly #globals = new Map<string, Binding>();
  #problem: Error | undefined;
  #loops = 0;
  scope: Scope;

  constructor(file: SourceFile, isPredeclared: (name: string) => boolean) {
    this.#file = file;
    this.#isPredeclared = isPredeclared;
    this.#top = new Scope('file', { locals: [], free: [] });
    this.scope = this.#top;
  }

  finish(): ResolvedFile {
    this.#top.resolveOwnUses();
    this.#resolveOuterUses(this.#top);
    if (this.#problem !== undefined) throw this.#problem;
    return { variables: this.#top.variables, globals: [...this.#globals.keys()] };
  }

  /** Keeps the problem if it is the first. */
  report(at: number, message: string): void {
    this.#problem ??= this.#file.error('name', at, message);
  }

  statements(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  expression(expression: Expression): void {
    resolveExpression(this, expression);
  }

  /** Resolves the targets of an assignment and makes their names variables. */
  assign(target: Expression, isAugmented: boolean): void {
    switch (target.kind) {
      case 'name':
        this.bind(target, target.start);
        break;
      case 'index':
        this.expression(target.object);
        this.expression(target.key);
        break;
      case 'attribute':
        this.expression(target.object);
        break;
      case 'tuple':
      case 'list':
        if (isAugmented)
          this.report(target.start, `a ${target.kind} cannot be changed by += and its relatives`);
        for (const item of target.items) this.assign(item, isAugmented);
        break;
      default:
        this.report(target.start, 'only names, elements, fields and tuples or lists of them can be assigned');
    }
  }

  /** Makes the name a variable of the current block; returns whether it was one already. */
  bind(name: Name, at: number): boolean {
    if (this.scope !== this.#top) return this.scope.bindLocal(name);
    const known = this.#globals.get(name.name);
    if (known !== undefined) {
      this.report(
        at,
        `the global ${name.name} has a value already; outside of functions each name is assigned once`,
      );
    }
    const binding: Binding = known ?? { name: name.name, scope: 'global', index: this.#globals.size };
    this.#globals.set(name.name, binding);
    name.binding = binding;
    return known !== undefined;
  }

  functionBody(code: FunctionNode): void {
    for (const { defaultValue } of code.parameters) {
      if (defaultValue !== undefined) this.expression(defaultValue);
    }
    const outer = this.scope;
    const outerLoops = this.#loops;
    this.scope = new Scope('function', code.scope, outer);
    this.#loops = 0;
    bindParameters(this, code.parameters);
    this.statements(code.body);
    this.scope.resolveOwnUses();
    this.scope = outer;
    this.#loops = outerLoops;
  }

  #statement(statement: Statement): void {
    const isTop = this.scope.container === this.#top;
    switch (statement.kind) {
      case 'expression':
        this.expression(statement.value);
        return;
      case 'assign':
        this.expression(statement.value);
        this.assign(statement.target, statement.operator !== undefined);
        return;
      case 'def':
        this.bind(statement.name, statement.name.start);
        this.functionBody(statement.function);
        return;
      case 'if':
        if (isTop) this.report(statement.at, 'an if statement must be inside a function');
        for (const { condition, body } of statement.branches) {
          this.expression(condition);
          this.statements(body);
        }
        this.statements(statement.otherwise);
        return;
      case 'for':
        if (isTop)
          this.report(statement.at, 'a for loop must be inside a function; a comprehension may be outside');
        this.expression(statement.iterable);
        this.assign(statement.target, false);
        this.#loop(statement.body);
        return;
      case 'while':
        this.report(statement.at, 'Starlark has no while loops; use a for loop over a range');
        this.expression(statement.condition);
        this.#loop(statement.body);
        return;
      case 'return':
        if (isTop) this.report(statement.at, 'a return statement must be inside a function');
        if (statement.value !== undefined) this.expression(statement.value);
        return;
      case 'load':
        this.report(
          statement.at,
          `load is not possible; put the functions of "${statement.module}" into this file`,
        );
        return;
      case 'pass':
        return;
      default:
        if (this.#loops === 0) this.report(statement.at, `${statement.kind} is only possible in a loop`);
    }
  }

  #loop(body: readonly Statement[]): void {
    this.#loops += 1;
    this.statements(body);
    this.#loops -= 1;
  }

  #resolveOuterUses(scope: Scope): void {
    for (const child of scope.children) this.#resolveOuterUses(child);
    for (const use of scope.uses) use.name.binding = this.#findOutside(use.name, use.scope, use.scope);
  }

  /** Looks outwards; a variable of an outer function becomes a shared cell of both. */
  #findOutside(name: Name, scope: Scope, origin: Scope): Binding {
    if (scope.parent === undefined) return this.#findGlobal(name, origin);
    const own = scope.bindings.get(name.name);
    if (own !== undefined) return own;
    let binding = this.#findOutside(name, scope.parent, origin);
    if (scope.kind === 'function' && binding.scope !== 'global' && binding.scope !== 'predeclared') {
      if (binding.scope === 'local') binding.scope = 'cell';
      scope.variables.free.push(binding);
      binding = { name: name.name, scope: 'free', index: scope.variables.free.length - 1 };
    }
    scope.bindings.set(name.name, binding);
    return binding;
  }

  #findGlobal(name: Name, origin: Scope): Binding {
    const binding = this.#top.bindings.get(name.name) ?? this.#globals.get(name.name);
    if (binding !== undefined) return binding;
    // The search for a similar name takes time, and only the first problem is shown.
    if (!this.#isPredeclared(name.name) && this.#problem === undefined) {
      const hint = nearest(name.name, this.#visibleNames(origin));
      this.report(
        name.start,
        `the name ${name.name} is not defined${hint === undefined ? '' : `; did you mean ${hint}?`}`,
      );
    }
    return { name: name.name, scope: 'predeclared', index: 0 };
  }

  #visibleNames(origin: Scope): string[] {
    const names = [...this.#globals.keys()];
    for (let scope: Scope | undefined = origin; scope !== undefined; scope = scope.parent) {
      for (const name of scope.bindings.keys()) names.push(name);
    }
    return names;
  }
}
