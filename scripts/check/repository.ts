import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImportTable } from './import-table.ts';
import type { ImportRules } from './imports.ts';
import { parseSource, type SourceFile } from './source-file.ts';

/** The files that are, or would be, in the repository: tracked ones and new ones that are not ignored. Sorted. */
export function listFiles(root: string): string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const names = new Set(output.split('\0').filter((name) => name !== '' && existsSync(join(root, name))));
  return [...names].sort();
}

/** Parses all TypeScript files of the repository except declarations. */
export function readSources(root: string, files = listFiles(root)): SourceFile[] {
  return files
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

export function isPackageSource({ path }: SourceFile): boolean {
  return /^packages\/[^/]+\/src\//.test(path);
}

/** The rules of docs/architecture.md together with what the package files declare. */
export function readImportRules(root: string): ImportRules {
  const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
  const packages = readImportTable(page, 'Package');
  const declared = [...packages.keys()].map((name) => {
    const { dependencies = {} } = readManifest(join(root, 'packages', name, 'package.json'));
    return [name, new Set(Object.keys(dependencies))] as const;
  });
  return {
    packages,
    serverFolders: readImportTable(page, 'Folder'),
    declared: new Map(declared),
    tools: new Set(Object.keys(readManifest(join(root, 'package.json')).devDependencies ?? {})),
  };
}

export interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
