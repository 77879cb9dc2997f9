import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StarlarkError } from './errors.ts';
import type { Limits } from './limits.ts';
import { runStarlark } from './run.ts';

function kindOf(source: string, limits?: Partial<Limits>): string {
  try {
    runStarlark(source, { file: 'hostile.star', ctx: {}, ...(limits && { limits }) });
    return 'ok';
  } catch (error) {
    if (error instanceof StarlarkError) return error.kind;
    throw error;
  }
}

function main(...lines: readonly string[]): string {
  return `def main(ctx):\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

function calls(count: number, body: (index: number) => string): string {
  const functions = Array.from(
    { length: count },
    (_, index) => `def f${index + 1}(x): return ${body(index)}\n`,
  );
  return `def f0(x): return 1\n${functions.join('')}def main(ctx): return {"a": f${count}(1)}\n`;
}

const HUGE = 1 << 18;

const PROGRAMS: Readonly<Record<string, readonly [source: string, kind: string]>> = {
  'a loop over a huge range': [main('for i in range(1 << 40): pass'), 'limit'],
  'nested loops in a comprehension': ['x = [0 for i in range(100000) for j in range(100000)]', 'limit'],
  'a huge list of a range': [main('return list(range(1 << 40))'), 'limit'],
  'the greatest of a huge range': [main('return max(range(1 << 30))'), 'limit'],
  'a repeated string': [main('return {"a": "a" * (1 << 30)}'), 'limit'],
  'a repeated list': [main('return [0] * 2000000000'), 'limit'],
  'a string that doubles': [main('x = "a"', 'for i in range(40): x += x'), 'limit'],
  'a list that doubles': [main('x = [1]', 'for i in range(40): x += x'), 'limit'],
  'a format with huge parts': [main('return ("{0}" * 1000).format("a" * 1000000)'), 'limit'],
  'a joined text': [main('return ("a" * 1000000).join(["b"] * 100000)'), 'limit'],
  'a replacement that grows': [main('return ("a" * 1000000).replace("", "b" * 1000)'), 'limit'],
  'an int that squares itself': [main('x = 3', 'for i in range(40): x = x * x'), 'limit'],
  'an int of a million digits': [main('return {"a": int("9" * 1000000)}'), 'limit'],
  'many large ints': [main('for i in range(1000): int("z" * 20000, 36)'), 'limit'],
  'the text of a value that shares its parts': [
    main('x = []', 'for i in range(50): x = [x, x]', 'return str(x)'),
    'limit',
  ],
  'a result that shares its parts': [main('x = []', 'for i in range(50): x = [x, x]', 'return x'), 'limit'],
  'a result that contains itself': [main('x = []', 'x.append(x)', 'return x'), 'limit'],
  'a key that shares its parts': [main('x = ()', 'for i in range(50): x = (x, x)', 'return {x: 1}'), 'limit'],
  'a deep value as text': [main('x = []', 'for i in range(5000): x = [x]', 'return str(x)'), 'limit'],
  'a deep key': [main('x = ()', 'for i in range(5000): x = (x,)', 'return {x: 1}'), 'limit'],
  'a deep frozen value': [
    'def f():\n x = []\n for i in range(5000): x = [x]\n return x\ny = f()\ndef main(c): return {}\n',
    'ok',
  ],
  'a comparison of wide values': [
    main(
      'x = []',
      'for i in range(9): x = [x] * 20',
      'y = []',
      'for i in range(9): y = [y] * 20',
      'return x == y',
    ),
    'limit',
  ],
  'a search in a long list, again and again': [
    main('x = list(range(100000))', 'for i in range(10000): -1 in x'),
    'limit',
  ],
  'a search in a long text, again and again': [
    main('x = "a" * 1000000', 'y = "a" * 500000 + "b"', 'for i in range(10000): x.find(y)'),
    'limit',
  ],
  'removal at the front, again and again': [
    main('x = [0] * 1000000', 'for i in range(20000): x.pop(0)', 'for i in range(9000): x.remove(0)'),
    'limit',
  ],
  'a long list as arguments': [main('return {"a": (lambda *a: len(a))(*range(300000))}'), 'ok'],
  'many arguments of zip': [main('zip(*[[1]] * 300000)', 'return {}'), 'ok'],
  'a chain of calls': [calls(2000, (index) => `f${index}(x)`), 'limit'],
  'a short chain of calls': [calls(80, (index) => `f${index}(x)`), 'ok'],
  'a chain of calls in deep expressions': [
    calls(200, (index) => `${'['.repeat(80)}f${index}(x)${']'.repeat(80)}`),
    'limit',
  ],
  'a chain of calls through sorted': [calls(200, (index) => `sorted([1], key = f${index})`), 'limit'],
  'a function that calls itself through lambdas': [
    main('return (lambda f: f(f))(lambda f: f(f))'),
    'runtime',
  ],
  'deep parentheses': [main(`return ${'('.repeat(HUGE)}`), 'syntax'],
  'deep brackets': [`x = ${'['.repeat(HUGE)}`, 'syntax'],
  'many signs': [`x = ${'-'.repeat(HUGE)}1`, 'syntax'],
  'many nots': [`x = ${'not '.repeat(HUGE)}1`, 'syntax'],
  'many lambdas': [`x = ${'lambda: '.repeat(HUGE)}1`, 'syntax'],
  'many conditions': [`x = ${'1 if 0 else '.repeat(10000)}1`, 'syntax'],
  'many attributes': [main(`return ctx${'.a'.repeat(HUGE)}`), 'syntax'],
  'many blocks': [
    `def f():\n${Array.from({ length: 300 }, (_, index) => `${' '.repeat(index + 1)}if 1:\n`).join('')}`,
    'syntax',
  ],
  'a long sum': [`x = ${'1+'.repeat(10000)}1\ndef main(c): return {"a": x}\n`, 'ok'],
  'a long sum of lists': [`x = ${'[1]+'.repeat(10000)}[1]\ndef main(c): return {"a": len(x)}\n`, 'ok'],
  'a long elif': [`def main(c):\n if 0: pass\n${' elif 0: pass\n'.repeat(5000)} return {}\n`, 'ok'],
  'nothing but line ends': [`${'\n'.repeat(HUGE)}def main(c): return {}\n`, 'ok'],
  'line ends in parentheses': [`x = (${'\n'.repeat(HUGE)}1)\ndef main(c): return {}\n`, 'ok'],
  'continued lines': [`${'\\\n'.repeat(HUGE)}x = 1\ndef main(c): return {}\n`, 'ok'],
  'a number that is too long': [`x = ${'9'.repeat(HUGE)}\n`, 'syntax'],
  'a NUL byte': ['x = 1\u0000\n', 'syntax'],
  'names of prototypes': [main('return {"__proto__": 1, "constructor": hasattr("", "constructor")}'), 'ok'],
};

for (const [name, [source, kind]] of Object.entries(PROGRAMS)) {
  test(`hostile input: ${name} ends with ${kind === 'ok' ? 'a result' : `a ${kind} error`}`, () => {
    assert.equal(kindOf(source), kind);
  });
}

test('each limit can be set and is exact', () => {
  const source = main('x = [i for i in range(100)]', 'return {"a": "b" * 100}');
  const { steps } = runStarlark(source, { file: 'f', ctx: {} });
  assert.equal(kindOf(source, { steps: steps + 1 }), 'ok');
  assert.equal(kindOf(source, { steps }), 'limit');
  assert.equal(kindOf(source, { outputBytes: 109 }), 'ok');
  assert.equal(kindOf(source, { outputBytes: 108 }), 'limit');
  assert.equal(kindOf(source, { memoryBytes: 1000 }), 'limit');
  assert.equal(kindOf(source, { work: 1 }), 'limit');
  assert.equal(kindOf(source, { depth: 5 }), 'limit');
});

test('the output limit counts all documents together', () => {
  const source = main('return [{"a": 1}, {"a": 2}]');
  assert.equal(kindOf(source, { outputBytes: 26 }), 'ok');
  assert.equal(kindOf(source, { outputBytes: 25 }), 'limit');
});
