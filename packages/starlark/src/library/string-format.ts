import { Failure } from '../errors.ts';
import { repr, toText } from '../values/repr.ts';
import type { Call, Value } from '../values/value.ts';

/** `"…{}…{1}…{name!r}…".format(…)`; `{{` and `}}` are braces. There are no format specifications. */
export function format(text: string, call: Call): string {
  call.meter.scan(text.length);
  const fields = new Fields(call);
  const parts: string[] = [];
  let rest = 0;
  while (rest < text.length) {
    const open = text.indexOf('{', rest);
    parts.push(unescapeBraces(text.slice(rest, open < 0 ? text.length : open)));
    if (open < 0) break;
    if (text[open + 1] === '{') {
      parts.push('{');
      rest = open + 2;
      continue;
    }
    const close = text.indexOf('}', open);
    if (close < 0) throw new Failure('format(): a { has no closing }; write {{ for a brace');
    const part = fields.text(text.slice(open + 1, close));
    call.meter.allocate(part.length + 8);
    parts.push(part);
    rest = close + 1;
  }
  call.meter.allocate(text.length);
  return parts.join('');
}

function unescapeBraces(literal: string): string {
  if (!literal.includes('}')) return literal;
  if (literal.replaceAll('}}', '').includes('}')) {
    throw new Failure('format(): a } has no opening {; write }} for a brace');
  }
  return literal.replaceAll('}}', '}');
}

/** Finds the argument of each field; numbered and unnumbered fields cannot be mixed. */
class Fields {
  readonly #call: Call;
  readonly #named: ReadonlyMap<string, Value>;
  #next = 0;
  #numbering: 'automatic' | 'manual' | undefined;

  constructor(call: Call) {
    this.#call = call;
    // The first of several values of a name counts.
    this.#named = new Map(call.kwargs.toReversed());
  }

  /** The text for a field such as `name!r`, given without braces. */
  text(field: string): string {
    const { name, conversion, specification } = parseField(field);
    const value = this.#find(name);
    if (specification !== '')
      throw new Failure(
        `format(): the field {${field}} has a specification after ":", which Starlark does not know`,
      );
    if (conversion === 's') return toText(value, this.#call.meter);
    if (conversion === 'r') return repr(value, this.#call.meter);
    throw new Failure(`format(): the field {${field}} has an unknown conversion; there are !s and !r`);
  }

  #find(name: string): Value {
    if (name === '') {
      this.#number('automatic');
      this.#next += 1;
      return this.#positional(this.#next - 1);
    }
    if (/^[0-9]+$/.test(name) && Number(name) <= Number.MAX_SAFE_INTEGER) {
      this.#number('manual');
      return this.#positional(Number(name));
    }
    const value = this.#named.get(name);
    if (value !== undefined) return value;
    if (/[.[{]/.test(name))
      throw new Failure(`format(): the field {${name}} is more than a name, which Starlark does not know`);
    throw new Failure(`format(): there is no argument ${name}`);
  }

  #number(kind: 'automatic' | 'manual'): void {
    this.#numbering ??= kind;
    if (this.#numbering !== kind) throw new Failure('format(): fields are either all numbered or all not');
  }

  #positional(index: number): Value {
    const value = this.#call.args[index];
    if (value === undefined) throw new Failure(`format(): the text needs at least ${index + 1} arguments`);
    return value;
  }
}

/** `name`, `name:specification`, `name!conversion` or `name!conversion:specification`. */
function parseField(field: string): { name: string; conversion: string; specification: string } {
  const mark = field.indexOf('!');
  const [head, tail] = mark < 0 ? [field, field] : [field.slice(0, mark), field.slice(mark + 1)];
  const colon = tail.indexOf(':');
  const specification = colon < 0 ? '' : tail.slice(colon + 1);
  const beforeColon = colon < 0 ? tail : tail.slice(0, colon);
  return mark < 0
    ? { name: beforeColon, conversion: 's', specification }
    : { name: head, conversion: beforeColon, specification };
}
