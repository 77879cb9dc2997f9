import { createHash } from 'node:crypto';
import type { FakeEntry } from './state.ts';

/** Git objects by id: header and content, as they are hashed. */
export type GitObjects = Map<string, Buffer>;

export interface GitCommit {
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Unix seconds. */
  readonly time: number;
  readonly entries: ReadonlyMap<string, FakeEntry>;
}

/** Stores the commit with its trees and files, and returns its id. */
export function storeCommit(objects: GitObjects, commit: GitCommit): string {
  const tree = storeTree(objects, [...commit.entries]);
  const who = `${commit.author.name} <${commit.author.email}> ${commit.time} +0000`;
  const lines = [
    `tree ${tree}`,
    ...commit.parents.map((sha) => `parent ${sha}`),
    `author ${who}`,
    `committer ${who}`,
  ];
  return store(objects, 'commit', Buffer.from(`${lines.join('\n')}\n\n${commit.message}`));
}

/** Stores an annotated tag of a commit and returns the id of the tag object. */
export function storeTag(objects: GitObjects, name: string, commit: string, time: number): string {
  const tagger = `Ada Example <ada@example.test> ${time} +0000`;
  const text = `object ${commit}\ntype commit\ntag ${name}\ntagger ${tagger}\n\n${name}\n`;
  return store(objects, 'tag', Buffer.from(text));
}

function store(objects: GitObjects, type: string, content: Uint8Array): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.byteLength}\0`), content]);
  const sha = createHash('sha1').update(whole).digest('hex');
  objects.set(sha, whole);
  return sha;
}

interface Row {
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

function storeTree(objects: GitObjects, entries: readonly (readonly [string, FakeEntry])[]): string {
  const rows: Row[] = [];
  const folders = Map.groupBy(entries, ([path]) => path.split('/')[0] ?? '');
  for (const [name, inside] of folders) {
    const [path, entry] = inside[0] ?? ['', undefined];
    if (entry !== undefined && path === name) rows.push({ name, ...storeEntry(objects, entry) });
    else {
      const deeper = inside.map(([whole, child]) => [whole.slice(name.length + 1), child] as const);
      rows.push({ mode: '40000', name, sha: storeTree(objects, deeper) });
    }
  }
  // Git sorts folders as if their names ended with a slash.
  const key = ({ name, mode }: Row) => Buffer.from(mode === '40000' ? `${name}/` : name);
  rows.sort((left, right) => Buffer.compare(key(left), key(right)));
  const parts = rows.flatMap(({ mode, name, sha }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(sha, 'hex'),
  ]);
  return store(objects, 'tree', Buffer.concat(parts));
}

function storeEntry(objects: GitObjects, entry: FakeEntry): { mode: string; sha: string } {
  if (entry.kind === 'file') return { mode: '100644', sha: store(objects, 'blob', entry.data) };
  if (entry.kind === 'symlink')
    return { mode: '120000', sha: store(objects, 'blob', Buffer.from(entry.target)) };
  return { mode: '160000', sha: entry.sha ?? createHash('sha1').update(entry.url).digest('hex') };
}
