import type { Binding, FunctionScope, Name } from '../syntax/ast.ts';

/** A block of names: the file, a function, or a comprehension inside one of them. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly kind: 'file' | 'function' | 'comprehension';
  /** Where the local variables of this block live: the enclosing function, or the file. */
  readonly container: Scope;
  readonly variables: FunctionScope;
  readonly bindings = new Map<string, Binding>();
  readonly children: Scope[] = [];
  /** Names used in this function or file, with the block they stand in. */
  uses: { readonly name: Name; readonly scope: Scope }[] = [];

  constructor(kind: 'file' | 'function' | 'comprehension', variables: FunctionScope, parent?: Scope) {
    this.kind = kind;
    this.parent = parent;
    this.variables = variables;
    this.container = kind === 'comprehension' && parent !== undefined ? parent.container : this;
    parent?.children.push(this);
  }

  /** Makes the name a variable of this block; returns whether it was one already. */
  bindLocal(name: Name): boolean {
    const isKnown = this.bindings.has(name.name);
    if (!isKnown) {
      const { locals } = this.container.variables;
      const binding: Binding = { name: name.name, scope: 'local', index: locals.length };
      this.bindings.set(name.name, binding);
      locals.push(binding);
    }
    this.use(name);
    return isKnown;
  }

  /** Notes that the name is used here. What it means is known only when its whole function has been read. */
  use(name: Name): void {
    this.container.uses.push({ name, scope: this });
  }

  /** Settles the uses of variables of this function or file itself; keeps the others for later. */
  resolveOwnUses(): void {
    this.uses = this.uses.filter(({ name, scope }) => {
      name.binding = findInContainer(name.name, scope);
      return name.binding === undefined;
    });
  }
}

function findInContainer(name: string, scope: Scope): Binding | undefined {
  for (let block: Scope | undefined = scope; block !== undefined; block = block.parent) {
    const binding = block.bindings.get(name);
    if (binding !== undefined)
      return binding.scope === 'local' || binding.scope === 'cell' ? binding : undefined;
    if (block.kind !== 'comprehension') return undefined;
  }
  return undefined;
}
