import { Failure } from '../failure.ts';
import type { Budget } from '../limits.ts';
import { excerpt } from '../text/bytes.ts';
import type { Token, TokenType } from './token.ts';

const END: Token = { type: 'end', text: '', offset: 0 };

/** Reads the tokens of one source, and knows what names mean while it does. */
export class TokenReader {
  readonly budget: Budget;
  readonly #tokens: readonly Token[];
  readonly #functions: ReadonlySet<string>;
  /** Variables in scope, with their `$`. */
  variables: string[] = ['$'];
  #at = 0;

  constructor(tokens: readonly Token[], functions: ReadonlySet<string>, budget: Budget) {
    this.#tokens = tokens;
    this.#functions = functions;
    this.budget = budget;
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1) ?? END;
  }

  next(): Token {
    const token = this.peek();
    if (this.#at < this.#tokens.length - 1) this.#at += 1;
    return token;
  }

  peekNonSpace(): Token {
    if (this.peek().type === 'space') this.#at += 1;
    return this.peek();
  }

  nextNonSpace(): Token {
    this.peekNonSpace();
    return this.next();
  }

  /** The next token that is not space must be of this type. */
  expect(type: TokenType, context: string): Token {
    const token = this.nextNonSpace();
    if (token.type !== type) throw unexpected(token, context);
    return token;
  }

  /** A place to come back to. */
  mark(): number {
    return this.#at;
  }

  rewind(mark: number): void {
    this.#at = mark;
  }

  hasFunction(name: string): boolean {
    return this.#functions.has(name);
  }
}

export function unexpected(token: Token, context: string): Failure {
  const found = token.type === 'end' ? 'The template ends' : `"${excerpt(token.text)}" is not expected`;
  return new Failure('syntax', `${found} in ${context}.`, token.offset);
}
