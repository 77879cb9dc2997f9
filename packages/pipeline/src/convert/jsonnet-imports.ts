import type { Finding } from '@sortie/core/finding';
import { JsonnetError } from '@sortie/jsonnet/errors';
import type { Importer } from '@sortie/jsonnet/evaluate';
import type { ConfigSource, FoundFile } from './conversion.ts';

/** Ends an evaluation that needs a file which has not been looked up. */
export class MissingImport extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`the file ${path} has not been looked up`);
    this.name = 'MissingImport';
    this.path = path;
  }
}

type Files = ReadonlyMap<string, FoundFile>;

const IMPORT = /\bimport(?:str|bin)?\s*@?(?:"([^"\n]*)"|'([^'\n]*)')/g;
/** Look-ups that fail, or that only seem to be imports, beyond the number of files that may be imported. */
const SPARE_LOOKUPS = 20;

/**
 * Files that the source and its imports name and nobody has looked up, so that most evaluations run once. What this
 * misses the evaluation itself finds; what it names in vain does no harm.
 */
export function wantedImports(source: ConfigSource, files: Files, limit: number): readonly string[] {
  const room = 2 * limit + SPARE_LOOKUPS - files.size;
  const wanted = new Set<string>();
  const seen = new Set<string>([source.path]);
  const queue: ConfigSource[] = [source];
  for (const file of queue) {
    for (const match of file.text.matchAll(IMPORT)) {
      const found = lookUp(candidatesOf(match[1] ?? match[2] ?? '', file.path, source.path), files);
      if (found === undefined) continue;
      if (typeof found === 'string') wanted.add(found);
      else if (!seen.has(found.path)) {
        seen.add(found.path);
        queue.push(found);
      }
    }
  }
  return [...wanted].slice(0, Math.max(room, 0));
}

/** The importer for one evaluation (rulings.md "Jsonnet imports"); it throws `MissingImport` and `JsonnetError`. */
export function createImports(
  source: ConfigSource,
  files: Files,
  limit: number,
): { readonly importer: Importer; readonly hints: () => readonly Finding[] } {
  const imported = new Set<string>();
  const beside = new Map<string, Finding>();
  const textOf = (path: string) => (path === source.path ? source.text : textAt(files, path));
  const importer: Importer = (path, from) => {
    const place = { file: from, ...placeOfImport(textOf(from), path) };
    const candidates = candidatesOf(path, from, source.path);
    if (candidates.length === 0) {
      const message = `${JSON.stringify(path)} is outside of the repository, so it was not read.`;
      throw new JsonnetError('import', message, place);
    }
    const found = lookUp(candidates, files);
    if (typeof found === 'string') throw new MissingImport(found);
    if (found === undefined) throw new JsonnetError('import', problemOf(candidates, files), place);
    imported.add(found.path);
    if (imported.size > limit) {
      const message = `The configuration imports more than ${limit} files, the limit of this server.`;
      throw new JsonnetError('import', message, place);
    }
    if (found.path !== candidates[0]) beside.set(found.path, besideHint(path, found.path, place));
    return found;
  };
  return { importer, hints: () => [...beside.values()] };
}

/**
 * Where an import may be: from the configuration itself at the root of the repository, as Drone has it, then beside
 * the file; from an imported file beside that. Empty for paths that leave the repository.
 */
function candidatesOf(path: string, from: string, root: string): readonly string[] {
  const folder = from.slice(0, from.lastIndexOf('/') + 1);
  const bases = from === root ? ['', folder] : [folder];
  const paths = bases.map((base) => normalize(base, path)).filter((candidate) => candidate !== undefined);
  return [...new Set(paths)];
}

function normalize(folder: string, path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? undefined : parts.join('/');
}

/** The first file that exists, the first path that has to be looked up, or nothing. */
function lookUp(candidates: readonly string[], files: Files): ConfigSource | string | undefined {
  for (const path of candidates) {
    const file = files.get(path);
    if (file === undefined) return path;
    if ('text' in file) return { path, text: file.text };
  }
  return undefined;
}

function problemOf(candidates: readonly string[], files: Files): string {
  const file = files.get(candidates[0] ?? '');
  return file !== undefined && 'problem' in file ? file.problem : 'The file was not found.';
}

function textAt(files: Files, path: string): string {
  const file = files.get(path);
  return file !== undefined && 'text' in file ? file.text : '';
}

function placeOfImport(text: string, path: string): { readonly line: number; readonly column: number } {
  for (const match of text.matchAll(IMPORT)) {
    if ((match[1] ?? match[2]) !== path) continue;
    const before = text.slice(0, match.index).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  }
  return { line: 1, column: 1 };
}

function besideHint(path: string, found: string, place: Pick<Finding, 'file' | 'line' | 'column'>): Finding {
  return {
    severity: 'hint',
    code: 'jsonnet-import-beside',
    message: `${JSON.stringify(path)} was found at ${JSON.stringify(found)}, beside the file that imports it.`,
    hint: `Drone looks at the root of the repository only; write ${JSON.stringify(found)} for both.`,
    ...place,
    document: 0,
    pointer: '',
  };
}
