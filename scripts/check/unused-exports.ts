import { posix } from 'node:path';
import { lineAt, type Objection, type SourceFile } from './source-file.ts';

/** What somebody outside imports or runs: programs, and the whole of the published client. */
const ENTRIES =
  /(^|\/)(main\.tsx?|vite\.config\.ts)$|^packages\/sdk\/|\.test\.tsx?$|^(scripts|e2e|examples)\/[^/]+\.ts$|^scripts\/bench\//;
/** Loaded by its path, as a reporter of the test runner. */
const LOADED_BY_PATH = new Set(['scripts/test/outcome-reporter.ts']);

type Names = Set<string> | 'all';

/**
 * Exported values that no other file imports. Packages export every file to each other (`./*`), so the general
 * tool takes them all for public; inside one repository it can be known. Types, and what the own file uses, are
 * left alone.
 */
export function checkUnusedExports(files: readonly SourceFile[]): Objection[] {
  const used = new Map<string, Names>();
  for (const file of files) noteUses(file, used);
  return files
    .filter((file) => !ENTRIES.test(file.path) && !LOADED_BY_PATH.has(file.path))
    .flatMap((file) => {
      const names = used.get(file.path);
      if (names === 'all') return [];
      return exportsOf(file)
        .filter(({ name }) => names?.has(name) !== true && !isUsedInside(file, name))
        .map(({ name, offset }) => ({
          path: file.path,
          line: lineAt(file.text, offset),
          message: `nobody imports \`${name}\`; drop the export, or the thing`,
        }));
    });
}

function noteUses(file: SourceFile, used: Map<string, Names>): void {
  for (const { moduleRequest, entries } of file.module.staticImports) {
    for (const { importName } of entries) note(used, file.path, moduleRequest.value, importName.name);
  }
  for (const { entries } of file.module.staticExports) {
    for (const { moduleRequest, importName } of entries) {
      if (moduleRequest !== null) note(used, file.path, moduleRequest.value, importName.name);
    }
  }
  for (const one of file.imports) if (one.isDynamic) note(used, file.path, one.specifier, null);
}

/** `name` is `null` where the whole module is taken. */
function note(used: Map<string, Names>, from: string, specifier: string, name: string | null): void {
  const target = resolve(from, specifier);
  const names = used.get(target) ?? new Set<string>();
  if (names === 'all') return;
  used.set(target, name === null ? 'all' : names.add(name));
}

function resolve(from: string, specifier: string): string {
  const inWorkspace = /^@sortie\/([^/]+)\/(.+)$/.exec(specifier);
  if (inWorkspace !== null) return `packages/${inWorkspace[1]}/src/${inWorkspace[2]}.ts`;
  return posix.join(posix.dirname(from), specifier);
}

/** A second mention besides the declaration. */
function isUsedInside(file: SourceFile, name: string): boolean {
  return file.text.split(/[^\w$]+/).filter((word) => word === name).length > 1;
}

function exportsOf(file: SourceFile): { readonly name: string; readonly offset: number }[] {
  return file.module.staticExports.flatMap(({ entries, start }) =>
    entries.flatMap(({ exportName, isType }) =>
      isType || exportName.name === null ? [] : [{ name: exportName.name, offset: start }],
    ),
  );
}
