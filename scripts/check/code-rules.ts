import { Visitor, type Visitor as VisitorType } from 'rolldown/utils';
import { isTestFile, lineAt, type Objection, type SourceFile } from './source-file.ts';

type Handlers = ConstructorParameters<typeof VisitorType>[0];

/** The same input must give the same result, on every machine: see docs/architecture.md. */
const PURE = /^packages\/(core|contract|pipeline|jsonnet|starlark|gotemplate)\/src\//;
const IMPURE_GLOBALS = new Set([
  'process',
  'fetch',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
]);
const IMPURE_MEMBERS = new Set(['Date.now', 'Math.random', 'crypto.randomUUID', 'crypto.getRandomValues']);

/** Rules of the house style that neither the compiler nor the linter knows. One function per rule, same shape. */
export const CODE_RULES: readonly ((file: SourceFile) => Objection[])[] = [
  checkPurity,
  checkModuleState,
  checkEnvironment,
  checkTests,
];

/** A pure package touches no clock, randomness, environment, network or console. */
export function checkPurity(file: SourceFile): Objection[] {
  if (!PURE.test(file.path) || isTestFile(file.path)) return [];
  return visit(file, (object) => ({
    // Only what a global is used for counts: a member of it or a call. A parameter of the same name is not seen.
    MemberExpression(node) {
      const name = node.object.type === 'Identifier' ? node.object.name : '';
      const member = node.property.type === 'Identifier' ? `${name}.${node.property.name}` : name;
      if (IMPURE_GLOBALS.has(name)) object(node.start, `a pure package may not use \`${name}\``);
      if (IMPURE_MEMBERS.has(member)) object(node.start, `a pure package may not call \`${member}\``);
    },
    CallExpression(node) {
      const name = node.callee.type === 'Identifier' ? node.callee.name : '';
      if (IMPURE_GLOBALS.has(name)) object(node.start, `a pure package may not call \`${name}\``);
    },
    NewExpression(node) {
      const isNow =
        node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0;
      if (isNow) object(node.start, 'a pure package may not read the clock with `new Date()`');
    },
  }));
}

/** No `let` or `var` at module level: two servers in one process must not share anything. */
export function checkModuleState(file: SourceFile): Objection[] {
  if (isTestFile(file.path) || !file.path.startsWith('packages/')) return [];
  return file.program.body.flatMap((node) => {
    const statement = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (statement?.type !== 'VariableDeclaration' || statement.declare || statement.kind === 'const')
      return [];
    return [
      objection(file, statement.start, `no module state: \`${statement.kind}\` at the top of a module`),
    ];
  });
}

/** The environment is read by the executable, in scripts and in tests; everything else receives a configuration. */
export function checkEnvironment(file: SourceFile): Objection[] {
  const isExecutable = file.path.startsWith('packages/sortie/src/') || /(^|\/)main\.ts$/.test(file.path);
  if (isExecutable || isTestFile(file.path) || !file.path.startsWith('packages/')) return [];
  return visit(file, (object) => ({
    MemberExpression(node) {
      const isEnvironment =
        node.object.type === 'Identifier' &&
        node.object.name === 'process' &&
        node.property.type === 'Identifier' &&
        node.property.name === 'env';
      if (isEnvironment)
        object(node.start, '`process.env` is read by the executable only; pass what is needed');
    },
  }));
}

/** Tests replace no modules, and compare with an assertion that shows both sides. */
export function checkTests(file: SourceFile): Objection[] {
  if (!/\.test\.tsx?$/.test(file.path)) return [];
  return visit(file, (object) => ({
    CallExpression(node) {
      const name = file.text.slice(node.callee.start, node.callee.end);
      if (name === 'mock.module' || name === 't.mock.module')
        object(node.start, 'tests do not replace modules');
      const [argument] = node.arguments;
      const isComparison =
        argument?.type === 'BinaryExpression' && ['===', '==', '!==', '!='].includes(argument.operator);
      if (isComparison && (name === 'assert' || name === 'assert.ok')) {
        object(node.start, 'compare with assert.equal or assert.notEqual, which show both sides');
      }
    },
  }));
}

function visit(
  file: SourceFile,
  handlers: (object: (offset: number, message: string) => void) => Handlers,
): Objection[] {
  const found: Objection[] = [];
  const visitor = new Visitor(handlers((offset, message) => found.push(objection(file, offset, message))));
  visitor.visit(file.program);
  return found;
}

function objection(file: SourceFile, offset: number, message: string): Objection {
  return { path: file.path, line: lineAt(file.text, offset), message };
}
