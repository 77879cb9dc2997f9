import type { Budget } from '../limits.ts';
import { timeText } from '../time/format.ts';
import { sizedText } from '../time/methods.ts';
import { sortedKeys, typeName, type Value } from '../value.ts';
import type { Flags } from './flags.ts';
import { formatFloat } from './float.ts';
import { formatInteger } from './integer.ts';
import { pad } from './pad.ts';
import { formatText } from './text.ts';

type Compound = Exclude<Value, undefined | null | boolean | string | bigint | number>;

/** Prints values under one verb and its flags, as Go's `fmt` does. */
export class Printer {
  readonly #budget: Budget;
  readonly #flags: Flags;
  readonly #verb: string;

  constructor(budget: Budget, flags: Flags, verb: string) {
    this.#budget = budget;
    this.#flags = flags;
    this.#verb = verb;
  }

  print(value: Value): string {
    if (value === undefined || value === null)
      return this.#verb === 'T' || this.#verb === 'v' ? pad(this.#flags, '<nil>') : this.#badNil();
    if (this.#verb === 'T') return formatText(this.#flags, typeName(value), 's') ?? '';
    return this.#printValue(value);
  }

  #badNil(): string {
    return `%!${this.#verb}(<nil>)`;
  }

  #printValue(value: Exclude<Value, undefined | null>): string {
    this.#budget.allocate(
      16 + Math.min(this.#flags.width ?? 0, 1e6) + Math.min(this.#flags.precision ?? 0, 1e6),
    );
    const text = this.#tryPrint(value);
    if (text === undefined) return this.#badVerb(value);
    this.#budget.allocate(text.length);
    return text;
  }

  #badVerb(value: Value): string {
    const plain = new Printer(this.#budget, this.#flags, 'v');
    return `%!${this.#verb}(${typeName(value)}=${plain.print(value)})`;
  }

  #tryPrint(value: Exclude<Value, undefined | null>): string | undefined {
    // Only for errors, which templates do not have.
    if (this.#verb === 'w') return undefined;
    switch (typeof value) {
      case 'boolean':
        return this.#verb === 't' || this.#verb === 'v' ? pad(this.#flags, String(value)) : undefined;
      case 'string':
        return formatText(this.#flags, value, this.#verb);
      case 'bigint':
        return formatInteger(this.#flags, value, this.#verb, false);
      case 'number':
        return formatFloat(this.#flags, value, this.#verb);
      default:
        return this.#printCompound(value);
    }
  }

  #printCompound(value: Compound): string | undefined {
    switch (value.kind) {
      case 'sized':
        return this.#printSized(value);
      case 'html':
        return formatText(this.#flags, value.text, this.#verb);
      case 'complex':
        return this.#printComplex(value.real, value.imaginary);
      case 'time':
        return formatText({ ...this.#flags, sharpV: false }, timeText(value), this.#verb);
      case 'callable':
        return pad(this.#flags, 'func');
      case 'list':
        return this.#printList(value);
      case 'map':
        return this.#printMap(value);
      case 'struct':
        return this.#printStruct(value);
    }
  }

  #printSized(value: Compound & { kind: 'sized' }): string | undefined {
    const named = this.#flags.sharpV ? undefined : sizedText(value);
    if (named !== undefined && 'vsxXq'.includes(this.#verb))
      return formatText(this.#flags, named, this.#verb);
    return formatInteger(this.#flags, value.value, this.#verb, value.type === 'uint8');
  }

  #printComplex(real: number, imaginary: number): string | undefined {
    const first = formatFloat(this.#flags, real, this.#verb);
    const second = formatFloat({ ...this.#flags, plus: true }, imaginary, this.#verb);
    return first === undefined || second === undefined ? undefined : `(${first}${second}i)`;
  }

  #printList(list: Compound & { kind: 'list' }): string {
    const items = this.#nested(() => list.items.map((item) => this.#printElement(item)));
    if (!this.#flags.sharpV) return `[${items.join(' ')}]`;
    return list.isNil ? `${typeName(list)}(nil)` : `${typeName(list)}{${items.join(', ')}}`;
  }

  #printMap(map: Compound & { kind: 'map' }): string {
    const items = this.#nested(() =>
      sortedKeys(this.#budget, map).map(
        (key) => `${this.#printElement(key)}:${this.#printElement(map.entries.get(key))}`,
      ),
    );
    return this.#flags.sharpV ? `${typeName(map)}{${items.join(', ')}}` : `map[${items.join(' ')}]`;
  }

  #printStruct(struct: Compound & { kind: 'struct' }): string {
    const isNamed = this.#flags.plusV || this.#flags.sharpV;
    const items = this.#nested(() =>
      [...struct.fields].map(([name, value]) => (isNamed ? `${name}:` : '') + this.#printElement(value)),
    );
    return this.#flags.sharpV ? `${struct.type}{${items.join(', ')}}` : `{${items.join(' ')}}`;
  }

  /** Data from decoders may be nested deeper than the stack allows. */
  #nested(print: () => string[]): string[] {
    this.#budget.enter();
    const items = print();
    this.#budget.leave();
    return items;
  }

  /** A nil inside of a container prints without padding, and under every verb. */
  #printElement(value: Value): string {
    this.#budget.step();
    if (value === undefined || value === null) return this.#flags.sharpV ? 'interface {}(nil)' : '<nil>';
    return this.#printValue(value);
  }
}
