import type { Random } from './random.ts';

type Kind = 'int' | 'float' | 'string' | 'bool' | 'list' | 'dict' | 'tuple' | 'set' | 'bytes';

const KINDS: readonly Kind[] = ['int', 'float', 'string', 'bool', 'list', 'dict', 'tuple', 'set', 'bytes'];

const LITERALS: Readonly<Record<Kind, readonly string[]>> = {
  int: ['0', '1', '-1', '2', '3', '7', '-5', '10', '255', '65', '1000', '300', '(1 << 70)'],
  float: ['0.0', '1.0', '-1.5', '0.1', '2.5', '1e10', '1e-7', '123456.789', 'float("inf")', 'float("nan")'],
  string: [
    '""',
    '"a"',
    '"abc"',
    '"héllo"',
    '"a,b,,c"',
    '" x  y "',
    '"%s-%d"',
    '"{} {0} {a}"',
    '"ABC def"',
    '"😀z"',
    '"12"',
    '"a\\nb\\n"',
  ],
  bool: ['True', 'False', 'None'],
  list: ['[]', '[1, 2, 3]', '["b", "a"]', '[[1], [2]]', '[None, 1.5]', 'list(range(5))', 'xs'],
  dict: ['{}', '{"a": 1}', '{"b": [1], "a": {}}', '{1: 2, (1, 2): 3}', 'd'],
  tuple: ['()', '(1,)', '(1, "a")', '("x", "y")', '((1, 2), 3)'],
  set: ['set()', 'set([1, 2, 3])', 'set(["a", "b"])'],
  bytes: ['b""', 'b"abc"', 'b"\\xff\\x00"'],
};

const METHODS: Readonly<Record<Kind, readonly string[]>> = {
  int: [],
  float: [],
  string: [
    'capitalize() count(S) count(S,I) count(S,I,I) elems() elem_ords() codepoints() codepoint_ords() endswith(S)',
    'startswith(S,I) startswith(T) find(S) find(S,I,I) rfind(S,I) index(S) format(A,A) format(A,a=A) isalnum() isalpha()',
    'isdigit() islower() isspace() istitle() isupper() join(L) lower() upper() title() lstrip() rstrip(S) strip(S)',
    'partition(S) rpartition(S) removeprefix(S) removesuffix(S) replace(S,S) replace(S,S,I) split() split(S) split(S,I)',
    'split(None,I) rsplit(S,I) rsplit(None,I) splitlines() splitlines(B)',
  ],
  bool: [],
  list: ['append(A) clear() extend(L) index(A) index(A,I) insert(I,A) pop() pop(I) remove(A)'],
  dict: [
    'clear() get(A) get(A,A) items() keys() values() pop(A) pop(A,A) popitem() setdefault(A,A) update(D) update(L)',
  ],
  tuple: [],
  set: [
    'add(A) clear() difference(L) discard(A) intersection(X) issubset(L) issuperset(X) pop() remove(A) union(L,T) update(L)',
  ],
  bytes: ['elems()'],
};

const FUNCTIONS = [
  'abs(I) abs(F) all(L) any(L) bool(A) bytes(S) bytes(L) chr(I) dict(L) dict(D) dir(A) enumerate(L) enumerate(T,I) float(A)',
  'float(S) hasattr(A,S) hash(S) int(A) int(S) int(S,I) len(A) list(A) max(L) min(A,A) max(L,key=lambda v:str(v)) ord(S)',
  'range(I,I) range(I,I,I) repr(A) reversed(L) set(L) sorted(L) sorted(L,reverse=B) sorted(L,key=lambda v:repr(v)) str(A)',
  'tuple(L) type(A) zip(L,T) zip(X,L) getattr(A,S,A)',
].flatMap((line) => line.split(/(?<=\)) /));

/** Operators that take two values of the kind. */
const OPERATORS: Readonly<Record<Kind, readonly string[]>> = {
  int: ['+', '-', '*', '/', '//', '%', '|', '&', '^', '<', '>=', '==', 'and', '<<', '>>'],
  float: ['+', '-', '*', '/', '//', '%', '<=', '>', '!='],
  string: ['+', '<', '>', '==', 'in', 'not in', 'or'],
  bool: ['<', '>=', '==', 'and', 'or'],
  list: ['+', '<', '==', 'in', 'and'],
  dict: ['|', '==', '!=', 'or'],
  tuple: ['+', '<=', '!=', 'in'],
  set: ['|', '&', '-', '^', '<', '<=', '=='],
  bytes: ['+', '<', '==', 'in'],
};
const ALL_OPERATORS = [...new Set(Object.values(OPERATORS).flat())];

const ARGUMENTS: Readonly<Record<string, Kind>> = {
  S: 'string',
  I: 'int',
  F: 'float',
  L: 'list',
  D: 'dict',
  T: 'tuple',
  X: 'set',
  B: 'bool',
};

/** An expression over the variables `n`, `s`, `xs` and `d` and whatever literals; most of its parts fit together. */
export function generateExpression(random: Random, depth: number): string {
  return expressionOf(random, random.pick(KINDS), depth);
}

/** A program whose `main` makes some values, changes them in a few statements and returns them. */
export function generateProgram(random: Random): string {
  const lines = ['n, s, xs, d = 3, "abc", [1, 2], {"a": 1}', ...statements(random, 2 + random.below(5), 0)];
  return `def main(ctx):\n${lines.map((line) => `    ${line}\n`).join('')}    return [n, s, xs, d]\n`;
}

function statements(random: Random, count: number, depth: number): string[] {
  return Array.from({ length: count }, () => statement(random, depth)).flat();
}

function statement(random: Random, depth: number): string[] {
  const value = (kind: Kind): string => expressionOf(random, kind, 2);
  const block = (): string[] =>
    depth > 2
      ? ['    pass']
      : statements(random, 1 + random.below(2), depth + 1).map((line) => `    ${line}`);
  // Loops are short and do not nest: values that double in each round would use up all memory of the oracle.
  switch (random.below(depth > 0 ? 7 : 10)) {
    case 0:
      return [`n = ${value('int')}`];
    case 1:
      return [
        depth === 0
          ? `s ${random.pick(['=', '+='])} ${value('string')}`
          : `s = (s + ${value('string')})[:50]`,
      ];
    case 2:
      return [
        depth === 0 ? `xs ${random.pick(['=', '+='])} ${value('list')}` : `xs = (xs + ${value('list')})[:20]`,
      ];
    case 3:
      return [`d${random.pick([' =', ' |='])} ${value('dict')}`];
    case 4:
      return [`d[${value('string')}] = ${generateExpression(random, 1)}`];
    case 5:
      return [`xs.append(${generateExpression(random, 2)})`];
    case 6:
      return [`if ${generateExpression(random, 2)}:`, ...block(), 'else:', ...block()];
    case 7:
      return [`for i in ${value('list')}[:4]:`, '    xs = xs + [i]', ...block()];
    case 8:
      return [
        'def f(a, b = n, *c, **e):',
        '    return [a, b, c, e]',
        `xs += [f(${value('int')}, *${value('list')})]`,
      ];
    default:
      return [`print(${generateExpression(random, 2)})`];
  }
}

function expressionOf(random: Random, wanted: Kind, depth: number): string {
  const kind = random.chance(4) ? random.pick(KINDS) : wanted;
  if (depth <= 0 || random.chance(25)) return literal(random, kind);
  const inner = (other: Kind): string => expressionOf(random, other, depth - 1);
  switch (random.below(8)) {
    case 0:
      return random.chance(10)
        ? `(${inner(kind)} ${random.pick(ALL_OPERATORS)} ${inner(random.pick(KINDS))})`
        : `(${inner(kind)} ${random.pick(OPERATORS[kind])} ${inner(kind)})`;
    case 1:
      return call(random, random.pick(FUNCTIONS), depth);
    case 2: {
      const methods = METHODS[kind].flatMap((line) => line.split(' '));
      return methods.length === 0
        ? inner(kind)
        : `${inner(kind)}.${call(random, random.pick(methods), depth)}`;
    }
    case 3:
      return `${inner(random.pick(['string', 'list', 'tuple', 'bytes']))}[${inner('int')}${random.pick(['', ':', ':-1', '::2', '::-1'])}]`;
    case 4:
      return `(${inner(kind)} if ${inner('bool')} else ${inner(kind)})`;
    case 5:
      return `[${random.pick(['v', '(v, v)', 'str(v)', '[v]'])} for v in ${inner('list')}${random.pick(['', ' if v', ' for w in [v]'])}]`;
    case 6:
      return random.pick([
        `("%s" % (${inner(kind)},))`,
        `("%r %d" % (${inner(kind)}, ${inner('int')}))`,
        `(-${inner('int')})`,
        `(not ${inner(kind)})`,
        `(~${inner('int')})`,
      ]);
    default:
      return random.pick([
        `[${inner(kind)}, ${inner(kind)}]`,
        `(${inner(kind)}, ${inner('int')})`,
        `{${inner('string')}: ${inner(kind)}}`,
      ]);
  }
}

/** Fills in a pattern such as `replace(S,S)`: each capital stands for a kind of argument, A for any. */
function call(random: Random, pattern: string, depth: number): string {
  return pattern.replace(/\b[SIFLDTXBA]\b/g, (letter) => {
    const kind = ARGUMENTS[letter] ?? random.pick(KINDS);
    return expressionOf(random, kind, depth - 2);
  });
}

function literal(random: Random, kind: Kind): string {
  if (kind === 'int' && random.chance(20)) return 'n';
  return kind === 'string' && random.chance(20) ? 's' : random.pick(LITERALS[kind]);
}
