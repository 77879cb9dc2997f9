import type { Scope } from './finding-log.ts';
import { createFindingLog } from './finding-log.ts';
import { parseTree } from './parse-tree.ts';
import { resolveScalar } from './scalar.ts';
import type { Lookup } from './substitute.ts';
import { hasExpression, SubstitutionError, substitute } from './substitute.ts';
import type { MapEntry, ScalarNode, ScalarOrigin, TreeDocument, TreeNode } from './tree.ts';

/** What all expressions of one document may produce together. */
const MAX_OUTPUT = 16 * 1024 * 1024;

/**
 * The document with its `${…}` expressions replaced, scalar by scalar. A value takes effect exactly as if it had
 * been typed into the file, as in Drone, as long as the scalar remains one scalar; a value that would add keys or
 * items is an error finding. Expressions that cannot be read are errors in scalars and warnings in comments.
 */
export function substituteTree(document: TreeDocument, lookup: Lookup, scope: Scope): TreeNode {
  return new TreeSubstitution(document, lookup, scope).run();
}

/** The findings that `substituteTree` makes for expressions which cannot be read, whatever the values are. */
export function checkExpressions(document: TreeDocument, scope: Scope): void {
  new TreeSubstitution(document, undefined, scope).run();
}

/** The way to a node, from its end: far fewer of these are made than paths would be copied. */
interface Trail {
  readonly parent: Trail | undefined;
  readonly key: string | number;
}

class TreeSubstitution {
  readonly #document: TreeDocument;
  /** Absent when expressions are only checked. */
  readonly #lookup: Lookup | undefined;
  readonly #scope: Scope;
  /** Aliases share nodes: each is replaced once. */
  readonly #done = new Map<TreeNode, TreeNode>();
  readonly #origins: ScalarOrigin[] = [];
  #output = 0;
  /** Where the line of the last comment began; comments are looked at in order. */
  #lineStart = 0;
  #linesBefore = 0;

  constructor(document: TreeDocument, lookup: Lookup | undefined, scope: Scope) {
    this.#document = document;
    this.#lookup = lookup;
    this.#scope = scope;
  }

  run(): TreeNode {
    if (!hasExpression(this.#document.text)) return this.#document.root;
    const root = this.#visit(this.#document.root, undefined);
    this.#checkRest();
    return root;
  }

  #visit(node: TreeNode, trail: Trail | undefined): TreeNode {
    if (node.kind === 'scalar' && !hasExpression(node.origin.source)) return node;
    const known = this.#done.get(node);
    if (known !== undefined) return known;
    const made = this.#replace(node, trail);
    this.#done.set(node, made);
    return made;
  }

  #replace(node: TreeNode, trail: Trail | undefined): TreeNode {
    if (node.kind === 'scalar') return this.#scalar(node, trail);
    if (node.kind === 'list') {
      const items = node.items.map((item, key) => this.#visit(item, { parent: trail, key }));
      return items.every((item, at) => item === node.items[at]) ? node : { ...node, items };
    }
    const entries = node.entries.map((entry) => this.#entry(entry, trail));
    return entries.every((entry, at) => entry === node.entries[at]) ? node : { ...node, entries };
  }

  /** The entry itself when nothing in it changes, as nearly always. */
  #entry(entry: MapEntry, trail: Trail | undefined): MapEntry {
    const inside = { parent: trail, key: entry.key.text };
    const visited = this.#visit(entry.key, inside);
    const key = visited.kind === 'scalar' ? visited : entry.key;
    const value = this.#visit(entry.value, inside);
    return key === entry.key && value === entry.value ? entry : { ...entry, key, value };
  }

  #scalar(node: ScalarNode, trail: Trail | undefined): ScalarNode {
    const { origin } = node;
    this.#origins.push(origin);
    const source = this.#expand(node, trail);
    if (source === undefined || source === origin.source) return node;
    // Without an expression in it the result is the same for all values, so it is looked at before they are known.
    if (this.#lookup === undefined && hasValue(node)) return node;
    this.#output += source.length;
    if (this.#output > MAX_OUTPUT) {
      this.#fail(
        node,
        trail,
        'substitution-size',
        'The substituted document is too long.',
        'Use fewer expressions.',
      );
      return node;
    }
    const text = isPlainText(source, origin) ? source : undefined;
    if (text !== undefined) return { ...node, text, value: resolveScalar(text, true, origin.tag) };
    return this.#reread(node, source, trail);
  }

  #expand(node: ScalarNode, trail: Trail | undefined): string | undefined {
    try {
      return substitute(node.origin.source, this.#lookup ?? (() => ''));
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error;
      const hint = 'Write $${…} for an expression that is meant for the shell.';
      this.#fail(node, trail, 'substitution-syntax', `${error.message}.`, hint);
      return undefined;
    }
  }

  /** Parses the substituted source where it stands, in a document that holds nothing else. */
  #reread(node: ScalarNode, source: string, trail: Trail | undefined): ScalarNode {
    const log = createFindingLog(this.#scope.log.file);
    const text = surround(source, node.origin);
    const tree = parseTree({ index: 0, firstLine: 1, text }, { document: 0, log });
    const found = tree === undefined || log.hasErrors() ? undefined : pick(tree, node.origin);
    if (found === undefined || found.origin.tag !== undefined || found.hasAnchor) {
      this.#failShape(node, trail);
      return node;
    }
    if (found.origin.source.length < source.trimEnd().length) this.#warnCut(node, trail);
    const value =
      node.origin.tag === undefined ? found.value : resolveScalar(found.text, true, node.origin.tag);
    return { ...node, text: found.text, value };
  }

  #failShape(node: ScalarNode, trail: Trail | undefined): void {
    if (hasValue(node)) {
      const hint = 'Put the expression in quotes, or use the variable in the shell, $NAME without braces.';
      const message = 'The value of an expression would change the structure of the file.';
      this.#fail(node, trail, 'substitution-shape', message, hint);
      return;
    }
    const hint = 'Write the sequence twice, or put the text in single quotes or a block.';
    const message = 'Two backslashes become one here, as in Drone, and then this text cannot be read.';
    this.#fail(node, trail, 'substitution-escape', message, hint);
  }

  #warnCut(node: ScalarNode, trail: Trail | undefined): void {
    this.#scope.log.add(this.#scope.document, {
      severity: 'warning',
      code: 'substitution-comment',
      message: 'The value of an expression contains " #", so the rest of the line is a comment.',
      hint: 'Put the expression in quotes.',
      at: node,
      path: toPath(trail),
    });
  }

  /** Looks at what is left of the text: comments, where an unreadable expression only deserves a warning. */
  #checkRest(): void {
    const { text } = this.#document;
    let from = 0;
    const ends = this.#origins.toSorted((a, b) => a.offset - b.offset);
    for (const origin of [...ends, undefined]) {
      this.#checkComment(from, origin?.offset ?? text.length);
      from = Math.max(from, origin === undefined ? text.length : origin.offset + origin.source.length);
    }
  }

  #checkComment(from: number, to: number): void {
    const gap = this.#document.text.slice(from, to);
    if (!gap.includes('${')) return;
    for (const match of gap.matchAll(/(?:^|\s)#[^\n]*/g)) {
      if (!match[0].includes('${') || this.#scope.log.isFull()) continue;
      const offset = from + match.index;
      try {
        substitute(match[0], () => '');
      } catch (error) {
        if (!(error instanceof SubstitutionError)) throw error;
        this.#warnComment(offset + error.offset, error.message);
      }
    }
  }

  #warnComment(offset: number, message: string): void {
    const { text, firstLine } = this.#document;
    for (let end = text.indexOf('\n', this.#lineStart); end >= 0 && end < offset; ) {
      this.#lineStart = end + 1;
      this.#linesBefore += 1;
      end = text.indexOf('\n', this.#lineStart);
    }
    const at = { line: firstLine + this.#linesBefore, column: offset - this.#lineStart + 1 };
    this.#scope.log.add(this.#scope.document, {
      severity: 'warning',
      code: 'substitution-comment-syntax',
      message: `In a comment: ${message}.`,
      hint: 'Drone refuses the whole file for this. Write $${…}, or drop the comment.',
      at,
      path: [],
    });
  }

  #fail(node: ScalarNode, trail: Trail | undefined, code: string, message: string, hint: string): void {
    this.#scope.log.add(this.#scope.document, {
      severity: 'error',
      code,
      message,
      hint,
      at: node,
      path: toPath(trail),
    });
  }
}

function toPath(trail: Trail | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = trail; at !== undefined; at = at.parent) path.unshift(at.key);
  return path;
}

/** True when the text would surely be read as this one plain scalar; anything else is parsed again. */
function isPlainText(source: string, origin: ScalarOrigin): boolean {
  if (!/^[\p{L}\p{Nd}_./$(]/u.test(origin.source) && !origin.source.startsWith('${')) return false;
  if (origin.isFlow) return /^[A-Za-z0-9_./$(][A-Za-z0-9_./$()=+@~-]*$/.test(source);
  return (
    /^[A-Za-z0-9_./$(][^\n\r\t]*$/.test(source) && !/:(?:\s|$)|\s#|\s$/.test(source) && origin.slot !== 'key'
  );
}

function surround(source: string, origin: ScalarOrigin): string {
  const { slot, isFlow, indent } = origin;
  if (isFlow) {
    if (slot === 'item') return `- [${source}\n  ]\n`;
    return slot === 'value' ? `- {x: ${source}\n  }\n` : `- {${source}: x}\n`;
  }
  const pad = ' '.repeat(indent);
  if (slot === 'key') return `${pad}${source}: x\n`;
  return `${pad}${slot === 'item' ? '- ' : 'x: '}${source}\n`;
}

/** The scalar at the place where `surround` has put it; `undefined` when there is more or something else. */
function pick(tree: TreeNode, { slot, isFlow }: ScalarOrigin): ScalarNode | undefined {
  const outer = isFlow && tree.kind === 'list' && tree.items.length === 1 ? tree.items[0] : tree;
  if (outer === undefined || outer.kind === 'scalar') return undefined;
  if (outer.kind === 'list') return slot === 'item' ? only(outer.items) : undefined;
  const entry = outer.entries.length === 1 ? outer.entries[0] : undefined;
  if (entry === undefined || slot === 'item') return undefined;
  return slot === 'key' ? entry.key : only([entry.value]);
}

function only(nodes: readonly TreeNode[]): ScalarNode | undefined {
  const node = nodes.length === 1 ? nodes[0] : undefined;
  return node?.kind === 'scalar' ? node : undefined;
}

/** True when a value takes part; escapes alone give the same text for every build. */
function hasValue(node: ScalarNode): boolean {
  return node.origin.source.includes('${');
}
