import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCases, readRecordedAnswers } from './testing/cases.ts';
import { agree } from './testing/differences.ts';
import { evaluate } from './testing/evaluate.ts';

/** Chapters of the language's specification (starlark-go, doc/spec.md): an expression and its `repr`. */
const CHAPTERS: Readonly<Record<string, readonly (readonly [expression: string, repr: string])[]>> = {
  'None, booleans and truth': [
    [
      '[bool(x) for x in [None, False, 0, 0.0, "", [], (), {}, range(0)]]',
      '[False, False, False, False, False, False, False, False, False]',
    ],
    [
      '[bool(x) for x in [True, 1, -0.5, " ", [0], (None,), {0: 0}, len]]',
      '[True, True, True, True, True, True, True, True]',
    ],
    ['True == 1', 'False'],
    ['None == False', 'False'],
  ],
  'integers of any size': [
    ['0x7fffffffffffffff + 1', '9223372036854775808'],
    ['-7 // 2, -7 % 2, 7 // -2, 7 % -2', '(-4, 1, -4, -1)'],
    ['1 << 100 >> 98', '4'],
    ['5 & 3 | 8 ^ 1', '9'],
    ['~0, -(-3), +4', '(-1, 3, 4)'],
    ['int("-0x1F", 16), int("0b11", 0), int("z", 36), int(-2.9)', '(-31, 3, 35, -2)'],
  ],
  floats: [
    ['1.0, 1e6, 1e-5, 123456.0, 1e21', '(1.0, 1e+06, 1e-05, 123456.0, 1e+21)'],
    ['1 / 2, 3.0 // 2, -1.5 % 1', '(0.5, 1.0, 0.5)'],
    ['float("inf"), float("-Infinity"), float("nan")', '(+inf, -inf, nan)'],
    ['float("nan") == float("nan"), 1 == 1.0, 1 < 1.5', '(True, True, True)'],
  ],
  'strings are sequences of bytes': [
    ['len("é"), "é"[0:2], "abc"[-1], "abcdef"[::-2]', '(2, "é", "c", "fdb")'],
    ['list("aé".elems()), list("aé".codepoints())', '(["a", "\\xc3", "\\xa9"], ["a", "é"])'],
    ['list("aé".elem_ords()), list("aé".codepoint_ords())', '([97, 195, 169], [97, 233])'],
    ['"\\t\\x41\\u00e9\\U0001F600" + r"\\n"', '"\\tAé😀\\\\n"'],
    ['hash("hello"), ord("€"), chr(8364)', '(99162322, 8364, "€")'],
  ],
  'methods of strings': [
    [
      '"hello, world".title(), "ABC".lower(), "straße".upper(), "élan".capitalize()',
      '("Hello, World", "abc", "STRAßE", "Élan")',
    ],
    [
      '"banana".count("an"), "banana".find("n", 3), "banana".rfind("a"), "banana".index("nan")',
      '(2, 4, 5, 2)',
    ],
    [
      '"one two  three".split(), "a,b,c".split(",", 1), "a,b,c".rsplit(",", 1)',
      '(["one", "two", "three"], ["a", "b,c"], ["a,b", "c"])',
    ],
    ['"a\\nb\\n".splitlines(), "a\\nb".splitlines(True)', '(["a", "b"], ["a\\n", "b"])'],
    [
      '"one/two/three".partition("/"), "one/two/three".rpartition("/")',
      '(("one", "/", "two/three"), ("one/two", "/", "three"))',
    ],
    ['" a ".strip(), "xxaxx".lstrip("x"), "xxaxx".rstrip("x")', '("a", "axx", "xxa")'],
    [
      '"banana".replace("a", "o", 2), "prefix".removeprefix("pre"), "a.b".removesuffix(".b")',
      '("bonona", "fix", "a")',
    ],
    [
      '"a{}b{}c".format(1, "x"), "{1}{0!r}{{}}".format("q", 2), "{x}".format(x = [None])',
      '("a1bxc", "2\\"q\\"{}", "[None]")',
    ],
    [
      '"abc".startswith(("x", "ab")), "abc".endswith("b", 0, 2), ", ".join(["a", "b"])',
      '(True, True, "a, b")',
    ],
  ],
  'string interpolation': [
    ['"%s %r %d %i %% %c%c" % ("a", "a", 1.9, True and 2, 65, "é")', '"a \\"a\\" 1 2 % Aé"'],
    ['"%x %X %o %e %f %g" % (255, 255, 8, 1.5, 1.5, 1.5)', '"ff FF 10 1.500000e+00 1.500000 1.5"'],
    ['"%(name)s is %(age)d" % {"name": "x", "age": 3}', '"x is 3"'],
    ['"%s" % ((1, 2),), "%s" % [1]', '("(1, 2)", "[1]")'],
  ],
  'lists and tuples': [
    ['[1, 2] + [3], [0] * 3, (1,) + (2, 3), 2 * (1,)', '([1, 2, 3], [0, 0, 0], (1, 2, 3), (1, 1))'],
    ['[1, 2, 3, 4][1:-1], (1, 2, 3)[::-1], [1, 2][5:]', '([2, 3], (3, 2, 1), [])'],
    ['[1, 2] < [1, 3], (1, "b") > (1, "a"), [1, [2]] == [1, [2]]', '(True, True, True)'],
    [
      'sorted([3, 1, 2], reverse = True), sorted(["bb", "a"], key = len), max([1, 3, 2]), min("b", "a")',
      '([3, 2, 1], ["a", "bb"], 3, "a")',
    ],
    [
      'list(enumerate(["a"], 1)), zip([1, 2], "ab".elems()), reversed([1, 2])',
      '([(1, "a")], [(1, "a"), (2, "b")], [2, 1])',
    ],
  ],
  'dictionaries keep the order of insertion': [
    [
      '{"b": 1, "a": 2}.keys(), dict([("x", 1)], y = 2), {1: "int", 1.5: "float"}[1.0]',
      '(["b", "a"], {"x": 1, "y": 2}, "int")',
    ],
    ['{"a": 1} | {"a": 2, "b": 3}, "a" in {"a": None}, {"a": 1}.get("b", 5)', '({"a": 2, "b": 3}, True, 5)'],
    ['{(1, "x"): [2]}.items(), {x: x * x for x in range(3)}', '([((1, "x"), [2])], {0: 0, 1: 1, 2: 4})'],
  ],
  'sets, ranges and bytes': [
    [
      'set([1, 2]) | set([3]), set([1, 2]) & set([2]), set([1, 2]) - set([2]), set([1]) ^ set([2])',
      '(set([1, 2, 3]), set([2]), set([1]), set([1, 2]))',
    ],
    [
      'list(range(1, 10, 3)), range(10)[2:4], 4 in range(0, 10, 2), range(3) == range(0, 3, 1)',
      '([1, 4, 7], range(2, 4), True, True)',
    ],
    [
      'b"a\\xff", bytes("é"), bytes([65]), list(b"ab".elems()), str(b"\\xff"), 97 in b"abc"',
      '(b"a\\xff", b"é", b"A", [97, 98], "�", True)',
    ],
  ],
  expressions: [
    ['1 if [] else 2, 0 or "x", 1 and 2, not 1', '(2, "x", 2, False)'],
    ['[(x, y) for x in range(3) if x != 1 for y in [x, -x] if y >= 0]', '[(0, 0), (0, 0), (2, 2)]'],
    [
      '(lambda a, b = 2, *c, d, e = 5, **f: [a, b, c, d, e, f])(1, *[3, 4], **{"d": 6, "g": 7})',
      '[1, 3, (4,), 6, 5, {"g": 7}]',
    ],
    ['[f() for f in [lambda: x for x in range(3)]]', '[2, 2, 2]'],
    [
      'type(len), repr(len), repr("".join), repr(lambda: 1)',
      '("builtin_function_or_method", "<built-in function len>", "<built-in method join of string value>", "<function lambda>")',
    ],
    ['getattr("a", "upper")(), hasattr([], "x"), dir({})[:3]', '("A", False, ["clear", "get", "items"])'],
  ],
};

for (const [chapter, rows] of Object.entries(CHAPTERS)) {
  test(`the language: ${chapter}`, () => {
    for (const [expression, repr] of rows) {
      const answer = evaluate({ source: `def main(ctx):\n  return (${expression})\n`, main: true });
      assert.deepEqual(
        { expression, result: answer.result, message: answer.message },
        { expression, result: repr, message: '' },
      );
    }
  });
}

test('what Starlark-Go was recorded to answer is answered here too', () => {
  const recorded = readRecordedAnswers();
  const cases = readCases();
  assert.equal(recorded.length, cases.length);
  for (const [index, item] of cases.entries()) {
    const theirs = recorded[index];
    if (theirs === undefined || theirs.differs) continue;
    const ours = evaluate(item);
    assert.ok(
      agree(theirs, ours),
      `${item.source}\nrecorded: ${JSON.stringify(theirs)}\nours: ${JSON.stringify(ours)}`,
    );
  }
});
