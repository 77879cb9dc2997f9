/** Checks every import of the packages against the tables of docs/architecture.md. */
import { fileURLToPath } from 'node:url';
import { checkImports } from './check/imports.ts';
import { isPackageSource, readImportRules, readSources } from './check/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const objections = checkImports(readSources(root).filter(isPackageSource), readImportRules(root));
for (const { path, line, message } of objections) console.error(`${path}:${line}: ${message}`);
if (objections.length > 0) process.exitCode = 1;
