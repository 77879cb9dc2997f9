import { JsonnetError, type JsonnetErrorKind } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Assertion, Call, Import, Node, Variable } from '../syntax/ast.ts';
import { type Place, positionOf } from '../syntax/source.ts';
import { bindClosure, bindNative, type NamedCell } from './calls.ts';
import { expectBoolean, expectFunction } from './expect.ts';
import { Meter } from './meter.ts';
import { applyBinary } from './operators.ts';
import { evaluateBinary, reduce } from './reduce.ts';
import { toText } from './to-text.ts';
import { describeTrace } from './trace.ts';
import { type Cell, Closure, Env, type FunctionValue, Thunk, type Value } from './values.ts';

/** What an evaluation needs from around it. */
export interface Surroundings {
  /** The value of an `import`, `importstr` or `importbin`. */
  readonly load: (machine: Machine, node: Import) => Value;
  /** The external variable; `undefined` when there is none of that name. */
  readonly external: (machine: Machine, name: string) => Value | undefined;
  /** Receives what `std.trace` says. */
  readonly trace: (message: string, place: Place) => void;
}

/** Where evaluation continues without going deeper. */
class Jump {
  readonly node: Node;
  readonly env: Env;

  constructor(node: Node, env: Env) {
    this.node = node;
    this.env = env;
  }
}

/** Evaluates syntax trees. One machine serves one evaluation and is useless after an error. */
export class Machine extends Meter {
  readonly surroundings: Surroundings;
  /** What waits for a result, innermost last; for the trace of an error. */
  readonly #waiting: Node[] = [];
  /** The expression that is at work now; errors are reported here. */
  at: Node;

  constructor(limits: Limits, surroundings: Surroundings, root: Node) {
    super(limits);
    this.surroundings = surroundings;
    this.at = root;
  }

  /** Ends the evaluation with an error at the current expression. */
  fail(message: string, kind: JsonnetErrorKind = 'runtime'): never {
    throw new JsonnetError(kind, message, positionOf(this.at), describeTrace(this.#waiting));
  }

  protected override exceed(message: string): never {
    this.fail(message, 'limit');
  }

  /** The value of an expression. Tail positions and `tailstrict` calls continue in the loop. */
  evaluate(start: Node, from: Env): Value {
    let node = start;
    let env = from;
    this.enter();
    for (;;) {
      this.spend(1);
      switch (node.kind) {
        case 'local':
          env = this.#bindLocals(node.binds, env);
          node = node.body;
          break;
        case 'if': {
          const test = expectBoolean(this, this.evaluate(node.test, env));
          const next: Node | undefined = test ? node.then : node.otherwise;
          if (next === undefined) return this.leave(null);
          node = next;
          break;
        }
        case 'assert':
          this.check(node.assertion, env);
          node = node.body;
          break;
        case 'call': {
          if (!node.isTailStrict) return this.leave(this.#callNode(node, env));
          const next = this.#callTail(node, env);
          if (!(next instanceof Jump)) return this.leave(next);
          env = next.env;
          node = next.node;
          break;
        }
        case 'binary':
          return this.leave(evaluateBinary(this, node, env));
        default:
          return this.leave(reduce(this, node, env));
      }
    }
  }

  /** A `tailstrict` call with its arguments computed: where to go on, or the value of a library function. */
  #callTail(node: Call, env: Env): Jump | Value {
    const fn = this.#callee(node, env);
    const cells = this.#arguments(node, env);
    const named = this.#namedArguments(node, env);
    for (const cell of cells) this.force(cell);
    for (const [, cell] of named) this.force(cell);
    this.at = node;
    if (!(fn instanceof Closure)) return this.call(fn, cells, named, node);
    return new Jump(fn.node.body, bindClosure(this, fn, cells, named));
  }

  #bindLocals(binds: readonly { readonly value: Node }[], outer: Env): Env {
    const env = new Env([], outer);
    for (const bind of binds) env.slots.push(this.postpone(bind.value, env));
    this.allocate(64 + 8 * binds.length);
    return env;
  }

  /** The cell of a name; `undefined` while the scope is still being filled. */
  lookup(node: Variable, from: Env): Cell | undefined {
    let env: Env | undefined = from;
    this.spend(node.up >> 4);
    for (let up = node.up; up > 0; up--) env = env?.parent;
    return env?.slots[node.slot];
  }

  #callee(node: Call, env: Env): FunctionValue {
    const target = this.evaluate(node.target, env);
    this.at = node;
    return expectFunction(this, target);
  }

  #arguments(node: Call, env: Env): Cell[] {
    return node.positional.map((argument) => this.delay(argument, env));
  }

  #namedArguments(node: Call, env: Env): NamedCell[] {
    return node.named.map(({ name, value }) => [name, this.delay(value, env)] as const);
  }

  #callNode(node: Call, env: Env): Value {
    const fn = this.#callee(node, env);
    const positional = this.#arguments(node, env);
    return this.call(fn, positional, this.#namedArguments(node, env), node);
  }

  /** Calls a function; `site` is the expression that the trace shows. */
  call(
    fn: FunctionValue,
    positional: readonly Cell[],
    named: readonly NamedCell[] = [],
    site = this.at,
  ): Value {
    if (!(fn instanceof Closure)) {
      const cells = bindNative(this, fn, positional, named);
      this.#waiting.push(site);
      // A library function stands between two evaluations with a few frames of the host of its own.
      this.enter(2);
      const value = this.leave(fn.run(this, cells), 2);
      this.#waiting.pop();
      return value;
    }
    const env = bindClosure(this, fn, positional, named);
    this.#wait(site);
    const value = this.evaluate(fn.node.body, env);
    this.#waiting.pop();
    return value;
  }

  /** The value of a cell, computed now if it has not been needed before. */
  force(cell: Cell): Value {
    if (!(cell instanceof Thunk)) return cell;
    if (cell.state === 'done') return cell.value;
    const { node, env, compute } = cell;
    if (node !== undefined) this.#wait(node);
    else this.enter();
    if (cell.state === 'running') {
      this.at = node ?? this.at;
      this.fail('The value needs itself to be computed.', 'limit');
    }
    cell.state = 'running';
    if (compute !== undefined) cell.value = compute(this);
    else if (node !== undefined && env !== undefined) cell.value = this.evaluate(node, env);
    cell.state = 'done';
    cell.node = undefined;
    cell.env = undefined;
    cell.compute = undefined;
    if (node !== undefined) this.#waiting.pop();
    else this.leave(null);
    return cell.value;
  }

  #wait(site: Node): void {
    if (this.#waiting.length >= this.limits.frames) {
      this.at = site;
      this.exceed(
        `More than ${this.limits.frames} calls or values wait for each other (an endless recursion?).`,
      );
    }
    this.#waiting.push(site);
  }

  /** A cell for an expression in a finished environment; what needs no work is not delayed. */
  delay(node: Node, env: Env): Cell {
    if (node.kind === 'variable') {
      const cell = this.lookup(node, env);
      if (cell !== undefined) return cell;
    }
    if (node.kind === 'self' && env.self !== undefined) return env.self;
    return this.postpone(node, env);
  }

  /** A cell for an expression whose environment is still being filled. */
  postpone(node: Node, env: Env): Cell {
    if (node.kind === 'literal' && typeof node.value !== 'number') return node.value;
    if (node.kind === 'literal' && Number.isFinite(node.value)) return node.value;
    this.allocate(96);
    return node.kind === 'function' ? new Closure(node, env) : new Thunk(node, env);
  }

  /** A cell that the library computes when it is needed. */
  later(compute: () => Value): Thunk {
    this.allocate(128);
    return new Thunk(undefined, undefined, compute);
  }

  /** The value of `inherited + node`, for fields written `+:`. */
  extend(inherited: Cell, node: Node, env: Env): Value {
    const left = this.force(inherited);
    const right = this.evaluate(node, env);
    this.at = node;
    return applyBinary(this, '+', left, right);
  }

  /** Fails when the assertion does not hold. */
  check({ test, message, source, offset }: Assertion, env: Env): void {
    if (expectBoolean(this, this.evaluate(test, env))) return;
    const text =
      message === undefined ? 'The assertion does not hold.' : toText(this, this.evaluate(message, env));
    this.at = { kind: 'literal', value: null, source, offset };
    this.fail(this.scan(text));
  }
}
