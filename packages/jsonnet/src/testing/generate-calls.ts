import type { Generator } from './generate.ts';

type Kind = 'num' | 'int' | 'str' | 'arr' | 'strs' | 'obj' | 'any' | 'fn1' | 'fn2' | 'bool' | 'sorted';

/** Library functions with what they take; now and then a call gets something else. */
const FUNCTIONS: readonly (readonly [string, ...Kind[]])[] = [
  ...(['abs', 'sign', 'ceil', 'floor', 'round', 'sqrt', 'mantissa', 'exponent', 'char'] as const).map(
    (name) => [name, 'num'] as const,
  ),
  ...(
    ['toString', 'type', 'length', 'prune', 'isNumber', 'manifestJson', 'manifestJsonMinified'] as const
  ).map((name) => [name, 'any'] as const),
  ...(
    ['manifestYamlDoc', 'manifestPython', 'escapeStringJson', 'escapeStringBash', 'escapeStringXML'] as const
  ).map((name) => [name, 'any'] as const),
  ...(
    ['asciiUpper', 'asciiLower', 'stringChars', 'codepoint', 'parseInt', 'parseHex', 'parseOctal'] as const
  ).map((name) => [name, 'str'] as const),
  ...(['md5', 'base64', 'base64Decode', 'encodeUTF8', 'isEmpty', 'parseJson', 'parseYaml'] as const).map(
    (name) => [name, 'str'] as const,
  ),
  ...(
    ['objectFields', 'objectFieldsAll', 'objectValues', 'objectValuesAll', 'objectKeysValues'] as const
  ).map((name) => [name, 'obj'] as const),
  ...(['manifestToml', 'manifestPythonVars', 'manifestIni', 'length'] as const).map(
    (name) => [name, 'obj'] as const,
  ),
  ...(
    ['sort', 'uniq', 'set', 'reverse', 'all', 'any', 'sum', 'lines', 'deepJoin', 'flattenArrays'] as const
  ).map((name) => [name, 'arr'] as const),
  ...(['setUnion', 'setInter', 'setDiff'] as const).map((name) => [name, 'sorted', 'sorted'] as const),
  ['setMember', 'any', 'sorted'],
  ['max', 'num', 'num'],
  ['min', 'num', 'num'],
  ['mod', 'num', 'num'],
  ['pow', 'num', 'int'],
  ['clamp', 'num', 'num', 'num'],
  ['substr', 'str', 'int', 'int'],
  ['startsWith', 'str', 'str'],
  ['endsWith', 'str', 'str'],
  ['findSubstr', 'str', 'str'],
  ['split', 'str', 'str'],
  ['splitLimit', 'str', 'str', 'int'],
  ['splitLimitR', 'str', 'str', 'int'],
  ['strReplace', 'str', 'str', 'str'],
  ['stripChars', 'str', 'str'],
  ['lstripChars', 'str', 'str'],
  ['rstripChars', 'str', 'str'],
  ['resolvePath', 'str', 'str'],
  ['join', 'str', 'strs'],
  ['member', 'arr', 'any'],
  ['count', 'arr', 'any'],
  ['find', 'any', 'arr'],
  ['slice', 'arr', 'int', 'int', 'int'],
  ['repeat', 'str', 'int'],
  ['repeat', 'arr', 'int'],
  ['map', 'fn1', 'arr'],
  ['filter', 'fn1', 'arr'],
  ['flatMap', 'fn1', 'arr'],
  ['mapWithIndex', 'fn2', 'arr'],
  ['foldl', 'fn2', 'arr', 'any'],
  ['foldr', 'fn2', 'arr', 'any'],
  ['makeArray', 'int', 'fn1'],
  ['mapWithKey', 'fn2', 'obj'],
  ['mergePatch', 'obj', 'obj'],
  ['get', 'obj', 'str', 'any'],
  ['objectHas', 'obj', 'str'],
  ['objectHasAll', 'obj', 'str'],
  ['format', 'str', 'arr'],
  ['equals', 'any', 'any'],
  ['xor', 'bool', 'bool'],
  ['manifestJsonEx', 'any', 'str'],
  ['manifestTomlEx', 'obj', 'str'],
  ['manifestYamlDoc', 'any', 'bool', 'bool'],
  ['manifestYamlStream', 'arr', 'bool', 'bool', 'bool'],
];

const VALUES: Readonly<Record<Kind, readonly string[]>> = {
  num: ['0', '1', '-1', '2.5', '-0.5', '1e3', '0.1', '65', '255', '1e15', '-7', '1e-3'],
  int: ['0', '1', '2', '3', '-1', '5', '10'],
  str: [
    '""',
    '"a"',
    '"ab"',
    '"banana"',
    '"a,b,,c"',
    '","',
    '"é😀z"',
    '"12"',
    '"ff"',
    '"-7"',
    '" x "',
    '"YQ=="',
    '"%s|%d"',
    '"[1, {\\"a\\": null}]"',
    '"a: [1, b]"',
    '"x/y/z"',
    '"\\t"',
    '"Zz"',
  ],
  arr: [
    '[]',
    '[1, 2, 3]',
    '[3, 1, 2, 1]',
    '["a", "b"]',
    '["b", "a", "b"]',
    '[[1], [2, 3]]',
    '[true, false]',
    '[null, 1]',
    '["x", ["y"]]',
    '[{a: 1}, {b: [2]}]',
    '[1, "a"]',
  ],
  strs: ['[]', '["a"]', '["a", "b", "é"]', '["a", null, ""]', '[["a"]]'],
  sorted: ['[]', '[1]', '[1, 2, 3]', '[2, 3, 4]', '["a", "b"]', '["b", "c"]', '[0, 3]'],
  obj: [
    '{}',
    '{a: 1}',
    '{a: 1, b: "x", c:: 2}',
    '{a: {b: {c: []}}, d: [{e: 1}, {f: {}}]}',
    '{a: null, b: [], "c d": "x\\ny\\n"}',
    '{main: {x: 1}, sections: {s: {y: [1, "z"]}}}',
    '{"true": 1, "1.5": 2, "é": [[], [1, [2]]], "-": {}}',
    '{a: null}',
  ],
  any: [
    'null',
    'true',
    '1',
    '-0.25',
    '"s"',
    '"a\\"b\\\\"',
    '"l1\\nl2\\n"',
    '[1, [2, {a: "b"}], {}]',
    '{a: [1, "x"], b: {c: null, d:: 1}}',
    '[]',
    '{}',
    '"\\u007f\\u0001"',
    '[[[1]], {x: [[]]}]',
  ],
  fn1: [
    'function(x) x',
    'function(x) [x, x]',
    'function(x) x == 1',
    'function(x) x + 1',
    'function(x) "k" + x',
    'std.type',
  ],
  fn2: ['function(a, b) a', 'function(a, b) [a, b]', 'function(a, b) a + b', 'function(a, b) "" + a + b'],
  bool: ['true', 'false'],
};
const KINDS = Object.keys(VALUES) as Kind[];

/** A call of a library function; one argument in twelve is of a kind that the function does not expect. */
export function makeCall(generator: Generator): string {
  const [name, ...kinds] = generator.pick(FUNCTIONS);
  const values = kinds.map((kind) =>
    generator.pick(VALUES[generator.below(12) === 0 ? generator.pick(KINDS) : kind]),
  );
  return `std.${name}(${values.join(', ')})`;
}

const FORMAT_NUMBERS = [
  '0',
  '1',
  '-1',
  '0.5',
  '-0.5',
  '1.005',
  '2.675',
  '-0.001',
  '123456.789',
  '1e10',
  '1e15',
  '1e16',
  '1e-5',
  '9.9999999',
  '0.1',
  '1e21',
  '3.14159265358979',
  '1e100',
  '1e-100',
  '999999.5',
  '255',
  '64',
];

/** A format of one number. */
export function makeFormat(generator: Generator): string {
  const flags = generator.several(2, () => generator.pick(['0', '-', '+', ' ', '#']), '');
  const width = generator.pick(['', '', '1', '8', '14']);
  const precision = generator.pick(['', '', '.0', '.1', '.3', '.9']);
  const conversion = generator.pick([...'diouxXeEfFgGs']);
  return `"%${flags}${width}${precision}${conversion}|" % [${generator.pick(FORMAT_NUMBERS)}]`;
}

/** A key for `std.manifestYamlDoc` without quotes: does it look like something else? */
export function makeYamlKey(generator: Generator): string {
  const alphabet = generator.pick([
    '01b_-',
    '0123456789abcdefx_-',
    '0123456789e._-',
    '0123456789-',
    'ynoYNOfF',
    'aZ_-./ :é',
    '.-~nafi+',
  ]);
  const key = generator.several(7, () => generator.pick([...alphabet]), '');
  const prefix = generator.pick(['', '', '', '0x', '0b', '-0x', '-']);
  return `std.manifestYamlDoc({[${JSON.stringify(prefix + key)}]: 1}, quote_keys=false)`;
}

const YAML_PARTS = [
  'a: 1',
  'b:',
  '  c: d',
  '- x',
  '  - y',
  '    z: [1, {q: r}]',
  '"k": \'v\'',
  '|',
  '  text',
  '',
  '# n',
  'x: |',
  'y: >-',
  '   more',
  '? e',
  ': f',
  '- - g',
  '-',
  'h: &i 1',
  'j: *i',
  'k: !!str 2',
  '<<: {l: 1}',
  'm: yes',
  '  n',
  '[1, 2]',
  '{o: p}',
  '---',
  '- q: 1',
  '  r: 2',
  's: "t',
  '  u"',
  "v: 'w",
  "  x'",
  'y: - z',
  '%',
  '@',
  '\tz: 1',
  'aa: 0x1F',
  'bb: ~',
  '- cc # dd',
  'ee: ff:gg',
  '...',
];

/** Lines put together at random: mostly broken YAML, which must be refused the same way. */
export function makeYaml(generator: Generator): string {
  const text = generator.several(6, () => generator.pick(YAML_PARTS), '\n');
  return `std.parseYaml(${JSON.stringify(`${text}\n`)})`;
}
