import { Failure } from '../failure.ts';
import type { Budget } from '../limits.ts';
import { excerpt } from '../text/bytes.ts';
import type { Branch, Statement, Templates } from './ast.ts';
import { tokenize } from './lexer.ts';
import { parsePipeline } from './pipeline-parser.ts';
import type { Token } from './token.ts';
import { TokenReader, unexpected } from './token-reader.ts';
import { unquote } from './unquote.ts';

/**
 * Parses a template (bytes) and the templates that it defines. The result holds the main one under `name`. Throws
 * `syntax` failures, and `limit` failures for text that is nested too deep.
 */
export function parseTemplate(
  name: string,
  source: string,
  functions: ReadonlySet<string>,
  budget: Budget,
): Templates {
  return new Parser(new TokenReader(tokenize(source), functions, budget)).parse(name);
}

/** What ended a list of statements. */
type Ending = { readonly type: 'end' | 'else'; readonly token: Token };

class Parser {
  readonly #reader: TokenReader;
  readonly #templates = new Map<string, readonly Statement[]>();
  #rangeDepth = 0;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  parse(name: string): Templates {
    const statements: Statement[] = [];
    while (this.#reader.peek().type !== 'end') {
      const statement = this.#isDefinition() ? this.#parseDefinition() : this.#parseStatement();
      if (statement === undefined) continue;
      if (isEnding(statement)) throw unexpected(statement.token, 'the template: no block is open');
      statements.push(statement);
    }
    this.#add(name, statements, 0);
    return this.#templates;
  }

  #isDefinition(): boolean {
    const mark = this.#reader.mark();
    const isDefinition =
      this.#reader.next().type === 'left' && isKeyword(this.#reader.nextNonSpace(), 'define');
    this.#reader.rewind(mark);
    return isDefinition;
  }

  #parseDefinition(): undefined {
    this.#reader.next();
    const { offset } = this.#reader.nextNonSpace();
    const name = this.#parseName('the definition');
    this.#reader.expect('right', 'the definition');
    this.#add(name, this.#parseSeparately(), offset);
  }

  /** The body of a definition sees neither the variables nor the loops around it. */
  #parseSeparately(): Statement[] {
    const { variables } = this.#reader;
    const rangeDepth = this.#rangeDepth;
    this.#reader.variables = ['$'];
    this.#rangeDepth = 0;
    const { statements, ending } = this.#parseList();
    if (ending.type !== 'end') throw unexpected(ending.token, 'the definition');
    this.#reader.variables = variables;
    this.#rangeDepth = rangeDepth;
    return statements;
  }

  #add(name: string, statements: readonly Statement[], offset: number): void {
    const previous = this.#templates.get(name);
    if (previous === undefined || isEmpty(previous)) this.#templates.set(name, statements);
    else if (!isEmpty(statements))
      throw new Failure('syntax', `The template "${excerpt(name)}" is defined twice.`, offset);
  }

  #parseName(context: string): string {
    const token = this.#reader.nextNonSpace();
    if (token.type !== 'string' && token.type !== 'raw') throw unexpected(token, context);
    return unquote(token.text, token.offset);
  }

  #parseList(): { readonly statements: Statement[]; readonly ending: Ending } {
    const statements: Statement[] = [];
    this.#reader.budget.enter(this.#reader.peek().offset);
    for (;;) {
      const statement = this.#parseStatement();
      if (isEnding(statement)) {
        this.#reader.budget.leave();
        return { statements, ending: statement };
      }
      statements.push(statement);
    }
  }

  #parseStatement(): Statement | Ending {
    const token = this.#reader.nextNonSpace();
    if (token.type === 'text') return { type: 'text', text: token.text, offset: token.offset };
    if (token.type === 'end')
      throw new Failure('syntax', 'A block is never closed with {{end}}.', token.offset);
    if (token.type !== 'left') throw unexpected(token, 'the template');
    const word = this.#reader.peekNonSpace();
    if (word.type === 'keyword') return this.#parseKeyword(this.#reader.next());
    return {
      type: 'action',
      pipeline: parsePipeline(this.#reader, 'command', 'right'),
      offset: word.offset,
    };
  }

  #parseKeyword(token: Token): Statement | Ending {
    switch (token.text) {
      case 'if':
      case 'with':
        return this.#parseCondition(token.text, token.offset);
      case 'range':
        return this.#parseRange(token.offset);
      case 'template':
        return this.#parseTemplateCall(token.offset);
      case 'block':
        return this.#parseBlock(token.offset);
      case 'break':
      case 'continue':
        this.#reader.expect('right', `{{${token.text}}}`);
        if (this.#rangeDepth === 0) throw unexpected(token, 'a place outside of {{range}}');
        return { type: token.text, offset: token.offset };
      case 'end':
        this.#reader.expect('right', '{{end}}');
        return { type: 'end', token };
      case 'else':
        if (!this.#isElseCondition()) this.#reader.expect('right', '{{else}}');
        return { type: 'else', token };
      default:
        throw unexpected(token, 'a command');
    }
  }

  #isElseCondition(): boolean {
    const next = this.#reader.peekNonSpace();
    return isKeyword(next, 'if') || isKeyword(next, 'with');
  }

  /** The whole `if … else if … else … end`; variables of one condition are seen in the branches after it. */
  #parseCondition(type: 'if' | 'with', offset: number): Statement {
    const scope = this.#reader.variables.length;
    const branches: Branch[] = [];
    for (;;) {
      const pipeline = parsePipeline(this.#reader, type, 'right');
      const { statements, ending } = this.#parseList();
      branches.push({ pipeline, body: statements });
      if (ending.type === 'else' && isKeyword(this.#reader.peek(), type)) {
        this.#reader.next();
        continue;
      }
      const otherwise = ending.type === 'else' ? this.#parseElse() : undefined;
      this.#reader.variables.length = scope;
      return { type, branches, otherwise, offset };
    }
  }

  #parseElse(): Statement[] {
    const { statements, ending } = this.#parseList();
    if (ending.type !== 'end') throw unexpected(ending.token, 'a block that already has an {{else}}');
    return statements;
  }

  #parseRange(offset: number): Statement {
    const scope = this.#reader.variables.length;
    const pipeline = parsePipeline(this.#reader, 'range', 'right');
    this.#rangeDepth += 1;
    const { statements, ending } = this.#parseList();
    this.#rangeDepth -= 1;
    const otherwise = ending.type === 'else' ? this.#parseElse() : undefined;
    this.#reader.variables.length = scope;
    return { type: 'range', pipeline, body: statements, otherwise, offset };
  }

  #parseTemplateCall(offset: number): Statement {
    const name = this.#parseName('{{template}}');
    if (this.#reader.peekNonSpace().type !== 'right')
      return {
        type: 'template',
        name,
        pipeline: parsePipeline(this.#reader, '{{template}}', 'right'),
        offset,
      };
    this.#reader.next();
    return { type: 'template', name, pipeline: undefined, offset };
  }

  #parseBlock(offset: number): Statement {
    const name = this.#parseName('{{block}}');
    const pipeline = parsePipeline(this.#reader, '{{block}}', 'right');
    this.#add(name, this.#parseSeparately(), offset);
    return { type: 'template', name, pipeline, offset };
  }
}

function isKeyword(token: Token, word: string): boolean {
  return token.type === 'keyword' && token.text === word;
}

function isEnding(statement: Statement | Ending): statement is Ending {
  return statement.type === 'end' || statement.type === 'else';
}

/** Templates of white space alone may be defined again. */
function isEmpty(statements: readonly Statement[]): boolean {
  return statements.every(
    ({ type, ...rest }) => type === 'text' && 'text' in rest && rest.text.trim() === '',
  );
}
