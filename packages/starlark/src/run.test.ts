import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StarlarkError, type StarlarkErrorKind } from './errors.ts';
import type { StarlarkInput } from './input.ts';
import type { Limits } from './limits.ts';
import { runStarlark, type StarlarkResult } from './run.ts';

const CONTEXT: StarlarkInput = {
  build: { event: 'push', branch: 'main', debug: true, params: { target: 'eu' } },
  repo: { slug: 'octo/hällo', private: false },
  input: { replicas: 3, ratio: 0.5, none: null, regions: ['a', { name: 'b' }], labels: { 'a-b': 1 } },
};

function run(source: string, limits?: Partial<Limits>): StarlarkResult {
  return runStarlark(source, { file: '.drone.star', ctx: CONTEXT, ...(limits && { limits }) });
}

function failure(source: string, limits?: Partial<Limits>): StarlarkError {
  try {
    run(source, limits);
  } catch (error) {
    if (error instanceof StarlarkError) return error;
    throw error;
  }
  throw new Error(`the script should have failed:\n${source}`);
}

test('[pipeline 117] a list gives one document per element, a dict gives one', () => {
  const list = run('def main(ctx):\n  return [{"kind": "pipeline", "name": n} for n in ["a", "b"]]\n');
  assert.deepEqual(list.documents, [
    { kind: 'pipeline', name: 'a' },
    { kind: 'pipeline', name: 'b' },
  ]);
  assert.equal(list.text, '---\n{"kind": "pipeline", "name": "a"}\n---\n{"kind": "pipeline", "name": "b"}\n');
  const dict = run('def main(ctx):\n  return {"kind": "secret"}\n');
  assert.deepEqual(dict.documents, [{ kind: 'secret' }]);
  assert.equal(dict.text, '{"kind": "secret"}');
});

test('[pipeline 117] a string as result is an error', () => {
  const error = failure('def main(ctx):\n  return "kind: pipeline"\n');
  assert.equal(error.kind, 'result');
  assert.match(error.message, /must return a dict or a list of dicts, but returned a string/);
});

test('[pipeline 117] an endless loop outside of functions ends with the step limit', () => {
  const error = failure('x = [i for i in range(1 << 40)]\ndef main(ctx):\n  return {}\n');
  assert.equal(error.kind, 'limit');
  assert.match(error.message, /more than 50000 steps/);
  assert.deepEqual([error.line, error.column], [1, 8]);
});

test('ctx has records with fields, and dicts and lists inside of them', () => {
  const { documents, printed } = run(`
def main(ctx):
    print(ctx.build.event, ctx.repo.slug, type(ctx.build), sep = "|")
    return {
        "params": ctx.build.params,
        "target": ctx.build.params["target"],
        "debug": ctx.build.debug,
        "replicas": ctx.input.replicas + 1,
        "ratio": ctx.input.ratio,
        "none": ctx.input.none,
        "regions": ctx.input.regions,
        "label": ctx.input.labels["a-b"],
        "has": hasattr(ctx.input, "missing"),
    }
`);
  assert.deepEqual(printed, ['push|octo/hällo|struct']);
  assert.deepEqual(documents[0], {
    params: { target: 'eu' },
    target: 'eu',
    debug: true,
    replicas: 4,
    ratio: 0.5,
    none: null,
    regions: ['a', { name: 'b' }],
    label: 1,
    has: false,
  });
});

test('the text is written as Drone writes it, with all digits of ints and short floats', () => {
  const { text, documents } = run(`
def main(ctx):
    return {"i": 123456789012345678, "f": [1.0, 1e6, 0.1], "t": (1, True, None), 5: "key", "s": "é\\n\\t\\"\\u2028\\x01", "r": range(3)}
`);
  assert.equal(
    text,
    '{"i": 123456789012345678, "f": [1, 1e+06, 0.1], "t": [1, true, null], "5": "key", "s": "é\\n\\t\\"\\u2028\\u0001", "r": [0, 1, 2]}',
  );
  assert.deepEqual(documents[0], {
    i: '123456789012345678',
    f: [1, 1_000_000, 0.1],
    t: [1, true, null],
    '5': 'key',
    s: 'é\n\t"\u2028\u0001',
    r: [0, 1, 2],
  });
});

const REFUSED_RESULTS: readonly (readonly [result: string, cause: RegExp])[] = [
  ['{"a": set()}', /contains a set/],
  ['{"a": len}', /contains a builtin_function_or_method/],
  ['{"a": ctx.repo}', /contains a struct/],
  ['{"a": float("nan")}', /infinite or no number/],
  ['{(1, 2): 1}', /key of type tuple/],
  ['{1: "a", "1": "b"}', /two keys that are both written "1"/],
  ['None', /returned a NoneType/],
  ['({},)', /returned a tuple/],
];

test('results that no pipeline can have are refused with their type', () => {
  for (const [result, cause] of REFUSED_RESULTS) {
    const error = failure(`def main(ctx):\n  return ${result}\n`);
    assert.equal(error.kind, 'result', result);
    assert.match(error.message, cause);
  }
});

const ERRORS: readonly (readonly [
  source: string,
  kind: StarlarkErrorKind,
  line: number,
  column: number,
  cause: RegExp,
])[] = [
  ['def main(ctx):\n  return (1,\n', 'syntax', 3, 1, /expected an expression|to close the parenthesis/],
  ['def main(ctx):\n  return 1 +* 2\n', 'syntax', 2, 13, /expected an expression, found "\*"/],
  ['def main(ctx):\n  x = "ü" ? 1\n', 'syntax', 2, 11, /"\?" has no meaning/],
  ['def main(ctx):\n  class A: pass\n', 'syntax', 2, 3, /reserved word/],
  ['def main(ctx):\n  return ctxx.build\n', 'name', 2, 10, /ctxx is not defined; did you mean ctx\?/],
  ['if True:\n  x = 1\n', 'name', 1, 1, /must be inside a function/],
  ['x = 1\nx = 2\n', 'name', 2, 1, /has a value already/],
  ['def main(ctx):\n  while True: pass\n', 'name', 2, 3, /no while loops/],
  [
    'load("lib.star", "x")\ndef main(ctx): return {}\n',
    'name',
    1,
    1,
    /load is not possible; put the functions of "lib.star"/,
  ],
  [
    'def main(ctx):\n  return ctx.build.evnt\n',
    'runtime',
    2,
    19,
    /build has no field or method \.evnt; did you mean \.event\?/,
  ],
  ['def main(ctx):\n  return {}["x"]\n', 'runtime', 2, 12, /no key "x"/],
  ['def main(ctx):\n  fail("no", 1)\n', 'runtime', 2, 7, /fail: no 1/],
  ['def main():\n  return {}\n', 'runtime', 1, 1, /main\(\) takes no positional arguments, got 1/],
  ['x = 1\n', 'result', 0, 0, /defines no function main/],
  ['main = 1\n', 'result', 0, 0, /main must be a function, but is a int/],
  ['x = []\ndef main(ctx):\n  x.append(1)\n', 'runtime', 3, 11, /frozen list/],
  ['def main(ctx):\n  l = [1]\n  for x in l:\n    l.append(x)\n', 'runtime', 4, 13, /while iterating/],
  ['def f(): return f()\ndef main(ctx): return f()\n', 'runtime', 1, 18, /calls itself/],
];

test('errors say where and why', () => {
  for (const [source, kind, line, column, cause] of ERRORS) {
    const error = failure(source);
    assert.deepEqual(
      [error.kind, error.line, error.column, error.file],
      [kind, line, column, '.drone.star'],
      source,
    );
    assert.match(error.message, cause);
  }
});

test('an error while running tells the calls that led to it', () => {
  const error = failure(
    'def step(n):\n  return 1 // n\n\ndef main(ctx):\n  return [step(i) for i in [1, 0]]\n',
  );
  assert.deepEqual(error.trace, [
    { function: 'main', line: 5, column: 15 },
    { function: 'step', line: 2, column: 12 },
  ]);
  assert.equal(
    error.describe(),
    '.drone.star:2:12: integer division by zero\n  in main at .drone.star:5:15\n  in step at .drone.star:2:12',
  );
});

test('async, await and from are names, and \\x escapes may spell UTF-8, as in the Starlark of Drone', () => {
  const { documents } = run(
    'def copy(from): return from\ndef main(ctx):\n  return {"mark": copy(from = "\\xe2\\x9c\\x93")}\n',
  );
  assert.deepEqual(documents, [{ mark: '✓' }]);
});

test('two runs know nothing of each other', () => {
  const source =
    'def main(ctx):\n  ctx.build.params["n"] = len(ctx.build.params)\n  return ctx.build.params\n';
  assert.deepEqual(run(source).documents, run(source).documents);
});
