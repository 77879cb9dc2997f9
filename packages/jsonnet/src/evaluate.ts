import { JsonnetError, type Position } from './errors.ts';
import type { JsonValue } from './json-value.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Loader } from './loader.ts';
import { checkOutputSize } from './output-size.ts';
import { toCheckedJson } from './runtime/json.ts';
import { Machine } from './runtime/machine.ts';
import type { Cell, Value } from './runtime/values.ts';
import { isFunction } from './runtime/values.ts';
import { positionOf } from './syntax/source.ts';

/** A file that an import means. `path` names it: the same path is evaluated once. */
export interface ImportedFile {
  readonly path: string;
  readonly text: string;
}

/** Finds the file for an import; `from` is the path of the importing file. `undefined` means there is none. */
export type Importer = (path: string, from: string) => ImportedFile | undefined;

export interface EvaluateOptions {
  /** The name of the source in errors, and what imports are relative to. */
  readonly file: string;
  /** External variables with text values, and such whose values are Jsonnet code. */
  readonly extVars?: Readonly<Record<string, string>>;
  readonly extCode?: Readonly<Record<string, string>>;
  /** Arguments for a file that is a function, as text or as code. */
  readonly tlaVars?: Readonly<Record<string, string>>;
  readonly tlaCode?: Readonly<Record<string, string>>;
  /** Without it every import is an error. What it throws is passed on. */
  readonly importer?: Importer;
  readonly limits?: Partial<Limits>;
}

/** What `std.trace` said, and where. */
export interface TraceMessage extends Position {
  readonly message: string;
}

export interface Evaluation {
  readonly value: JsonValue;
  readonly traces: readonly TraceMessage[];
}

/**
 * Evaluates a Jsonnet file as google/go-jsonnet 0.20 does, without file system, network, clock or chance. Throws
 * `JsonnetError` for everything that is wrong with the source or beyond the limits.
 */
export function evaluate(source: string, options: EvaluateOptions): Evaluation {
  const traces: TraceMessage[] = [];
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const loader = new Loader(options);
  const root = { source: { file: options.file, text: source }, offset: 0 };
  const machine = new Machine(
    limits,
    {
      load: (asking, node) => loader.load(asking, node),
      external: (asking, name) => loader.external(asking, name),
      trace: (message, place) => traces.push({ message, ...positionOf(place) }),
    },
    { kind: 'literal', value: null, ...root },
  );
  try {
    const value = applyArguments(machine, loader, loader.evaluateSource(machine, root.source), options);
    const json = toCheckedJson(machine, value);
    checkOutputSize(machine, json);
    return { value: json, traces };
  } catch (error) {
    // The depth limits come first by far; this is for a caller that has used up most of the stack itself.
    if (!(error instanceof RangeError) || !error.message.includes('call stack')) throw error;
    throw new JsonnetError('limit', 'The evaluation is nested too deeply.', positionOf(root), [], {
      cause: error,
    });
  }
}

export interface DocumentsEvaluation {
  readonly documents: readonly JsonValue[];
  readonly traces: readonly TraceMessage[];
}

/** Like `evaluate`, for a file that stands for documents: a top-level array is a stream, anything else is one. */
export function evaluateDocuments(source: string, options: EvaluateOptions): DocumentsEvaluation {
  const { value, traces } = evaluate(source, options);
  return { documents: Array.isArray(value) ? value : [value], traces };
}

/** A file that is a function is called with the top-level arguments; for any other they mean nothing. */
function applyArguments(machine: Machine, loader: Loader, value: Value, options: EvaluateOptions): Value {
  if (!isFunction(value)) return value;
  const texts: [string, Cell][] = Object.entries(options.tlaVars ?? {});
  const codes = Object.entries(options.tlaCode ?? {}).map(
    ([name, code]) => [name, loader.delayCode(machine, `<top-level argument ${name}>`, code)] as const,
  );
  return machine.call(value, [], [...texts, ...codes]);
}
