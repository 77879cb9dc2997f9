import { type GoValue, type TemplateFunction, toCallable, toValue } from './data.ts';
import { Failure } from './failure.ts';
import type { CallEnvironment, GoFunction, Hashes, Yaml, ZoneLookup } from './function-table.ts';
import { BUILTINS } from './library/builtins.ts';
import { ENCODING_FUNCTIONS } from './library/encoding.ts';
import { PATTERN_FUNCTIONS } from './library/patterns.ts';
import { STRING_FUNCTIONS } from './library/strings.ts';
import { TIME_FUNCTIONS } from './library/times.ts';
import { Budget, DEFAULT_LIMITS, type TemplateLimits } from './limits.ts';
import { isStackOverflow } from './run/call.ts';
import { execute } from './run/execute.ts';
import type { Run } from './run/run.ts';
import { Scope } from './run/scope.ts';
import { parseTemplate } from './syntax/parser.ts';
import { TemplateError, type TemplatePlace } from './template-error.ts';
import { decodeUtf8, encodeUtf8 } from './text/bytes.ts';

export interface RenderOptions {
  /** Name of the template, shown in errors. */
  readonly name: string;
  /** What `.` is. */
  readonly data: GoValue;
  /** Further functions; they replace those of the same name. */
  readonly functions?: Readonly<Record<string, TemplateFunction>>;
  /** Milliseconds since 1970, for `now`; without it `now` is an error. */
  readonly now?: () => number;
  readonly limits?: Partial<TemplateLimits>;
  readonly hashes?: Hashes;
  readonly yaml?: Yaml;
  /** Looks time zones up; without it only UTC is known. `time/intl-zone.ts` has one. */
  readonly zones?: ZoneLookup;
  /** Zone of times that name none; default `UTC`. */
  readonly localZone?: string;
}

/**
 * Renders a Go text/template with the functions that Drone offers (pipeline.md 9.2). Nothing is escaped. Throws
 * `TemplateError` with kind, place and call trace for everything that is wrong with the template or too much.
 */
export function renderTemplate(source: string, options: RenderOptions): string {
  const bytes = encodeUtf8(source);
  const budget = new Budget({ ...DEFAULT_LIMITS, ...options.limits });
  let run: Run | undefined;
  try {
    if (bytes.length > budget.limits.sourceBytes)
      throw new Failure('limit', `The template is larger than ${budget.limits.sourceBytes} bytes.`, 0);
    run = prepare(bytes, options, budget);
    execute(run, run.scope.read('$'), run.templates.get(encodeUtf8(options.name)) ?? []);
    return decodeUtf8(run.output.join(''));
  } catch (error) {
    throw toTemplateError(error, bytes, options.name, run);
  }
}

function prepare(bytes: string, options: RenderOptions, budget: Budget): Run {
  const functions = collectFunctions(options.functions ?? {}, budget);
  const templates = parseTemplate(encodeUtf8(options.name), bytes, new Set(functions.keys()), budget);
  // Data that is nil as a whole has only missing fields.
  const dot = toValue(options.data, budget) ?? undefined;
  const env: CallEnvironment = {
    budget,
    now: options.now,
    hashes: options.hashes ?? {},
    yaml: options.yaml ?? {},
    zones: options.zones,
    localZone: options.localZone ?? 'UTC',
  };
  return { env, functions, templates, output: [], frames: [], scope: new Scope(dot), offset: 0 };
}

function collectFunctions(
  own: Readonly<Record<string, TemplateFunction>>,
  budget: Budget,
): ReadonlyMap<string, GoFunction> {
  const functions = new Map<string, GoFunction>();
  const tables = [BUILTINS, STRING_FUNCTIONS, ENCODING_FUNCTIONS, PATTERN_FUNCTIONS, TIME_FUNCTIONS];
  for (const table of tables) for (const [name, fn] of Object.entries(table)) functions.set(name, fn);
  for (const [name, fn] of Object.entries(own)) {
    const { call } = toCallable(fn, budget);
    functions.set(name, { parameters: [], rest: 'any', call: (_, args) => call(args) });
  }
  return functions;
}

/** What is not about the template passes unchanged. */
function toTemplateError(error: unknown, bytes: string, file: string, run: Run | undefined): unknown {
  const failure =
    error instanceof RangeError && isStackOverflow(error)
      ? new Failure('limit', 'The template is nested too deep.', undefined, error)
      : error;
  if (!(failure instanceof Failure)) return error;
  const offset = failure.offset ?? run?.offset ?? 0;
  const calls = (run?.frames ?? []).toReversed();
  const trace = calls.map(
    (frame): TemplatePlace => ({ template: decodeUtf8(frame.template), ...placeOf(bytes, frame.offset) }),
  );
  return new TemplateError(
    failure.kind,
    failure.message,
    { file, ...placeOf(bytes, offset) },
    trace,
    failure,
  );
}

function placeOf(bytes: string, offset: number): { readonly line: number; readonly column: number } {
  const before = bytes.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: decodeUtf8(before.slice(before.lastIndexOf('\n') + 1)).length + 1 };
}
