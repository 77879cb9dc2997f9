import type { ChangeRange, ContentCalls } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { amount, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import type { ScmChange, ScmFile, ScmRef, ScmToken } from '../objects.ts';
import { encodePath, encodeSlug, joinPath } from '../path.ts';
import { MAX_FILE, notAFile, tooLarge } from '../rest/file-content.ts';
import { checkFullRef, commitIdOf, sortRef } from '../rest/refs.ts';
import { type BitbucketApi, listAll } from './api.ts';
import { kindOf, toChange, toCommit, unreadable } from './objects.ts';

/** Files, commits and refs. Branch names with a slash cannot stand in paths, so everything is asked by commit id. */
export function createBitbucketContent(api: BitbucketApi): ContentCalls {
  const repository = (slug: string) => `repositories/${encodeSlug(slug)}`;
  const resolveRef = (token: ScmToken, slug: string, ref: string) => resolve(api, token, slug, ref);
  const commitId = (token: ScmToken, slug: string, ref: string) =>
    commitIdOf(ref, (full) => resolveRef(token, slug, full));
  const listRefs = async (token: ScmToken, slug: string, what: 'branches' | 'tags') => {
    const call = { path: `${repository(slug)}/refs/${what}`, what: `The list of ${what}` };
    return (await listAll(api, token, call)).map((ref) => toRef(ref, what));
  };
  return {
    resolveRef,
    async fileAt(token, slug, ref, path, maxBytes = MAX_FILE) {
      const at = `${repository(slug)}/src/${await commitId(token, slug, ref)}/${encodePath(path)}`;
      return readFile(api, token, { at, path, maxBytes });
    },
    async listDirAt(token, slug, ref, path) {
      const folder = path === '' ? '' : `${encodePath(path)}/`;
      const at = `${repository(slug)}/src/${await commitId(token, slug, ref)}/${folder}`;
      const entries = await listAll(api, token, { path: at, what: 'The folder' });
      return entries.map((entry) => ({ path: text(entry, 'path'), kind: kindOf(entry) }));
    },
    async findCommit(token, slug, ref) {
      // Abbreviated ids are expanded here: pull requests have no others.
      const isId = /^[0-9a-f]{7,40}$/.test(ref);
      const id = isId ? ref : await commitId(token, slug, ref);
      const path = `${repository(slug)}/commit/${joinPath(id)}`;
      return toCommit(api, await api.rest.json(token, { path, what: 'The commit' }));
    },
    findBranch: (token, slug, branch) => resolveRef(token, slug, `refs/heads/${branch}`),
    listBranches: (token, slug) => listRefs(token, slug, 'branches'),
    listTags: (token, slug) => listRefs(token, slug, 'tags'),
    listChanges: (token, slug, range) => listChanges(api, token, repository(slug), range),
  };
}

async function resolve(api: BitbucketApi, token: ScmToken, slug: string, ref: string): Promise<ScmRef> {
  const known = sortRef(checkFullRef(ref));
  if (known.kind !== 'branch' && known.kind !== 'tag')
    throw new ScmError('not-found', 'Bitbucket Cloud has branches and tags and no other refs.');
  const what = known.kind === 'branch' ? 'branches' : 'tags';
  const path = `repositories/${encodeSlug(slug)}/refs/${what}/${encodePath(known.name)}`;
  return toRef(await api.rest.json(token, { path, what: 'The ref' }), what);
}

/** `target` is the commit, of annotated tags too. */
function toRef(ref: unknown, what: 'branches' | 'tags'): ScmRef {
  const name = text(ref, 'name');
  const sha = text(ref, 'target', 'hash');
  if (name === '' || !isSha(sha)) throw unreadable('ref');
  return { name: `${what === 'branches' ? 'refs/heads/' : 'refs/tags/'}${name}`, sha };
}

interface FilePlace {
  readonly at: string;
  readonly path: string;
  readonly maxBytes: number;
}

/** The raw route gives folders and the targets of links too, so the meta data is asked first. */
async function readFile(
  api: BitbucketApi,
  token: ScmToken,
  { at, path, maxBytes }: FilePlace,
): Promise<ScmFile> {
  const meta = await api.rest.json(token, { path: at, query: { format: 'meta' }, what: 'The file' });
  if (kindOf(meta) !== 'file') throw notAFile();
  if ((amount(meta, 'size') ?? 0) > maxBytes) throw tooLarge();
  const { body } = await api.rest.send(token, {
    path: at,
    headers: { accept: '*/*' },
    maxBytes,
    oversize: 'validation',
    what: 'The file',
  });
  return { path, data: body, kind: 'file' };
}

async function listChanges(
  api: BitbucketApi,
  token: ScmToken,
  repository: string,
  range: ChangeRange,
): Promise<readonly ScmChange[]> {
  const what = 'The changes';
  if ('pull' in range) {
    const path = `${repository}/pullrequests/${joinPath(range.pull)}/diffstat`;
    return (await listAll(api, token, { path, what })).flatMap(toChange);
  }
  // The later commit stands first.
  const spec = 'sha' in range ? range.sha : `${range.after}..${range.before}`;
  const path = `${repository}/diffstat/${joinPath(spec)}`;
  return (await listAll(api, token, { path, what })).flatMap(toChange);
}
