import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { Table } from '../values/table.ts';
import { Dict, type Func, type FunctionCode, type Keyword, Tuple, type Value } from '../values/value.ts';

/** The local variables with which a call begins: parameters, then the tuple of `*args`, then the dict of `**kwargs`. */
export function bindArguments(
  func: Func,
  args: readonly Value[],
  kwargs: readonly Keyword[],
  meter: Meter,
): (Value | undefined)[] {
  const { code } = func;
  meter.allocate(64 + 8 * code.localCount);
  const locals: (Value | undefined)[] = new Array(code.localCount).fill(undefined);
  const positionalCount = code.parameters.length - code.keywordOnlyCount;
  if (args.length > positionalCount && !code.hasVarargs) {
    throw new Failure(
      `${code.name}() takes ${count(positionalCount, 'positional argument')}, got ${args.length}`,
    );
  }
  for (const [index, value] of args.slice(0, positionalCount).entries()) locals[index] = value;
  let next = code.parameters.length;
  if (code.hasVarargs) {
    meter.allocate(8 * args.length);
    locals[next] = new Tuple(args.slice(positionalCount));
    next += 1;
  }
  bindKeywords(code, kwargs, locals, code.hasKwargs ? next : undefined, meter);
  bindDefaults(func, locals);
  return locals;
}

function bindKeywords(
  code: FunctionCode,
  kwargs: readonly Keyword[],
  locals: (Value | undefined)[],
  dictIndex: number | undefined,
  meter: Meter,
): void {
  const rest = new Table();
  if (dictIndex !== undefined) locals[dictIndex] = new Dict(rest);
  for (const [name, value] of kwargs) {
    meter.work(1);
    const index = code.parameters.indexOf(name);
    if (index < 0 && dictIndex === undefined) throw new Failure(`${code.name}() has no parameter ${name}`);
    const isNew = index < 0 ? rest.set(name, value, meter) : locals[index] === undefined;
    if (!isNew) throw new Failure(`${code.name}() gets the parameter ${name} twice`);
    if (index >= 0) locals[index] = value;
  }
}

function bindDefaults(func: Func, locals: (Value | undefined)[]): void {
  const { parameters, name } = func.code;
  const firstDefault = parameters.length - func.defaults.length;
  const missing: string[] = [];
  for (const [index, parameter] of parameters.entries()) {
    if (locals[index] !== undefined) continue;
    const value = index < firstDefault ? undefined : func.defaults[index - firstDefault];
    if (value === undefined) missing.push(parameter);
    locals[index] = value;
  }
  if (missing.length > 0)
    throw new Failure(`${name}() lacks ${count(missing.length, 'argument')}: ${missing.join(', ')}`);
}

function count(number: number, thing: string): string {
  return `${number === 0 ? 'no' : number} ${thing}${number === 1 ? '' : 's'}`;
}
