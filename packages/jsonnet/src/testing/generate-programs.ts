import type { Generator } from './generate.ts';

const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '-1',
  '0.5',
  '-2.5',
  '1e3',
  '7',
  '10',
  '255',
  '1e10',
  '0.1',
  '1e-7',
  '64',
];
const STRINGS = [
  '""',
  '"a"',
  '"ab"',
  '"banana"',
  '"é😀x"',
  '"a,b,c"',
  '"12"',
  '"x\\ny\\n"',
  "'%s'",
  '" b "',
  '"A"',
];
const BINARY = [
  '+',
  '+',
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
  '&',
  '|',
  '^',
  '<<',
  '>>',
];
const NAMES = ['a', 'b', 'c', 'x', 'y'];

/** What may be named where the expression stands. */
interface Around {
  readonly names: readonly string[];
  readonly isInObject: boolean;
}

/** An expression of random form; most evaluate, some end in an error. */
export function makeProgram(generator: Generator): string {
  return expression(generator, 5, { names: [], isInObject: false });
}

function expression(generator: Generator, depth: number, around: Around): string {
  if (depth <= 0) return leaf(generator, around);
  const inner = (): string => expression(generator, depth - 1, around);
  const forms: readonly (() => string)[] = [
    () => leaf(generator, around),
    () => `${inner()} ${generator.pick(BINARY)} ${inner()}`,
    () => `(${inner()} ${generator.pick(BINARY)} ${inner()})`,
    () => `${generator.pick(['-', '!', '+', '~'])}${leaf(generator, around)}`,
    () => `[${generator.several(4, inner)}]`,
    () => object(generator, depth, around),
    () => object(generator, depth, around),
    () => `(${object(generator, depth, around)} + ${object(generator, depth, around)})`,
    () => `(${object(generator, depth, around)}).${generator.pick(NAMES)}`,
    () => `(if ${condition(generator, inner)} then ${inner()} else ${inner()})`,
    () => local(generator, depth, around),
    () => functionCall(generator, depth, around),
    () => arrayComprehension(generator, depth, around),
    () => objectComprehension(generator, depth, around),
    () => `(${inner()})[${generator.pick(['0', '1', '"a"', '"b"', '1:', ':2', '::2', '0:2'])}]`,
    () =>
      `std.${generator.pick(['toString', 'type', 'length', 'isArray', 'prune', 'manifestJsonMinified'])}(${inner()})`,
    () => `(assert ${condition(generator, inner)} : "no"; ${inner()})`,
    () => `("a" in ${inner()})`,
  ];
  return generator.pick(forms)();
}

function condition(generator: Generator, inner: () => string): string {
  return generator.pick(['true', 'false', '1 < 2', `${inner()} == ${inner()}`, 'std.length("a") == 1']);
}

function leaf(generator: Generator, { names, isInObject }: Around): string {
  const forms = [
    () => generator.pick(NUMBERS),
    () => generator.pick(STRINGS),
    () => generator.pick(['null', 'true', 'false']),
    () => (names.length > 0 ? generator.pick(names) : '1'),
    () => (names.length > 0 ? generator.pick(names) : '"s"'),
    () => (isInObject ? `${generator.pick(['self', '$', 'super'])}.${generator.pick(NAMES)}` : '2'),
  ];
  return generator.pick(forms)();
}

function object(generator: Generator, depth: number, around: Around): string {
  const locals = generator.below(4) === 0 ? [generator.pick(['p', 'q'])] : [];
  const inside = { names: [...around.names, ...locals], isInObject: true };
  const value = (): string => expression(generator, depth - 2, inside);
  const names = [...new Set(Array.from({ length: generator.below(4) }, () => generator.pick(NAMES)))];
  const fields = names.map((name) => {
    const colon = generator.pick([':', ':', ':', '::', ':::', '+:', '+:', '+::']);
    const key = generator.below(6) === 0 ? `["${name}"]` : name;
    return `${key}${colon} ${value()}`;
  });
  const binds = locals.map((name) => `local ${name} = ${value()}`);
  const asserts =
    generator.below(10) === 0 ? [`assert ${generator.pick(['true', 'self.a != 9', 'false'])}`] : [];
  return `{${[...binds, ...fields, ...asserts].join(', ')}}`;
}

function local(generator: Generator, depth: number, around: Around): string {
  const name = generator.pick(['u', 'v', 'w']);
  const names = [...around.names, name];
  const value = expression(generator, depth - 1, { ...around, names: around.names });
  return `(local ${name} = ${value}; ${expression(generator, depth - 1, { ...around, names })})`;
}

function functionCall(generator: Generator, depth: number, around: Around): string {
  const names = [...around.names, 'm', 'n'];
  const body = expression(generator, depth - 2, { ...around, names });
  const argument = (): string => expression(generator, depth - 2, around);
  const call = generator.pick([
    `(${argument()})`,
    `(${argument()}, ${argument()})`,
    `(n=${argument()}, m=${argument()})`,
    `(${argument()}, n=${argument()}) tailstrict`,
    '()',
  ]);
  return `(function(m, n=${generator.pick(['1', 'm', '"d"'])}) ${body})${call}`;
}

function arrayComprehension(generator: Generator, depth: number, around: Around): string {
  const body = expression(generator, depth - 2, { ...around, names: [...around.names, 'i'] });
  const filter = generator.pick(['', '', ' if i != 2', ' for j in [i, 1]']);
  return `[${body} for i in [${generator.several(3, () => leaf(generator, around))}]${filter}]`;
}

function objectComprehension(generator: Generator, depth: number, around: Around): string {
  const inside = { names: [...around.names, 'i'], isInObject: true };
  const body = expression(generator, depth - 2, inside);
  return `{[${generator.pick(['i', '"k" + i', 'if i != "a" then i'])}]: ${body} for i in ["a", "b", "c"]}`;
}
