import type { Document, ParsedNode } from 'yaml';
import { Composer, Lexer, LineCounter, Parser } from 'yaml';
import { readFastTree } from './fast-tree.ts';
import type { Scope } from './finding-log.ts';
import type { DocumentText } from './split.ts';
import type { TreeNode } from './tree.ts';
import { TreeConverter } from './tree-converter.ts';
import { yamlProblem } from './yaml-problem.ts';

/** Deeper nesting is nobody's pipeline, and every level costs stack. */
const MAX_DEPTH = 100;

/** The parser keeps up to three entries on its stack for one level of nesting. */
const STACK_PER_LEVEL = 3;

/** Words and marks of one document; the largest real files have a tenth, and parsing takes time for each. */
const MAX_LEXEMES = 500_000;

/** More than this many parse errors of one document say nothing new. */
const MAX_PARSE_ERRORS = 10;

/**
 * One document as a tree, or `undefined` when it holds no node at all. Problems go to the log; a document with
 * a syntax error gives `undefined` too, so ask `scope.log.hasErrors()`.
 */
export function parseTree(document: DocumentText, scope: Scope): TreeNode | undefined {
  return readFastTree(document) ?? parseFullTree(document, scope);
}

/** As `parseTree`, for whatever the library can read. */
export function parseFullTree(document: DocumentText, scope: Scope): TreeNode | undefined {
  const counter = new LineCounter();
  const composed = compose(document.text, counter);
  if (typeof composed === 'string') {
    const { code, message, hint } = REFUSALS[composed];
    const at = { line: document.firstLine, column: 1 };
    scope.log.add(scope.document, { severity: 'error', code, message, hint, at, path: [] });
    return undefined;
  }
  if (composed === undefined) return undefined;
  const place = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: document.firstLine + Math.max(line, 1) - 1, column: Math.max(col, 1) };
  };
  for (const error of composed.errors.slice(0, MAX_PARSE_ERRORS)) {
    scope.log.add(scope.document, {
      severity: 'error',
      code: 'yaml-syntax',
      ...yamlProblem(error.code),
      at: place(error.pos[0]),
      path: [],
    });
  }
  if (composed.errors.length > 0 || composed.contents === null) return undefined;
  return new TreeConverter({ scope, text: document.text, place }).convert(composed.contents);
}

const REFUSALS = {
  'too deep': {
    code: 'nested-too-deep',
    message: `The document is nested more than ${MAX_DEPTH} levels deep.`,
    hint: 'Flatten the lists and maps.',
  },
  'too many': {
    code: 'too-many-values',
    message: 'The document has too many keys and values.',
    hint: 'Split it into several pipelines.',
  },
} as const;

/** Like the library's `parseDocument`, but with a limit on nesting that holds before anything recurses. */
function compose(
  text: string,
  counter: LineCounter,
): Document.Parsed<ParsedNode> | keyof typeof REFUSALS | undefined {
  counter.addNewLine(0);
  const parser = new Parser(counter.addNewLine);
  const composer = new Composer({
    schema: 'failsafe',
    version: '1.1',
    strict: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > MAX_LEXEMES) return 'too many';
    for (const token of parser.next(lexeme)) for (const document of composer.next(token)) return document;
    if (parser.stack.length > MAX_DEPTH * STACK_PER_LEVEL) return 'too deep';
  }
  for (const token of parser.end()) for (const document of composer.next(token)) return document;
  for (const document of composer.end(true, text.length)) return document;
  return undefined;
}
