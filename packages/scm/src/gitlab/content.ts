import { jsonOf } from '../answers.ts';
import type { ChangeRange, ContentCalls } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { list, member, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import type { ScmChange, ScmEntry, ScmFile, ScmRef, ScmToken } from '../objects.ts';
import { encodePath, joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { decodeContent, MAX_FILE, notAFile } from '../rest/file-content.ts';
import { checkFullRef, commitIdOf, sortRef } from '../rest/refs.ts';
import { type GitlabApi, projectPath } from './api.ts';
import { toChanges, toCommit, unreadable } from './objects.ts';

const PAGE = { per_page: 100 } as const;

/** Files, commits and refs. */
export function createGitlabContent(api: GitlabApi): ContentCalls {
  const { rest } = api;
  const repository = (slug: string) => `${projectPath(slug)}/repository`;
  const resolveRef = (token: ScmToken, slug: string, ref: string) => resolve(api, token, slug, ref);
  const commitId = (token: ScmToken, slug: string, ref: string) =>
    commitIdOf(ref, (full) => resolveRef(token, slug, full));
  const listRefs = async (token: ScmToken, slug: string, what: 'branches' | 'tags') => {
    const call = { path: `${repository(slug)}/${what}`, query: PAGE, what: `The list of ${what}` };
    const found = await collectPages(rest.pages(token, call), (page) => list(page));
    return found.map((ref) => toRef(ref, what));
  };
  return {
    resolveRef,
    async fileAt(token, slug, ref, path, maxBytes = MAX_FILE): Promise<ScmFile> {
      checked(path);
      const sha = await commitId(token, slug, ref);
      await refuseLink(api, token, slug, sha, path);
      const response = await rest.send(token, {
        path: `${repository(slug)}/files/${encodeURIComponent(checked(path))}`,
        query: { ref: sha },
        maxBytes: Math.ceil(maxBytes * 1.4) + 64 * 1024,
        oversize: 'validation',
        what: 'The file',
      });
      const body = jsonOf(response);
      const blobSha = text(body, 'blob_id');
      const data = decodeContent(text(body, 'content'), maxBytes);
      return { path, data, kind: 'file', ...(isSha(blobSha) && { blobSha }) };
    },
    listDirAt: async (token, slug, ref, path) =>
      listDir(api, token, slug, await commitId(token, slug, ref), path),
    async findCommit(token, slug, ref) {
      const path = `${repository(slug)}/commits/${joinPath(await commitId(token, slug, ref))}`;
      return toCommit(api, await rest.json(token, { path, what: 'The commit' }));
    },
    findBranch: (token, slug, branch) => resolveRef(token, slug, `refs/heads/${branch}`),
    listBranches: (token, slug) => listRefs(token, slug, 'branches'),
    listTags: (token, slug) => listRefs(token, slug, 'tags'),
    listChanges: (token, slug, range) => listChanges(api, token, slug, range),
  };
}

/** Throws for paths that would change the address; the whole path is one segment to GitLab. */
function checked(path: string): string {
  encodePath(path);
  return path;
}

async function resolve(api: GitlabApi, token: ScmToken, slug: string, ref: string): Promise<ScmRef> {
  const known = sortRef(checkFullRef(ref));
  const project = projectPath(slug);
  if (known.kind === 'pull') {
    const path = `${project}/merge_requests/${joinPath(known.number)}`;
    const body = await api.rest.json(token, { path, what: 'The merge request' });
    const sha = text(body, 'sha');
    if (!isSha(sha)) throw unreadable('merge request');
    return { name: ref, sha };
  }
  if (known.kind === 'other')
    throw new ScmError('not-found', 'GitLab shows branches, tags and merge requests only.');
  const what = known.kind === 'branch' ? 'branches' : 'tags';
  const path = `${project}/repository/${what}/${encodeURIComponent(known.name)}`;
  return toRef(await api.rest.json(token, { path, what: 'The ref' }), what);
}

/** `target` of an annotated tag is the tag object, `commit` what it stands for. */
function toRef(ref: unknown, what: 'branches' | 'tags'): ScmRef {
  const name = text(ref, 'name');
  const commit = text(ref, 'commit', 'id');
  if (name === '' || !isSha(commit)) throw unreadable('ref');
  if (what === 'branches') return { name: `refs/heads/${name}`, sha: commit };
  const target = text(ref, 'target');
  const isAnnotated = isSha(target) && target !== commit;
  return {
    name: `refs/tags/${name}`,
    sha: isAnnotated ? target : commit,
    ...(isAnnotated && { peeled: commit }),
  };
}

const KINDS = { blob: 'file', tree: 'dir', commit: 'submodule' } as const;

async function listDir(
  api: GitlabApi,
  token: ScmToken,
  slug: string,
  sha: string,
  path: string,
): Promise<readonly ScmEntry[]> {
  const query = { ...PAGE, ref: sha, path: path === '' ? undefined : checked(path) };
  const call = { path: `${projectPath(slug)}/repository/tree`, query, what: 'The folder' };
  const entries = await collectPages(api.rest.pages(token, call), (page) => list(page));
  return entries.flatMap((entry) => {
    const type = text(entry, 'type');
    if (text(entry, 'path') === '' || (type !== 'blob' && type !== 'tree' && type !== 'commit')) return [];
    const isSymlink = text(entry, 'mode') === '120000';
    return [{ path: text(entry, 'path'), kind: isSymlink ? 'symlink' : KINDS[type] }];
  });
}

/** The file route follows nothing and gives the target of a symbolic link as content, so the folder is asked. */
async function refuseLink(
  api: GitlabApi,
  token: ScmToken,
  slug: string,
  sha: string,
  path: string,
): Promise<void> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const entries = await listDir(api, token, slug, sha, folder);
  const found = entries.find((entry) => entry.path === path);
  if (found === undefined) throw new ScmError('not-found', 'The file was not found at the Git service.');
  if (found.kind !== 'file') throw notAFile();
}

async function listChanges(
  api: GitlabApi,
  token: ScmToken,
  slug: string,
  range: ChangeRange,
): Promise<readonly ScmChange[]> {
  const project = projectPath(slug);
  if ('before' in range) {
    const query = { from: range.before, to: range.after };
    const body = await api.rest.json(token, {
      path: `${project}/repository/compare`,
      query,
      what: 'The changes',
    });
    return toChanges(member(body, 'diffs'));
  }
  const path =
    'sha' in range
      ? `${project}/repository/commits/${joinPath(range.sha)}/diff`
      : `${project}/merge_requests/${joinPath(range.pull)}/diffs`;
  const pages = api.rest.pages(token, { path, query: PAGE, what: 'The changes' });
  return toChanges(await collectPages(pages, (page) => list(page)));
}
