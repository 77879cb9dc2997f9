import type { Node } from './ast.ts';
import { errorAt, type Place, type Source } from './source.ts';
import { type Token, tokenize } from './tokens.ts';

/**
 * How deep expressions may stand inside each other. Real files stay below 30; the parser is recursive, and at
 * twice this depth the stack of a small thread would be exhausted.
 */
const MAX_NESTING = 300;

/** The tokens of one source with a reading position, and the way to read an expression from here. */
export class TokenStream {
  readonly source: Source;
  readonly #tokens: readonly Token[];
  readonly #parseExpression: (tokens: TokenStream) => Node;
  #at = 0;
  #nesting = 0;

  constructor(source: Source, parseExpression: (tokens: TokenStream) => Node) {
    this.source = source;
    this.#parseExpression = parseExpression;
    this.#tokens = tokenize(source);
  }

  /** The token `ahead` places further; the end repeats. */
  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new RangeError('a token list always holds its end');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** True when the next token is a keyword, operator or punctuation written like this. */
  isAt(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== 'string' && token.kind !== 'identifier';
  }

  /** Consumes the token if it is the next one. */
  take(text: string): boolean {
    if (!this.isAt(text)) return false;
    this.#at++;
    return true;
  }

  expect(text: string, purpose: string): Token {
    if (this.isAt(text)) return this.next();
    this.fail(`Expected "${text}" ${purpose}, found ${describeToken(this.peek())}.`);
  }

  identifier(purpose: string): Token {
    if (this.peek().kind === 'identifier') return this.next();
    this.fail(`Expected a name ${purpose}, found ${describeToken(this.peek())}.`);
  }

  place(token: Token = this.peek()): Place {
    return { source: this.source, offset: token.offset };
  }

  fail(message: string, token: Token = this.peek()): never {
    throw errorAt('syntax', message, this.place(token));
  }

  /** Reads one expression as far as it reaches, one level deeper. */
  expression(): Node {
    return this.nested(() => this.#parseExpression(this));
  }

  /** Runs `read` one level deeper. */
  nested<Result>(read: () => Result): Result {
    if (++this.#nesting > MAX_NESTING) {
      throw errorAt(
        'limit',
        `Expressions stand more than ${MAX_NESTING} deep inside each other.`,
        this.place(),
      );
    }
    const result = read();
    this.#nesting--;
    return result;
  }
}

export function describeToken(token: Token): string {
  return token.kind === 'end' ? token.text : JSON.stringify(token.text);
}
