import type { Alias, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Scope } from './finding-log.ts';
import { decodeBinary, isBinaryTag, isKnownTag, resolveScalar } from './scalar.ts';
import { shorten } from './short-text.ts';
import type { ListNode, MapEntry, MapNode, Place, ScalarNode, ScalarOrigin, TreeNode } from './tree.ts';

/** What aliases may repeat in all, in characters plus a fixed amount per node. Stops expansion bombs. */
const MAX_REPEATED = 8 * 1024 * 1024;
const NODE_WEIGHT = 16;

type Slot = Pick<ScalarOrigin, 'slot' | 'isFlow' | 'indent'>;

interface ConverterInput {
  readonly scope: Scope;
  readonly text: string;
  /** Offset in the text → place in the file. */
  readonly place: (offset: number) => Place;
}

/** Turns the nodes of the YAML library into ours: aliases resolved, scalars typed, places known. */
export class TreeConverter {
  readonly #input: ConverterInput;
  readonly #anchors = new Map<string, TreeNode>();
  readonly #weights = new Map<TreeNode, number>();
  #repeated = 0;
  #hasFailed = false;

  constructor(input: ConverterInput) {
    this.#input = input;
  }

  /** The tree, or `undefined` after errors, which are in the log then. */
  convert(root: Node): TreeNode | undefined {
    const node = this.#toNode(root, { slot: 'value', isFlow: false, indent: 0 }, 0);
    return this.#hasFailed ? undefined : node;
  }

  #toNode(node: unknown, slot: Slot, fallback: number): TreeNode {
    if (isAlias(node)) return this.#toAlias(node, slot);
    let made: TreeNode;
    if (isMap(node)) made = this.#toMap(node, slot);
    else if (isSeq(node)) made = this.#toList(node, slot);
    else made = this.#toScalar(isScalar(node) ? node : undefined, slot, fallback);
    this.#weights.set(made, this.#weigh(made));
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, made);
    return made;
  }

  #toAlias(alias: Alias, slot: Slot): TreeNode {
    const offset = alias.range?.[0] ?? 0;
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      const hint =
        'An anchor has to stand before its alias, in the same document, and cannot contain itself.';
      const message = `There is no anchor &${shorten(alias.source, 40)} for this alias.`;
      this.#fail(offset, 'unknown-anchor', message, hint);
      return this.#toScalar(undefined, slot, offset);
    }
    this.#repeated += this.#weights.get(target) ?? 0;
    if (this.#repeated > MAX_REPEATED) {
      const hint = 'Use fewer aliases of large anchors.';
      if (!this.#hasFailed)
        this.#fail(offset, 'alias-expansion', 'Aliases repeat too much of this document.', hint);
      return this.#toScalar(undefined, slot, offset);
    }
    return target;
  }

  #toMap(map: YAMLMap, slot: Slot): MapNode {
    const start = map.range?.[0] ?? 0;
    const isFlow = map.flow === true;
    const indent = isFlow ? slot.indent : this.#input.place(start).column - 1;
    const entries = map.items.map((pair) => this.#toEntry(pair, { isFlow, indent }, start));
    const hasAnchor = map.anchor !== undefined || entries.some(({ value }) => value.hasAnchor);
    return { kind: 'map', entries, hasAnchor, ...this.#input.place(start) };
  }

  #toEntry(pair: Pair, inside: Pick<Slot, 'isFlow' | 'indent'>, start: number): MapEntry {
    const keyNode = pair.key;
    const offset = hasRange(keyNode) ? (keyNode.range?.[0] ?? start) : start;
    let key = this.#toNode(keyNode, { ...inside, slot: 'key' }, offset);
    if (key.kind !== 'scalar') {
      this.#fail(
        offset,
        'key-not-text',
        'A key must be text, not a list or a map.',
        'Put the key in quotes.',
      );
      key = this.#toScalar(undefined, { ...inside, slot: 'key' }, offset);
    }
    const value = this.#toNode(pair.value, { ...inside, slot: 'value' }, offset);
    const isMerge = key.text === '<<' && key.origin.source === '<<';
    if (isMerge) this.#checkMerge(value, offset);
    return { key, value, isMerge };
  }

  #checkMerge(value: TreeNode, offset: number): void {
    const sources = value.kind === 'list' ? value.items : [value];
    if (sources.every((source) => source.kind === 'map')) return;
    const hint = 'Write <<: *name, where &name marks a map, or a list of such aliases.';
    this.#fail(offset, 'merge-not-map', 'A merge key (<<) needs a map or a list of maps.', hint);
  }

  #toList(list: YAMLSeq, slot: Slot): ListNode {
    const start = list.range?.[0] ?? 0;
    const isFlow = list.flow === true;
    const indent = isFlow ? slot.indent : this.#input.place(start).column - 1;
    const items = list.items.map((item) => this.#toNode(item, { slot: 'item', isFlow, indent }, start));
    const hasAnchor = list.anchor !== undefined || items.some((item) => item.hasAnchor);
    return { kind: 'list', items, hasAnchor, ...this.#input.place(start) };
  }

  #toScalar(scalar: Scalar | undefined, slot: Slot, fallback: number): ScalarNode {
    const [offset, end] = scalar?.range ?? [fallback, fallback];
    const tag = scalar?.tag;
    if (tag !== undefined && !isKnownTag(tag)) this.#warnTag(tag, offset);
    const written = scalar === undefined ? '' : String(scalar.value ?? '');
    const isPlain = scalar === undefined || scalar.type === 'PLAIN';
    if (written.includes('\0')) {
      this.#fail(offset, 'bad-character', 'The text contains a NUL character.', 'Remove it.');
    }
    const { line, column } = this.#input.place(offset);
    const { slot: where, isFlow, indent } = slot;
    const source = this.#input.text.slice(offset, end);
    return {
      kind: 'scalar',
      text: isBinaryTag(tag) ? this.#binaryText(written, offset) : written,
      value: resolveScalar(written, isPlain, tag),
      origin: { source, offset, tag, slot: where, isFlow, indent },
      hasAnchor: scalar?.anchor !== undefined,
      line,
      column,
    };
  }

  #warnTag(tag: string, offset: number): void {
    const message = `The tag ${JSON.stringify(tag)} has no meaning here and is ignored.`;
    const at = this.#input.place(offset);
    this.#input.scope.log.add(this.#input.scope.document, {
      severity: 'warning',
      code: 'unknown-tag',
      message,
      at,
      path: [],
    });
  }

  #binaryText(text: string, offset: number): string {
    const decoded = decodeBinary(text);
    if (decoded !== undefined) return decoded;
    this.#fail(
      offset,
      'bad-binary',
      'The text after !!binary is not base64.',
      'Encode it again, or drop the tag.',
    );
    return '';
  }

  #weigh(node: TreeNode): number {
    if (node.kind === 'scalar') return NODE_WEIGHT + node.text.length;
    let weight = NODE_WEIGHT;
    if (node.kind === 'list') for (const item of node.items) weight += this.#weights.get(item) ?? 0;
    else
      for (const { key, value } of node.entries) weight += key.text.length + (this.#weights.get(value) ?? 0);
    return weight;
  }

  #fail(offset: number, code: string, message: string, hint: string): void {
    this.#hasFailed = true;
    const { scope, place } = this.#input;
    scope.log.add(scope.document, { severity: 'error', code, message, hint, at: place(offset), path: [] });
  }
}

function hasRange(node: unknown): node is { readonly range?: readonly number[] | null } {
  return typeof node === 'object' && node !== null && 'range' in node;
}
