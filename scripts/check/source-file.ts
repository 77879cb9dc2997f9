import { parseSync } from 'rolldown/utils';

/** One import of a file, in whatever form: `import`, `export … from`, `import()`, `import type`. */
export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  readonly isDynamic: boolean;
  /** 1-based. */
  readonly line: number;
}

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly program: ReturnType<typeof parseSync>['program'];
  readonly module: ReturnType<typeof parseSync>['module'];
}

/** Something that a check objects to. */
export interface Objection {
  readonly path: string;
  /** 1-based; 0 for the file as a whole. */
  readonly line: number;
  readonly message: string;
}

/** Parses a TypeScript file. Throws when it is not valid TypeScript. */
export function parseSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  const error = parsed.errors[0];
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  return { path, text, imports: importsOf(parsed, text), program: parsed.program, module: parsed.module };
}

/** The 1-based line that holds the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Tests and what only tests load: `*.test.ts`, `*.fixture.ts`, `test-*.ts`, a folder `testing`. */
export function isTestFile(path: string): boolean {
  return /\.(test|fixture)\.tsx?$|\/test-[^/]+\.ts$|^packages\/testing\/|\/src\/testing\//.test(path);
}

function importsOf({ module }: ReturnType<typeof parseSync>, text: string): Import[] {
  const found: Import[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const isTypeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    found.push({ specifier: moduleRequest.value, isTypeOnly, isDynamic: false, line: lineAt(text, start) });
  }
  for (const { entries, start } of module.staticExports) {
    const request = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest;
    if (request === undefined || request === null) continue;
    const isTypeOnly = entries.every((entry) => entry.isType);
    found.push({ specifier: request.value, isTypeOnly, isDynamic: false, line: lineAt(text, start) });
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const source = text.slice(moduleRequest.start, moduleRequest.end);
    const literal = /^(['"`])([^'"`$]*)\1$/.exec(source)?.[2];
    if (literal === undefined) continue;
    found.push({ specifier: literal, isTypeOnly: false, isDynamic: true, line: lineAt(text, start) });
  }
  for (const match of text.matchAll(/\btypeof import\((['"])([^'"]+)\1\)|\bimport\((['"])([^'"]+)\3\)\./g)) {
    const specifier = match[2] ?? match[4] ?? '';
    found.push({ specifier, isTypeOnly: true, isDynamic: false, line: lineAt(text, match.index) });
  }
  return found;
}
