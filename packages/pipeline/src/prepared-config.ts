import type { PipelineDocument } from './config.ts';
import { parseDocuments } from './documents.ts';
import { type FindingLog, type Recording, record, replay } from './finding-log.ts';
import { type Identity, readPipeline } from './read-pipeline.ts';
import type { ReadMode } from './read-scope.ts';
import { toScope } from './read-scope.ts';
import type { Lookup } from './substitute.ts';
import { substituteTree } from './substitute-tree.ts';
import type { MapNode, TreeDocument, TreeNode } from './tree.ts';

export type RootDocument = TreeDocument & { readonly root: MapNode };

interface Substituted extends Recording {
  /** What the expressions asked for, and got. */
  readonly values: ReadonlyMap<string, string>;
  readonly root: TreeNode;
}

interface ReadRoot extends Recording {
  readonly mode: string;
  readonly pipeline: PipelineDocument | undefined;
}

/**
 * A pipeline file that is parsed once for linting and for all of its stages. Remembers what it has done, so that a
 * document whose expressions have the same values again is not read again; what was found is found each time.
 */
export class PreparedConfig {
  readonly #text: string;
  #parsed: (Recording & { readonly documents: readonly RootDocument[] }) | undefined;
  readonly #substituted = new WeakMap<RootDocument, Substituted>();
  readonly #read = new WeakMap<TreeNode, ReadRoot>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Every document that holds a map; the log gets what is wrong with the others. */
  documents(log: FindingLog): readonly RootDocument[] {
    if (this.#parsed !== undefined) replay(this.#parsed, log);
    else {
      const recorded = record(log);
      const documents = parseDocuments(this.#text, recorded.log);
      this.#parsed = { remarks: recorded.remarks, documents };
    }
    return this.#parsed.documents;
  }

  /** The document with its expressions replaced. */
  substituted(document: RootDocument, lookup: Lookup, mode: ReadMode, log: FindingLog): TreeNode {
    const known = this.#substituted.get(document);
    if (known !== undefined && [...known.values].every(([name, value]) => lookup(name) === value)) {
      replay(known, log);
      return known.root;
    }
    const recorded = record(log);
    const values = new Map<string, string>();
    const asking = (name: string) => {
      const value = lookup(name);
      values.set(name, value);
      return value;
    };
    const root = substituteTree(document, asking, toScope(document, mode, recorded.log));
    this.#substituted.set(document, { values, root, remarks: recorded.remarks });
    return root;
  }

  /** The pipeline of a document whose expressions are replaced or left as they are. */
  pipeline(
    document: RootDocument,
    root: TreeNode,
    { mode, identity }: { readonly mode: ReadMode; readonly identity: Identity },
    log: FindingLog,
  ): PipelineDocument | undefined {
    const key = `${mode.compatibility} ${mode.isServer} ${identity.type} ${identity.name}`;
    const known = this.#read.get(root);
    if (known?.mode === key) {
      replay(known, log);
      return known.pipeline;
    }
    const recorded = record(log);
    const pipeline = readPipeline(root, toScope(document, mode, recorded.log), identity);
    this.#read.set(root, { mode: key, pipeline, remarks: recorded.remarks });
    return pipeline;
  }
}
