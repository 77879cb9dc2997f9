import { StarlarkError } from '../errors.ts';
import { exec, type Module } from '../exec.ts';
import { contextOf, type StarlarkInput } from '../input.ts';
import type { Limits } from '../limits.ts';
import { decodeUtf8 } from '../text/utf8.ts';
import { repr } from '../values/repr.ts';
import { Builtin, Func } from '../values/value.ts';
import type { Answer, Case } from './oracle-client.ts';

/** The same `ctx` as the Go program makes. */
export const CONTEXT: StarlarkInput = {
  build: { event: 'push', branch: 'main', debug: false, params: { target: 'eu' } },
  repo: { name: 'hello', private: true },
  input: { list: [1, 1.5], map: { a: 1 } },
};

/** As many steps as the Go program takes, and plenty of everything else. */
const LIMITS: Partial<Limits> = { steps: 2_000_000, memoryBytes: 1 << 30, work: 100_000_000 };

/** Our answer to a case, in the form of the oracle. */
export function evaluate({ source, main }: Case, limits: Partial<Limits> = LIMITS): Answer {
  let module: Module | undefined;
  try {
    module = exec(source, { file: 'case.star', limits });
    const result = main ? callMain(module) : '';
    return answer(module, { result });
  } catch (error) {
    if (!(error instanceof StarlarkError)) throw error;
    const place = error.line > 0 ? [error.line] : [];
    const lines = error.trace.length > 0 ? error.trace.map(({ line }) => line) : place;
    return answer(module, { error: error.kind, message: error.message, lines });
  }
}

function callMain(module: Module): string {
  const main = module.globals.get('main');
  if (!(main instanceof Func || main instanceof Builtin)) {
    throw new StarlarkError('no main', { kind: 'result', file: 'case.star', line: 0, column: 0 });
  }
  const result = module.call(main, [contextOf(CONTEXT)]);
  return decodeUtf8(module.guard(() => repr(result, (module as Module).meter)));
}

function answer(module: Module | undefined, fields: Partial<Answer>): Answer {
  const printed = module?.printed() ?? [];
  return {
    printed,
    result: '',
    error: '',
    message: '',
    lines: [],
    steps: module?.meter.steps ?? 0,
    ...fields,
  };
}
