import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEnvironment, checkModuleState, checkPurity, checkTests } from './code-rules.ts';
import { findCycles } from './cycles.ts';
import { type ImportTable, readImportTable } from './import-table.ts';
import { checkImports, type ImportRules } from './imports.ts';
import { checkLockFile } from './lock-file.ts';
import { type Objection, parseSource, type SourceFile } from './source-file.ts';
import { checkFileNames, checkMachineTexts } from './text-rules.ts';
import { checkUnusedExports } from './unused-exports.ts';

const PAGE = [
  '| Package | May import | Never |',
  '|---|---|---|',
  '| `core` | nothing | I/O |',
  '| `engine` | `core`, `tar-fs` | |',
  '| `server` | `core`, `kysely` | |',
  '| `testing` | anything | |',
  '',
  '| Folder | May import | Why |',
  '|---|---|---|',
  '| `root` | anything | |',
  '| `routes` | `store`, `root` | |',
  '| `store` | nothing | |',
].join('\n');

const rules: ImportRules = {
  packages: readImportTable(PAGE, 'Package'),
  serverFolders: readImportTable(PAGE, 'Folder'),
  declared: new Map([
    ['core', new Set<string>()],
    ['engine', new Set(['@sortie/core'])],
    ['server', new Set(['@sortie/core', 'kysely'])],
  ]),
  tools: new Set(['axe-core']),
};

function messages(objections: readonly Objection[]): string[] {
  return objections.map((one) => one.message);
}

function check(path: string, text: string, more: readonly SourceFile[] = []): string[] {
  return messages(checkImports([parseSource(path, text), ...more], rules));
}

test('imports that the table allows pass', () => {
  assert.deepEqual(
    check('packages/engine/src/a.ts', "import { x } from '@sortie/core/x'; import 'node:fs';"),
    [],
  );
  assert.deepEqual(check('packages/server/src/routes/a.ts', "import type { Db } from 'kysely';"), []);
  assert.deepEqual(
    check('packages/core/src/a.test.ts', "import 'axe-core'; import '@sortie/testing/x';"),
    [],
  );
});

const REFUSED: readonly (readonly [path: string, text: string, message: RegExp])[] = [
  ['packages/core/src/a.ts', "import '@sortie/engine/a';", /^core may not import engine$/],
  ['packages/core/src/a.ts', "const x = await import('@sortie/engine/a');", /^core may not import engine$/],
  ['packages/core/src/a.ts', "import type { A } from '@sortie/engine/a';", /^core may not import engine$/],
  ['packages/core/src/a.ts', "type A = import('@sortie/engine/a').A;", /^core may not import engine$/],
  ['packages/core/src/a.ts', "export { a } from '@sortie/engine/a';", /^core may not import engine$/],
  ['packages/core/src/a.ts', "import 'node:fs';", /^core may not use the Node.js built-in "node:fs"$/],
  ['packages/core/src/a.ts', "import '@sortie/testing/a';", /^only tests import/],
  ['packages/core/src/a.ts', "import '@sortie/core/b';", /imports itself by name/],
  ['packages/core/src/a.ts', "import '../../engine/src/a.ts';", /leaves the package/],
  ['packages/engine/src/a.ts', "import 'tar-fs';", /tar-fs is not in the dependencies of packages\/engine/],
  ['packages/engine/src/a.ts', "import 'left-pad/x';", /^engine may not import left-pad$/],
  ['packages/unknown/src/a.ts', "import './b.ts';", /package "unknown" is not in the table/],
  [
    'packages/server/src/store/a.ts',
    "import '../routes/b.ts';",
    /^server\/store may not import server\/routes$/,
  ],
  ['packages/server/src/routes/a.ts', "import '../app.ts';", /^nobody imports app.ts$/],
  ['packages/server/src/misc/a.ts', "import './b.ts';", /folder "misc" of the server is not in the table/],
  ['packages/server/src/routes/a.ts', "import { sql } from 'kysely';", /^only server\/store imports kysely/],
];

for (const [path, text, message] of REFUSED) {
  test(`the import check turns red for ${text} in ${path}`, () => {
    const found = check(path, text);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', message);
  });
}

test('a cycle among files is found once, one through a type is none', () => {
  const b = parseSource('packages/core/src/b.ts', "import './a.ts';");
  assert.deepEqual(check('packages/core/src/a.ts', "import './b.ts';", [b]), [
    'import cycle: core/src/a.ts → core/src/b.ts → core/src/a.ts',
  ]);
  assert.deepEqual(check('packages/core/src/a.ts', "import type { B } from './b.ts';", [b]), []);
});

test('cycles through several nodes are written from their smallest node', () => {
  const graph = new Map([
    ['c', ['a']],
    ['a', ['b', 'x']],
    ['b', ['c']],
  ]);
  assert.deepEqual(findCycles(graph), [['a', 'b', 'c']]);
});

test('a table that is missing or cannot be read is an error, not an empty rule', () => {
  assert.throws(() => readImportTable('no table', 'Package'), /has no table/);
  const broken = '| Package | May import |\n|---|---|\n| `core` | whatever it likes |';
  assert.throws(() => readImportTable(broken, 'Package'), /cannot read/);
  const table: ImportTable = rules.packages;
  assert.equal(table.get('testing'), 'anything');
});

test('a pure package may not touch clock, randomness, environment or network', () => {
  const text =
    'Date.now(); Math.random(); process.cwd(); fetch("x"); new Date(); new Date(5); a.process.b();';
  assert.deepEqual(messages(checkPurity(parseSource('packages/core/src/a.ts', text))), [
    'a pure package may not call `Date.now`',
    'a pure package may not call `Math.random`',
    'a pure package may not use `process`',
    'a pure package may not call `fetch`',
    'a pure package may not read the clock with `new Date()`',
  ]);
  assert.deepEqual(checkPurity(parseSource('packages/engine/src/a.ts', text)), []);
});

test('state at module level is refused, in functions it is not', () => {
  const text = 'let a = 1;\nexport let b = 2;\nconst c = 3;\nfunction f() { let d = 4; return d + c; }';
  const found = checkModuleState(parseSource('packages/core/src/a.ts', text));
  assert.deepEqual(
    found.map((one) => one.line),
    [1, 2],
  );
});

test('the environment is read in main.ts and nowhere else', () => {
  const text = 'export const a = process.env.A;';
  assert.equal(checkEnvironment(parseSource('packages/server/src/config.ts', text)).length, 1);
  assert.equal(checkEnvironment(parseSource('packages/sortie/src/main.ts', text)).length, 0);
});

test('tests may not replace modules or hide a comparison', () => {
  const text = 'mock.module("x"); assert.ok(a === b); assert(a !== b); assert.ok(a > b); assert.equal(a, b);';
  assert.equal(checkTests(parseSource('packages/core/src/a.test.ts', text)).length, 3);
});

test('empty names are refused as a file, as a folder and as a part of a name', () => {
  const paths = [
    'packages/core/src/utils.ts',
    'packages/core/src/common/a.ts',
    'packages/core/src/git-helpers.ts',
  ];
  assert.equal(checkFileNames([...paths, 'packages/core/src/utility.ts']).length, 3);
});

test('paths of one machine and registry addresses are found', () => {
  const text = ['/wor', 'k/main/x'].join('');
  assert.equal(checkMachineTexts('docs/a.md', `ok\n${text}`)[0]?.line, 2);
  const lock = '"resolved": "https://somewhere.example/a.tgz"';
  assert.equal(checkMachineTexts('package-lock.json', lock).length, 1);
  assert.equal(checkMachineTexts('package-lock.json', '"resolved": "packages/core"').length, 0);
});

test('a lock file that does not know a dependency is out of step', () => {
  const lock = { packages: { '': {}, 'packages/a': { dependencies: { x: '1' } } } };
  const manifests = new Map([
    ['', {}],
    ['packages/a', { dependencies: { x: '2' } }],
    ['packages/b', {}],
  ]);
  assert.equal(checkLockFile(lock, manifests).length, 2);
});

test('a function that nobody imports is found, types and entries are not', () => {
  const files = [
    parseSource(
      'packages/core/src/a.ts',
      'export function used() {}\nexport const unused = 1;\nexport type T = 1;',
    ),
    parseSource('packages/core/src/b.ts', "import { used } from './a.ts'; used();"),
    parseSource('packages/core/src/c.ts', 'export const whole = 1;'),
    parseSource('packages/engine/src/d.ts', "const c = await import('@sortie/core/c'); c.whole;"),
    parseSource('packages/sortie/src/main.ts', 'export const start = 1;'),
  ];
  assert.deepEqual(
    checkUnusedExports(files).map(({ path, line, message }) => [path, line, message]),
    [['packages/core/src/a.ts', 2, 'nobody imports `unused`; drop the export, or the thing']],
  );
});
