import { posix } from 'node:path';
import { findCycles } from './cycles.ts';
import type { ImportTable } from './import-table.ts';
import { type Import, isTestFile, type Objection, type SourceFile } from './source-file.ts';

export interface ImportRules {
  readonly packages: ImportTable;
  readonly serverFolders: ImportTable;
  /** What the `package.json` of each package declares. */
  readonly declared: ReadonlyMap<string, ReadonlySet<string>>;
  /** Development tools of the repository, which tests may use. */
  readonly tools: ReadonlySet<string>;
}

/** Packages that run in a browser too, or must stay pure: no Node.js built-in. */
const WITHOUT_BUILTINS = new Set([
  'core',
  'contract',
  'pipeline',
  'jsonnet',
  'starlark',
  'gotemplate',
  'web',
  'sdk',
]);
/** Built-ins that only compute, for the pure packages that no browser loads. */
const COMPUTING_BUILTINS = new Set(['node:path', 'node:path/posix', 'node:util', 'node:buffer']);
const COMPUTING_PACKAGES = new Set(['contract', 'pipeline', 'jsonnet', 'starlark', 'gotemplate']);
const SERVER = 'packages/server/src/';

/** Checks every import of the given files (`packages/*\/src/**`) against the tables of docs/architecture.md. */
export function checkImports(files: readonly SourceFile[], rules: ImportRules): Objection[] {
  const objections = files.flatMap((file) =>
    file.imports.flatMap((one) => {
      const message = objectionTo(file, one, rules);
      return message === undefined ? [] : [{ path: file.path, line: one.line, message }];
    }),
  );
  return [...objections, ...cycleObjections(files)];
}

function objectionTo(file: SourceFile, one: Import, rules: ImportRules): string | undefined {
  const owner = packageOf(file.path);
  if (!rules.packages.has(owner)) return `package "${owner}" is not in the table of docs/architecture.md`;
  if (one.specifier.startsWith('.')) return relativeObjection(file, one, rules);
  if (one.specifier.startsWith('node:')) return builtinObjection(file, one, owner);
  const name = packageName(one.specifier);
  if (name.startsWith('@sortie/'))
    return workspaceObjection(file, name.slice('@sortie/'.length), owner, rules);
  return dependencyObjection(file, one, name, owner, rules);
}

function relativeObjection(file: SourceFile, one: Import, rules: ImportRules): string | undefined {
  const target = posix.join(posix.dirname(file.path), one.specifier);
  const home = `packages/${packageOf(file.path)}/`;
  if (!target.startsWith(home)) return `"${one.specifier}" leaves the package; import @sortie/… instead`;
  return file.path.startsWith(SERVER) ? layerObjection(file, target, rules.serverFolders) : undefined;
}

function layerObjection(file: SourceFile, target: string, table: ImportTable): string | undefined {
  if (isTestFile(file.path)) return undefined;
  if (/^packages\/server\/src\/(app|main)\.ts$/.test(target) && file.path !== `${SERVER}main.ts`) {
    return `nobody imports ${posix.basename(target)}`;
  }
  const [from, to] = [serverFolder(file.path), serverFolder(target)];
  const allowed = table.get(from);
  if (allowed === undefined)
    return `folder "${from}" of the server is not in the table of docs/architecture.md`;
  if (from === to || allowed === 'anything' || allowed.has(to)) return undefined;
  return `server/${from} may not import server/${to}`;
}

function builtinObjection(file: SourceFile, one: Import, owner: string): string | undefined {
  if (!WITHOUT_BUILTINS.has(owner) || isTestFile(file.path)) return undefined;
  if (COMPUTING_PACKAGES.has(owner) && COMPUTING_BUILTINS.has(one.specifier)) return undefined;
  return `${owner} may not use the Node.js built-in "${one.specifier}"`;
}

function workspaceObjection(
  file: SourceFile,
  target: string,
  owner: string,
  rules: ImportRules,
): string | undefined {
  if (!rules.packages.has(target)) return `there is no package @sortie/${target}`;
  if (target === owner) return `${owner} imports itself by name; use a relative path`;
  if (target === 'testing') {
    return isTestFile(file.path) ? undefined : 'only tests import @sortie/testing';
  }
  if (!isAllowed(rules, owner, target)) return `${owner} may not import ${target}`;
  return isDeclared(rules, owner, `@sortie/${target}`) || isTestFile(file.path)
    ? undefined
    : `@sortie/${target} is not in the dependencies of packages/${owner}/package.json`;
}

function dependencyObjection(
  file: SourceFile,
  one: Import,
  name: string,
  owner: string,
  rules: ImportRules,
): string | undefined {
  if (isTestFile(file.path) && rules.tools.has(name)) return undefined;
  if (!isAllowed(rules, owner, name)) return `${owner} may not import ${name}`;
  if (!isDeclared(rules, owner, name) && !(isTestFile(file.path) && owner === 'testing')) {
    return `${name} is not in the dependencies of packages/${owner}/package.json`;
  }
  const isStoreOnly = name === 'kysely' || name === 'pg';
  if (owner === 'server' && isStoreOnly && !one.isTypeOnly && serverFolder(file.path) !== 'store') {
    return `only server/store imports ${name}; elsewhere import its types`;
  }
  return undefined;
}

function isAllowed(rules: ImportRules, owner: string, target: string): boolean {
  const allowed = rules.packages.get(owner);
  return allowed === 'anything' || allowed?.has(target) === true;
}

function isDeclared(rules: ImportRules, owner: string, name: string): boolean {
  return rules.declared.get(owner)?.has(name) === true;
}

/** Cycles among files, by imports that exist when the program runs. */
function cycleObjections(files: readonly SourceFile[]): Objection[] {
  const graph = new Map(files.map((file) => [file.path, runtimeTargets(file)]));
  return findCycles(graph).map((cycle) => ({
    path: cycle[0] ?? '',
    line: 0,
    message: `import cycle: ${[...cycle, cycle[0]].map((path) => path?.replace('packages/', '')).join(' → ')}`,
  }));
}

function runtimeTargets(file: SourceFile): string[] {
  return file.imports
    .filter((one) => !one.isTypeOnly && !one.isDynamic)
    .flatMap(({ specifier }) => {
      if (specifier.startsWith('.')) return [posix.join(posix.dirname(file.path), specifier)];
      const match = /^@sortie\/([^/]+)\/(.+)$/.exec(specifier);
      return match === null ? [] : [`packages/${match[1]}/src/${match[2]}.ts`];
    });
}

function packageOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function serverFolder(path: string): string {
  const inside = path.slice(SERVER.length).split('/');
  return inside.length > 1 ? (inside[0] ?? '') : 'root';
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
