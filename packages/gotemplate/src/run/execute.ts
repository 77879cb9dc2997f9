import { failed } from '../failure.ts';
import { printValue } from '../format/print.ts';
import type { ConditionStatement, RangeStatement, Statement, TemplateStatement } from '../syntax/ast.ts';
import { excerpt } from '../text/bytes.ts';
import { isTrue, sortedKeys, typeName, type Value } from '../value.ts';
import { evaluatePipeline } from './evaluate.ts';
import type { Run } from './run.ts';
import { Scope } from './scope.ts';

/** How a list of statements ended: at its end, or on the way to the loop around it. */
type Signal = 'break' | 'continue' | undefined;

/** Runs statements with `dot` as `.`; output goes to `run.output`. Throws failures. */
export function execute(run: Run, dot: Value, statements: readonly Statement[]): Signal {
  for (const statement of statements) {
    run.offset = statement.offset;
    run.env.budget.step();
    const signal = executeStatement(run, dot, statement);
    if (signal !== undefined) return signal;
  }
  return undefined;
}

function executeStatement(run: Run, dot: Value, statement: Statement): Signal {
  switch (statement.type) {
    case 'text':
      write(run, statement.text);
      return undefined;
    case 'action': {
      const value = evaluatePipeline(run, dot, statement.pipeline);
      run.offset = statement.offset;
      if (statement.pipeline.variables.length === 0) write(run, printValue(run.env.budget, value));
      return undefined;
    }
    case 'if':
    case 'with':
      return nested(run, () => executeCondition(run, dot, statement));
    case 'range':
      return nested(run, () => executeRange(run, dot, statement));
    case 'template':
      executeTemplate(run, dot, statement);
      return undefined;
    case 'break':
    case 'continue':
      return statement.type;
  }
}

function write(run: Run, text: string): void {
  run.env.budget.write(text.length);
  run.output.push(text);
}

/** Variables declared inside end with the block. */
function nested(run: Run, action: () => Signal): Signal {
  const mark = run.scope.mark();
  run.env.budget.enter();
  const signal = action();
  run.env.budget.leave();
  run.scope.pop(mark);
  return signal;
}

function executeCondition(run: Run, dot: Value, statement: ConditionStatement): Signal {
  for (const { pipeline, body } of statement.branches) {
    const value = evaluatePipeline(run, dot, pipeline);
    if (isTrue(value)) return execute(run, statement.type === 'with' ? value : dot, body);
  }
  return statement.otherwise === undefined ? undefined : execute(run, dot, statement.otherwise);
}

function executeRange(run: Run, dot: Value, statement: RangeStatement): Signal {
  const { pipeline } = statement;
  const value = evaluatePipeline(run, dot, pipeline);
  run.offset = statement.offset;
  if (typeof value === 'bigint' && pipeline.variables.length > 1)
    throw failed('Counting up to a number gives one variable, not two.');
  const mark = run.scope.mark();
  let isEmpty = true;
  for (const [index, element] of elementsOf(run, value)) {
    isEmpty = false;
    run.env.budget.step();
    bindElement(run, statement, index, element);
    const signal = execute(run, element, statement.body);
    run.scope.pop(mark);
    if (signal === 'break') return undefined;
  }
  if (!isEmpty || statement.otherwise === undefined) return undefined;
  return execute(run, dot, statement.otherwise);
}

function bindElement(run: Run, { pipeline }: RangeStatement, index: Value, element: Value): void {
  const [first, second] = pipeline.variables;
  if (first === undefined) return;
  if (!pipeline.isAssignment) {
    run.scope.setFromTop(1, element);
    if (second !== undefined) run.scope.setFromTop(2, index);
  } else if (second === undefined) run.scope.assign(first, element);
  else {
    run.scope.assign(first, index);
    run.scope.assign(second, element);
  }
}

function* elementsOf({ env }: Run, value: Value): Generator<readonly [Value, Value]> {
  if (value === undefined || value === null) return;
  if (typeof value === 'bigint') {
    for (let count = 0n; count < value; count += 1n) yield [undefined, count];
    return;
  }
  if (typeof value === 'object' && value.kind === 'list') {
    let index = 0n;
    for (const item of value.items) {
      yield [index, item];
      index += 1n;
    }
    return;
  }
  if (typeof value === 'object' && value.kind === 'map') {
    for (const key of sortedKeys(env.budget, value)) yield [key, value.entries.get(key)];
    return;
  }
  throw failed(`range needs a list, a map or a whole number; this is ${typeName(value)}.`);
}

function executeTemplate(run: Run, dot: Value, statement: TemplateStatement): void {
  const statements = run.templates.get(statement.name);
  if (statements === undefined) throw failed(`The template "${excerpt(statement.name)}" is not defined.`);
  const value = statement.pipeline === undefined ? undefined : evaluatePipeline(run, dot, statement.pipeline);
  const { scope } = run;
  run.env.budget.enter();
  run.frames.push({ template: statement.name, offset: statement.offset });
  run.scope = new Scope(value);
  execute(run, value, statements);
  run.scope = scope;
  run.frames.pop();
  run.env.budget.leave();
}
