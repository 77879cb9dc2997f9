import { empty, type FakeAnswer, type FakeCall, failed, ok, page } from './answer.ts';
import { commitAt, type FakeEntry, type FakeObject, type FakeRepo, sha1 } from './state.ts';

/** Any revision that Git understands; an unknown full commit id is a server error. */
export function answerContents(repo: FakeRepo, call: FakeCall, segments: readonly string[]): FakeAnswer {
  const revision = call.query.get('ref') || repo.defaultBranch;
  const commit = commitAt(repo, revision);
  if (commit === undefined) return /^[0-9a-f]{40}$/.test(revision) ? failed() : empty(404);
  const path = segments.join('/').replace(/\/$/, '');
  const entry = commit.entries.get(path);
  if (entry !== undefined) return ok(describe(path, entry));
  const children = childrenOf(commit, path);
  return children.length === 0 ? empty(404) : ok(children);
}

function describe(path: string, entry: FakeEntry): Record<string, unknown> {
  const known = { type: entry.kind, name: path.split('/').at(-1), path, sha: sha1('blob', path) };
  if (entry.kind === 'symlink') return { ...known, target: entry.target, size: entry.target.length };
  if (entry.kind === 'submodule') return { ...known, submodule_git_url: entry.url };
  const size = entry.data.length;
  // An empty file has no content at all.
  const content = size === 0 ? {} : { content: entry.data.toString('base64') };
  return { ...known, encoding: 'base64', size, ...content };
}

/** A folder carries the content of every file in it. */
function childrenOf({ entries }: FakeObject, folder: string): Record<string, unknown>[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const children = new Map<string, Record<string, unknown>>();
  for (const [path, entry] of entries) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...deeper] = path.slice(prefix.length).split('/');
    const isFolder = deeper.length > 0;
    children.set(name, isFolder ? { type: 'dir', name, path: prefix + name } : describe(path, entry));
  }
  return [...children.values()];
}

/** Short branch or tag (a branch wins) or a whole commit id; `refs/…` is not understood. */
export function answerRaw(repo: FakeRepo, segments: readonly string[]): FakeAnswer {
  for (let length = segments.length - 1; length > 0; length -= 1) {
    const name = segments.slice(0, length).join('/');
    const sha = repo.refs.get(`refs/heads/${name}`) ?? repo.refs.get(`refs/tags/${name}`) ?? name;
    const commit = repo.commits.get(repo.tagObjects.get(sha) ?? sha);
    if (commit === undefined) continue;
    const path = segments.slice(length).join('/');
    const entry = commit.entries.get(path);
    if (entry?.kind === 'file')
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: entry.data };
    return entry !== undefined || childrenOf(commit, path).length > 0 ? failed() : empty(404);
  }
  return page(404);
}
