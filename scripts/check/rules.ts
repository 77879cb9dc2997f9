/** The rules of the repository that are programs of its own, over all files at once. Run by `check.ts`. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CODE_RULES } from './code-rules.ts';
import { checkImports } from './imports.ts';
import { checkLockFile } from './lock-file.ts';
import {
  isPackageSource,
  listFiles,
  type Manifest,
  readImportRules,
  readManifest,
  readSources,
} from './repository.ts';
import type { Objection } from './source-file.ts';
import { checkFileNames, checkMachineTexts } from './text-rules.ts';
import { checkUnusedExports } from './unused-exports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const objections = checkAll();
for (const { path, line, message } of objections)
  console.error(`${path}${line > 0 ? `:${line}` : ''}: ${message}`);
if (objections.length > 0) process.exitCode = 1;

function checkAll(): Objection[] {
  const files = listFiles(root);
  const sources = readSources(root, files);
  return [
    ...checkImports(sources.filter(isPackageSource), readImportRules(root)),
    ...sources.flatMap((source) => CODE_RULES.flatMap((rule) => rule(source))),
    ...checkUnusedExports(sources),
    ...checkFileNames(files),
    ...files.flatMap((path) => checkMachineTexts(path, readFileSync(join(root, path), 'utf8'))),
    ...checkLockFile(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')), readManifests()),
  ];
}

function readManifests(): Map<string, Manifest> {
  const folders = globSync('packages/*/package.json', { cwd: root }).map((file) => dirname(file));
  return new Map(
    ['', ...folders.sort()]
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => [folder, readManifest(join(root, folder, 'package.json'))]),
  );
}
