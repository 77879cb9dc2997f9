import { generateLayout, generatePattern, generateSubject, generateVerb } from './generate-text.ts';
import type { Random } from './random.ts';

const FIELDS = [
  '.name',
  '.umlaut',
  '.html',
  '.lines',
  '.padded',
  '.empty',
  '.zero',
  '.one',
  '.n',
  '.negative',
  '.big',
  '.ratio',
  '.whole',
  '.tiny',
  '.large',
  '.yes',
  '.no',
  '.nil',
  '.missing',
  '.list',
  '.mixed',
  '.none',
  '.map',
  '.noMap',
  '.strings',
  '.steps',
  '.map.c.d',
  '.strings.K',
  '.build.Event',
  '.build.Params',
  '.json',
  '.',
] as const;

const LITERALS = [
  '0',
  '1',
  '2',
  '-3',
  '1.5',
  '100000.0',
  '"a"',
  '"b,c"',
  '"é ß"',
  '""',
  "'x'",
  'true',
  'false',
  'nil',
  '"2020-02-03"',
  '`r`',
] as const;

const TEXTS = [
  '.name',
  '.umlaut',
  '.html',
  '.lines',
  '.padded',
  '.empty',
  '.n',
  '.ratio',
  '.yes',
  '.map.c.d',
  '.strings.K',
  '.build.Event',
  '"a"',
  '"b,c"',
  '"é ß"',
  '""',
  '1',
  '(index .list 1)',
  '(printf "%v" .list)',
  '(upper .umlaut)',
] as const;
const ONE = ['len', 'not', 'html', 'js', 'urlquery', 'print', 'println', 'jsonify'] as const;
const ON_TEXT = [
  'lower',
  'upper',
  'title',
  'firstUpper',
  'trim',
  'chomp',
  'urlize',
  'base64Encode',
  'htmlEscape',
  'htmlUnescape',
  'md5',
  'sha1',
  'slicestr',
  'print',
  'html',
  'js',
  'len',
] as const;
const TWO = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or', 'index', 'slice', 'print'] as const;
const ON_TEXTS = [
  'append',
  'prepend',
  'contains',
  'containsAny',
  'hasPrefix',
  'hasSuffix',
  'trimLeft',
  'trimRight',
  'trimPrefix',
  'trimSuffix',
  'eq',
  'lt',
  'ge',
] as const;
const THREE = ['replace', 'and', 'or', 'eq', 'print', 'printf "%v"', 'replace', 'slicestr'] as const;

/** A random template over the data of the cases; most of them run, the rest fail in some way. */
export function generateTemplate(random: Random): string {
  return new Generator(random).statements(3);
}

class Generator {
  readonly #random: Random;
  #variables = 0;
  #isInLoop = false;

  constructor(random: Random) {
    this.#random = random;
  }

  statements(depth: number): string {
    const count = 1 + this.#random.below(3);
    let text = '';
    for (let done = 0; done < count; done += 1) text += this.#statement(depth);
    return text;
  }

  #statement(depth: number): string {
    const kind = this.#random.below(depth > 0 ? 14 : 7);
    if (kind < 2) return this.#random.pick(['text', ' ', '\n', 'a\n  b', '}', '{ ', 'é']);
    if (kind < 7) return this.#action(this.#pipeline(2));
    if (kind < 9) return this.#condition(depth);
    if (kind < 12) return this.#range(depth);
    if (kind === 12) return this.#declaration() + this.statements(depth - 1);
    return `${this.#action(`block "b${this.#random.below(5000)}" ${this.#random.chance(80) ? '$' : '.'}`)}${this.#separately(depth)}{{end}}`;
  }

  /** The body of a block sees neither loop nor variables. */
  #separately(depth: number): string {
    const outer = { variables: this.#variables, isInLoop: this.#isInLoop };
    this.#variables = 0;
    this.#isInLoop = false;
    const text = this.statements(depth - 1);
    this.#variables = outer.variables;
    this.#isInLoop = outer.isInLoop;
    return text;
  }

  #action(content: string): string {
    const left = this.#random.chance(10) ? '{{- ' : this.#random.chance(30) ? '{{ ' : '{{';
    const right = this.#random.chance(10) ? ' -}}' : this.#random.chance(30) ? ' }}' : '}}';
    return left + content + right;
  }

  #condition(depth: number): string {
    const word = this.#random.pick(['if', 'with']);
    const outer = this.#variables;
    let text = this.#action(`${word} ${this.#pipeline(1)}`) + this.statements(depth - 1);
    if (this.#random.chance(25))
      text += this.#action(`else ${word} ${this.#pipeline(1)}`) + this.statements(depth - 1);
    if (this.#random.chance(50)) text += this.#action('else') + this.statements(depth - 1);
    this.#variables = outer;
    return text + this.#action('end');
  }

  #range(depth: number): string {
    const outer = { variables: this.#variables, isInLoop: this.#isInLoop };
    const head = this.#random.pick(['', '$e := ', '$i, $e := ']);
    const over = this.#random.pick([
      '.list',
      '.mixed',
      '.map',
      '.steps',
      '.strings',
      '3',
      '(split "a,b" ",")',
      this.#operand(1),
    ]);
    this.#isInLoop = true;
    const body = this.statements(depth - 1) + (head === '' ? '' : '{{$e}}');
    const exit = this.#random.chance(20) ? this.#action(this.#random.pick(['break', 'continue'])) : '';
    this.#isInLoop = outer.isInLoop;
    this.#variables = outer.variables;
    const otherwise = this.#random.chance(20) ? this.#action('else') + this.statements(depth - 1) : '';
    return this.#action(`range ${head}${over}`) + body + exit + otherwise + this.#action('end');
  }

  #declaration(): string {
    this.#variables += 1;
    return this.#action(`$v${this.#variables} := ${this.#pipeline(1)}`);
  }

  #pipeline(depth: number): string {
    let text = this.#command(depth);
    while (this.#random.chance(15)) text += ` | ${this.#random.pick(['print', 'len', 'not', 'html', 'js'])}`;
    if (this.#random.chance(10)) text += ` | printf "${generateVerb(this.#random)}"`;
    return text;
  }

  #command(depth: number): string {
    switch (this.#random.below(14)) {
      case 0:
      case 1:
        return this.#operand(depth);
      case 2:
        return `${this.#random.pick(ONE)} ${this.#operand(depth)}`;
      case 3:
        return `${this.#random.pick(TWO)} ${this.#operand(depth)} ${this.#operand(depth)}`;
      case 4:
        return `${this.#random.pick(THREE)} ${this.#text()} ${this.#text()} ${this.#text()}`;
      case 5:
      case 6:
        return `printf "${generateVerb(this.#random)}" ${this.#operand(depth)}`;
      case 7:
        return `printf "${generateVerb(this.#random)}${generateVerb(this.#random)}" ${this.#operand(depth)} ${this.#text()}`;
      case 8:
        return `dateFormat "${generateLayout(this.#random)}" ${this.#random.below(2_000_000_000)}`;
      case 9:
        return this.#search();
      case 10:
      case 11:
        return `${this.#random.pick(ON_TEXT)} ${this.#text()}`;
      case 12:
        return `${this.#random.pick(ON_TEXTS)} ${this.#text()} ${this.#text()}`;
      default:
        return this.#operand(depth);
    }
  }

  /** Mostly from the data as a whole, because `.` is something else inside of blocks. */
  #rooted(operand: string): string {
    if (operand === '.' || this.#random.chance(5)) return operand;
    return operand.replace(/^\.|(?<=[ (])\./, '$.');
  }

  #text(): string {
    return this.#random.chance(95) ? this.#rooted(this.#random.pick(TEXTS)) : this.#operand(0);
  }

  #search(): string {
    const pattern = generatePattern(this.#random, 2);
    const subject = generateSubject(this.#random);
    if (this.#random.chance(50)) return `printf "%q" (findRE \`${pattern}\` "${subject}")`;
    return `replaceRE \`${pattern}\` "<$0|$1>" "${subject}"`;
  }

  #operand(depth: number): string {
    if (depth > 0 && this.#random.chance(20)) return `(${this.#pipeline(depth - 1)})`;
    if (this.#variables > 0 && this.#random.chance(20)) return `$v${1 + this.#random.below(this.#variables)}`;
    return this.#random.chance(65) ? this.#rooted(this.#random.pick(FIELDS)) : this.#random.pick(LITERALS);
  }
}
