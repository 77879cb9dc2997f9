import type { Expression } from './ast.ts';
import { Lexer } from './lexer.ts';
import type { SourceFile } from './source-file.ts';
import type { Token } from './token.ts';

/** The parsers of expressions, which operands call again for what is inside of their brackets. */
export interface Grammar {
  /** One or more expressions; commas make a tuple. Only inside parentheses may a comma come last. */
  parseExpression(tokens: TokenStream, isInParentheses?: boolean): Expression;
  /** The rest of a comma-separated list, beginning with the comma. */
  parseMore(tokens: TokenStream, items: Expression[], mayEndWithComma: boolean): Expression[];
  /** One expression without commas, `lambda` and `… if … else …` included. */
  parseTest(tokens: TokenStream): Expression;
  /** An expression that a following `if` does not belong to, as in comprehensions. */
  parseTestWithoutConditional(tokens: TokenStream): Expression;
  /** Operators and operands, from the given level of binding on. */
  parseOperators(tokens: TokenStream, level?: number): Expression;
}

/** Nesting of brackets, blocks and operators that a file may have. */
const MAX_DEPTH = 200;

/** The tokens of a file with one token of look-ahead, and the count of how deep the parser is. */
export class TokenStream {
  readonly file: SourceFile;
  readonly grammar: Grammar;
  readonly #lexer: Lexer;
  #token: Token;
  #depth = 0;

  constructor(file: SourceFile, grammar: Grammar) {
    this.file = file;
    this.grammar = grammar;
    this.#lexer = new Lexer(file);
    this.#token = this.#lexer.next();
  }

  /** The token that comes next. */
  get token(): Token {
    return this.#token;
  }

  is(...kinds: readonly string[]): boolean {
    return kinds.includes(this.#token.kind);
  }

  /** Takes the next token, whatever it is. */
  take(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  /** Takes the next token if it is of the kind. */
  accept(kind: string): Token | undefined {
    return this.#token.kind === kind ? this.take() : undefined;
  }

  expect(kind: string, context: string): Token {
    if (this.#token.kind !== kind) throw this.unexpected(`expected ${describe(kind)} ${context}`);
    return this.take();
  }

  /** Enters a construct that can contain itself. */
  enter(): void {
    this.#depth += 1;
    this.checkDepth(this.#depth, this.#token.start);
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Throws where something nests too deep. */
  checkDepth(depth: number, at: number): void {
    if (depth > MAX_DEPTH)
      throw this.error(at, `the code nests deeper than ${MAX_DEPTH} levels; split it up`);
  }

  /** The nesting of a node with these parts; throws where it is too deep. */
  nest(at: number, parts: readonly (Expression | undefined)[]): number {
    let depth = 0;
    for (const part of parts) depth = Math.max(depth, part?.depth ?? 0);
    this.checkDepth(depth + 1, at);
    return depth + 1;
  }

  error(at: number, message: string): Error {
    return this.file.error('syntax', at, message);
  }

  /** An error at the next token that says what was expected and what came. */
  unexpected(expectation: string): Error {
    return this.error(this.#token.start, `${expectation}, found ${describe(this.#token.kind)}`);
  }
}

const NAMED_KINDS: Readonly<Record<string, string>> = {
  name: 'a name',
  int: 'a number',
  float: 'a number',
  string: 'a string',
  bytes: 'a bytes literal',
  newline: 'the end of the line',
  indent: 'an indented block',
  outdent: 'the end of the block',
  'end of file': 'the end of the file',
};

function describe(kind: string): string {
  return NAMED_KINDS[kind] ?? `"${kind}"`;
}
