import type { ChangeRange, ContentCalls } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { member, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import type { ScmChange, ScmEntry, ScmFile, ScmRef, ScmToken } from '../objects.ts';
import { encodePath, joinPath } from '../path.ts';
import { MAX_FILE, notAFile } from '../rest/file-content.ts';
import { checkFullRef, commitIdOf, sortRef } from '../rest/refs.ts';
import { listAll, pathOf, repoPath, type StashApi } from './api.ts';
import { toChange, toCommit, toRef, unreadable } from './objects.ts';

/** Files, commits and refs. */
export function createStashContent(api: StashApi): ContentCalls {
  const resolveRef = (token: ScmToken, slug: string, ref: string) => resolve(api, token, slug, ref);
  const commitId = (token: ScmToken, slug: string, ref: string) =>
    commitIdOf(ref, (full) => resolveRef(token, slug, full));
  return {
    resolveRef,
    async fileAt(token, slug, ref, path, maxBytes = MAX_FILE) {
      const at = await commitId(token, slug, ref);
      return readFile(api, token, { repo: repoPath(slug), at, path, maxBytes });
    },
    listDirAt: async (token, slug, ref, path) =>
      listDir(api, token, { repo: repoPath(slug), at: await commitId(token, slug, ref), path }),
    async findCommit(token, slug, ref) {
      const path = `${repoPath(slug)}/commits/${joinPath(await commitId(token, slug, ref))}`;
      return toCommit(api, slug, await api.rest.json(token, { path, what: 'The commit' }));
    },
    findBranch: (token, slug, branch) => resolveRef(token, slug, `refs/heads/${branch}`),
    async listBranches(token, slug) {
      const call = { path: `${repoPath(slug)}/branches`, what: 'The list of branches' };
      return (await listAll(api, token, call)).map((ref) => toRef(ref, 'refs/heads/'));
    },
    async listTags(token, slug) {
      const call = { path: `${repoPath(slug)}/tags`, what: 'The list of tags' };
      return (await listAll(api, token, call)).map((ref) => toRef(ref, 'refs/tags/'));
    },
    listChanges: (token, slug, range) => listChanges(api, token, repoPath(slug), range),
  };
}

async function resolve(api: StashApi, token: ScmToken, slug: string, ref: string): Promise<ScmRef> {
  const known = sortRef(checkFullRef(ref));
  const repo = repoPath(slug);
  if (known.kind === 'pull') {
    const path = `${repo}/pull-requests/${joinPath(known.number)}`;
    const sha = text(
      await api.rest.json(token, { path, what: 'The pull request' }),
      'fromRef',
      'latestCommit',
    );
    if (!isSha(sha)) throw unreadable('pull request');
    return { name: ref, sha };
  }
  if (known.kind === 'tag') {
    const path = `${repo}/tags/${encodePath(known.name)}`;
    return toRef(await api.rest.json(token, { path, what: 'The tag' }), 'refs/tags/');
  }
  if (known.kind === 'other')
    throw new ScmError('not-found', 'Bitbucket Server shows branches, tags and pull requests only.');
  // The filter finds every branch that contains the text.
  const call = { path: `${repo}/branches`, query: { filterText: known.name }, what: 'The branch' };
  const found = (await listAll(api, token, call)).find((branch) => text(branch, 'displayId') === known.name);
  if (found === undefined) throw new ScmError('not-found', 'The branch was not found at the Git service.');
  return toRef(found, 'refs/heads/');
}

interface Place {
  readonly repo: string;
  readonly at: string;
  readonly path: string;
}

async function readFile(
  api: StashApi,
  token: ScmToken,
  { repo, at, path, maxBytes }: Place & { readonly maxBytes: number },
): Promise<ScmFile> {
  const type = { path: `${repo}/browse/${encodePath(path)}`, query: { at, type: 'true' }, what: 'The file' };
  if (text(await api.rest.json(token, type), 'type') !== 'FILE') throw notAFile();
  const { body } = await api.rest.send(token, {
    path: `${repo}/raw/${encodePath(path)}`,
    query: { at },
    headers: { accept: '*/*' },
    maxBytes,
    oversize: 'validation',
    what: 'The file',
  });
  return { path, data: body, kind: 'file' };
}

const KINDS: Readonly<Record<string, ScmEntry['kind']>> = {
  FILE: 'file',
  DIRECTORY: 'dir',
  SUBMODULE: 'submodule',
};

async function listDir(
  api: StashApi,
  token: ScmToken,
  { repo, at, path }: Place,
): Promise<readonly ScmEntry[]> {
  const folder = path === '' ? '' : `/${encodePath(path)}`;
  const call = { path: `${repo}/browse${folder}`, query: { at }, what: 'The folder' };
  const entries = await listAll(api, token, call, (body) => member(body, 'children'));
  return entries.flatMap((entry) => {
    const name = pathOf(member(entry, 'path'));
    const kind = KINDS[text(entry, 'type')];
    return name === '' || kind === undefined ? [] : [{ path: path === '' ? name : `${path}/${name}`, kind }];
  });
}

async function listChanges(
  api: StashApi,
  token: ScmToken,
  repo: string,
  range: ChangeRange,
): Promise<readonly ScmChange[]> {
  const what = 'The changes';
  if ('before' in range) {
    // `from` is the side that has the changes.
    const query = { from: range.after, to: range.before };
    return (await listAll(api, token, { path: `${repo}/compare/changes`, query, what })).flatMap(toChange);
  }
  const thing = 'pull' in range ? `pull-requests/${joinPath(range.pull)}` : `commits/${joinPath(range.sha)}`;
  return (await listAll(api, token, { path: `${repo}/${thing}/changes`, what })).flatMap(toChange);
}
