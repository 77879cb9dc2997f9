import { FastCursor, giveUp, NotPlain } from './fast-cursor.ts';
import { FastScalars } from './fast-scalars.ts';
import type { DocumentText } from './split.ts';
import type { ListNode, MapEntry, MapNode, ScalarOrigin, TreeNode } from './tree.ts';

/** Deeper documents are left to the full parser, which has a limit of its own. */
const MAX_DEPTH = 40;
/** So are larger ones: the full parser counts their words. */
const MAX_LENGTH = 256 * 1024;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const DASH = 0x2d;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
const PIPE = 0x7c;
const GREATER = 0x3e;

type Slot = Pick<ScalarOrigin, 'slot' | 'isFlow' | 'indent'>;

/**
 * Reads the YAML that nearly every pipeline file is written in: block maps and lists, scalars, blocks, flow
 * collections such as JSON. `undefined` for everything else (anchors, tags, tabs, unusual escapes and indentation,
 * every mistake), which the full parser reads then. The tree is the same as the full parser's, many times faster.
 */
export function readFastTree(document: DocumentText): TreeNode | undefined {
  const { text } = document;
  if (text.length > MAX_LENGTH || /[\0\r\uFEFF]/.test(text)) return undefined;
  try {
    return new FastTree(document).run();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class FastTree {
  readonly #cursor: FastCursor;
  readonly #scalars: FastScalars;
  #depth = 0;
  /** Column of the block around the brackets that are being read. */
  #flowParent = -1;

  constructor({ text, firstLine }: DocumentText) {
    this.#cursor = new FastCursor(text, firstLine);
    this.#scalars = new FastScalars(text);
  }

  run(): TreeNode | undefined {
    if (!this.#cursor.skipToContent()) return undefined;
    const root = this.#block(-1, { slot: 'value', isFlow: false, indent: 0 });
    return this.#cursor.skipToContent() ? giveUp() : root;
  }

  /** The node at the present place; `parent` is the column of the collection around it. */
  #block(parent: number, slot: Slot): TreeNode {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) giveUp();
    const node = this.#isDash() ? this.#list() : this.#mapOrScalar(parent, slot);
    this.#depth -= 1;
    return node;
  }

  #isDash(): boolean {
    if (this.#cursor.code() !== DASH) return false;
    const next = this.#cursor.code(1);
    return next === SPACE || next === NEWLINE || Number.isNaN(next);
  }

  #mapOrScalar(parent: number, slot: Slot): TreeNode {
    const end = this.#keyEnd();
    return end === undefined ? this.#inline(parent, slot) : this.#map(end);
  }

  #list(): ListNode {
    const indent = this.#cursor.column;
    const line = this.#cursor.line;
    const items: TreeNode[] = [];
    while (!this.#cursor.isAtEnd && this.#cursor.column === indent && this.#isDash()) {
      this.#cursor.at += 1;
      items.push(this.#item({ slot: 'item', isFlow: false, indent }));
      this.#toSibling(indent);
    }
    return { kind: 'list', items, hasAnchor: false, line, column: indent + 1 };
  }

  #item(slot: Slot): TreeNode {
    if (!this.#cursor.isLineDone()) return this.#block(slot.indent, slot);
    const offset = this.#cursor.at;
    const place = this.#cursor.place();
    if (this.#cursor.skipToContent() && this.#cursor.column > slot.indent)
      return this.#block(slot.indent, slot);
    return this.#scalars.empty(offset, slot, place);
  }

  #map(firstEnd: number): MapNode {
    const indent = this.#cursor.column;
    const line = this.#cursor.line;
    const entries: MapEntry[] = [];
    let end: number | undefined = firstEnd;
    for (;;) {
      if (end === undefined || this.#isDash()) giveUp();
      entries.push(this.#entry(indent, end ?? 0));
      this.#toSibling(indent);
      if (this.#cursor.isAtEnd || this.#cursor.column !== indent) break;
      // A list in the column of the map belongs to the key above it and has been read there.
      end = this.#keyEnd();
    }
    return { kind: 'map', entries, hasAnchor: false, line, column: indent + 1 };
  }

  /** After an entry or item: the next content stands in the same column, or further left. */
  #toSibling(indent: number): void {
    if (this.#cursor.skipToContent() && this.#cursor.column > indent) giveUp();
  }

  #entry(indent: number, end: number): MapEntry {
    const start = this.#cursor.at;
    const key = this.#scalars.key(start, end, { slot: 'key', isFlow: false, indent }, this.#cursor.place());
    this.#cursor.at = this.#cursor.text.indexOf(':', end) + 1;
    const slot: Slot = { slot: 'value', isFlow: false, indent };
    return { key, value: this.#value(indent, slot), isMerge: false };
  }

  #value(indent: number, slot: Slot): TreeNode {
    if (!this.#cursor.isLineDone()) return this.#inline(indent, slot);
    const offset = this.#cursor.at;
    const place = this.#cursor.place();
    if (this.#cursor.skipToContent()) {
      const isList = this.#cursor.column === indent && this.#isDash();
      if (this.#cursor.column > indent || isList) return this.#block(indent, slot);
    }
    return this.#scalars.empty(offset, slot, place);
  }

  /** A value that begins on the line of its key or dash. */
  #inline(parent: number, slot: Slot): TreeNode {
    const code = this.#cursor.code();
    if (code === OPEN_LIST || code === OPEN_MAP) {
      this.#flowParent = parent;
      const node = this.#flow(slot);
      if (!this.#cursor.isLineDone()) giveUp();
      return node;
    }
    const place = this.#cursor.place();
    if (code === PIPE || code === GREATER) {
      const { node, end } = this.#scalars.block(this.#cursor.at, parent, slot, place);
      this.#cursor.goTo(end);
      return node;
    }
    const node = this.#scalars.line(this.#cursor.at, parent, slot, place);
    this.#cursor.goTo(this.#cursor.at + node.origin.source.length);
    if (!this.#cursor.isLineDone()) giveUp();
    // More text further right would belong to the scalar.
    const line = this.#cursor.line;
    if (this.#cursor.skipToContent() && this.#cursor.line > line && this.#cursor.column > parent) giveUp();
    return node;
  }

  /** Offset after the key that begins here, when a key begins here. */
  #keyEnd(): number | undefined {
    return this.#scalars.keyEnd(this.#cursor.at);
  }

  #flow(slot: Slot): TreeNode {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) giveUp();
    const node = this.#cursor.code() === OPEN_LIST ? this.#flowList(slot) : this.#flowMap(slot);
    this.#depth -= 1;
    return node;
  }

  #flowList({ indent }: Slot): ListNode {
    const place = this.#cursor.place();
    const items: TreeNode[] = [];
    this.#cursor.at += 1;
    for (this.#flowContent(); this.#cursor.code() !== CLOSE_LIST; this.#flowContent()) {
      items.push(this.#flowNode({ slot: 'item', isFlow: true, indent }));
      this.#flowEnd(CLOSE_LIST);
    }
    this.#cursor.at += 1;
    return { kind: 'list', items, hasAnchor: false, ...place };
  }

  #flowMap({ indent }: Slot): MapNode {
    const place = this.#cursor.place();
    const entries: MapEntry[] = [];
    this.#cursor.at += 1;
    for (this.#flowContent(); this.#cursor.code() !== CLOSE_MAP; this.#flowContent()) {
      const start = this.#cursor.at;
      const key = this.#scalars.flow(start, { slot: 'key', isFlow: true, indent }, this.#cursor.place());
      this.#cursor.at += key.origin.source.length;
      const isQuoted = key.origin.source !== key.text;
      if (key.text === '<<' || this.#cursor.code() !== COLON || (!isQuoted && this.#cursor.code(1) !== SPACE))
        giveUp();
      this.#cursor.at += 1;
      this.#flowContent();
      const value = this.#flowNode({ slot: 'value', isFlow: true, indent });
      entries.push({ key, value, isMerge: false });
      this.#flowEnd(CLOSE_MAP);
    }
    this.#cursor.at += 1;
    return { kind: 'map', entries, hasAnchor: false, ...place };
  }

  #flowNode(slot: Slot): TreeNode {
    const code = this.#cursor.code();
    if (code === OPEN_LIST || code === OPEN_MAP) return this.#flow(slot);
    const node = this.#scalars.flow(this.#cursor.at, slot, this.#cursor.place());
    this.#cursor.at += node.origin.source.length;
    return node;
  }

  /** Inside of brackets every line stands further right than the block around them. */
  #flowContent(): void {
    if (!this.#cursor.skipToContent() || this.#cursor.column <= this.#flowParent) giveUp();
  }

  #flowEnd(close: number): void {
    this.#flowContent();
    const code = this.#cursor.code();
    if (code === COMMA) this.#cursor.at += 1;
    else if (code !== close) giveUp();
  }
}
