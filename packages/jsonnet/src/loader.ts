import { encodeUtf8 } from './encoding/bytes.ts';
import type { EvaluateOptions, ImportedFile } from './evaluate.ts';
import type { Machine } from './runtime/machine.ts';
import type { ObjectValue } from './runtime/objects.ts';
import { ArrayValue, type Cell, Env, Thunk, type Value } from './runtime/values.ts';
import { libraryFor, standardLibrary } from './std/library.ts';
import type { Import, Node } from './syntax/ast.ts';
import { parse } from './syntax/parser.ts';
import { resolve } from './syntax/resolver.ts';
import type { Source } from './syntax/source.ts';

/** What the parsers, which are recursive too, take of the host's stack, in levels of the evaluator. */
const PARSER_LEVELS = 600;

/** Turns sources into values: the file itself, imports, external variables and arguments given as code. */
export class Loader {
  readonly #options: EvaluateOptions;
  readonly #found = new Map<string, ImportedFile>();
  readonly #values = new Map<string, Cell>();
  readonly #externals = new Map<string, Cell>();
  #library: ObjectValue | undefined;

  constructor(options: EvaluateOptions) {
    this.#options = options;
  }

  evaluateSource(machine: Machine, source: Source): Value {
    const [node, env] = this.#prepare(machine, source);
    return machine.evaluate(node, env);
  }

  /** Code that is parsed and evaluated when it is first needed. */
  delayCode(machine: Machine, file: string, text: string): Cell {
    return machine.later(() => this.evaluateSource(machine, { file, text }));
  }

  /** The value of an external variable; `undefined` when there is none of that name. */
  external(machine: Machine, name: string): Value | undefined {
    const { extVars = {}, extCode = {} } = this.#options;
    const code = Object.hasOwn(extCode, name) ? extCode[name] : undefined;
    if (code === undefined) return Object.hasOwn(extVars, name) ? extVars[name] : undefined;
    const cell = this.#externals.get(name) ?? this.delayCode(machine, `<external variable ${name}>`, code);
    this.#externals.set(name, cell);
    return machine.force(cell);
  }

  load(machine: Machine, node: Import): Value {
    const { path, text } = this.#find(machine, node);
    if (node.form === 'importstr') return text;
    if (node.form === 'importbin') {
      machine.allocate(9 * text.length);
      return new ArrayValue([...encodeUtf8(text)]);
    }
    const known = this.#values.get(path);
    if (known !== undefined) return machine.force(known);
    const [root, env] = this.#prepare(machine, { file: path, text });
    const cell = new Thunk(root, env);
    this.#values.set(path, cell);
    return machine.force(cell);
  }

  #find(machine: Machine, node: Import): ImportedFile {
    const { importer } = this.#options;
    if (importer === undefined) {
      return machine.fail(
        `Imports are not allowed here, so ${JSON.stringify(node.path)} was not read.`,
        'import',
      );
    }
    const key = JSON.stringify([node.source.file, node.path]);
    const found = this.#found.get(key) ?? importer(node.path, node.source.file);
    if (found === undefined) {
      return machine.fail(`The file ${JSON.stringify(node.path)} was not found.`, 'import');
    }
    this.#found.set(key, found);
    machine.allocate(found.text.length);
    return found;
  }

  #prepare(machine: Machine, source: Source): [Node, Env] {
    machine.spend(source.text.length);
    // Tokens and tree take many times the size of the text.
    machine.allocate(64 * source.text.length);
    machine.enter(PARSER_LEVELS);
    const root = parse({ file: source.file, text: source.text.toWellFormed() });
    resolve(root);
    machine.leave(root, PARSER_LEVELS);
    this.#library ??= standardLibrary();
    return [root, new Env([libraryFor(this.#library, source.file)], undefined)];
  }
}
