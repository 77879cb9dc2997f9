import { jsonOf } from '../answers.ts';
import type { ChangeRange, Driver } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { amount, list, member, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import type { ScmChange, ScmEntry, ScmFile, ScmToken } from '../objects.ts';
import { encodePath, encodeSlug, joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { decodeContent, MAX_FILE, notAFile, tooLarge } from '../rest/file-content.ts';
import { commitIdOf } from '../rest/refs.ts';
import type { Hub } from './hub.ts';

type Files = Pick<Driver, 'fileAt' | 'listDirAt' | 'listChanges'>;

/** Files, folders and changes. Refs become commit ids first: short names are ambiguous to these services. */
export function createHubFiles(hub: Hub, refs: Pick<Driver, 'resolveRef'>): Files {
  const contentsOf = async (token: ScmToken, slug: string, ref: string, path: string, maxBytes?: number) => {
    const sha = await commitIdOf(ref, (full) => refs.resolveRef(token, slug, full));
    return hub.rest.send(token, {
      path: `repos/${encodeSlug(slug)}/contents/${encodePath(path)}`,
      query: { ref: sha },
      what: 'The file',
      ...(maxBytes !== undefined && {
        maxBytes: Math.ceil(maxBytes * 1.4) + 64 * 1024,
        oversize: 'validation',
      }),
    });
  };
  return {
    async fileAt(token, slug, ref, path, maxBytes = MAX_FILE) {
      return toFile(jsonOf(await contentsOf(token, slug, ref, path, maxBytes)), path, maxBytes);
    },
    async listDirAt(token, slug, ref, path) {
      const body = jsonOf(await contentsOf(token, slug, ref, path));
      if (!Array.isArray(body)) throw new ScmError('validation', 'The path is not a folder.');
      return list(body).flatMap((entry) => toEntry(entry, path));
    },
    listChanges: (token, slug, range) => listChanges(hub, token, slug, range),
  };
}

function toFile(body: unknown, path: string, maxBytes: number): ScmFile {
  if (Array.isArray(body) || text(body, 'type') !== 'file' || text(body, 'target') !== '') throw notAFile();
  // GitHub leaves the content out of files above 1 MB and says so.
  if ((amount(body, 'size') ?? 0) > maxBytes || text(body, 'encoding') === 'none') throw tooLarge();
  const blobSha = text(body, 'sha');
  const data = decodeContent(text(body, 'content'), maxBytes);
  return { path, data, kind: 'file', ...(isSha(blobSha) && { blobSha }) };
}

function toEntry(entry: unknown, folder: string): ScmEntry[] {
  const name = text(entry, 'name');
  const kind = text(entry, 'type');
  if (name === '' || name.includes('/')) return [];
  if (kind !== 'file' && kind !== 'dir' && kind !== 'symlink' && kind !== 'submodule') return [];
  return [{ path: `${folder}/${name}`, kind }];
}

/** What changed; of two commits Gitea lists the files per commit and GitHub for all of them. */
async function listChanges(
  hub: Hub,
  token: ScmToken,
  slug: string,
  range: ChangeRange,
): Promise<readonly ScmChange[]> {
  const repo = `repos/${encodeSlug(slug)}`;
  if ('pull' in range) {
    const call = {
      path: `${repo}/pulls/${joinPath(range.pull)}/files`,
      query: hub.pageSize,
      what: 'The changes',
    };
    return unique(await collectPages(hub.rest.pages(token, call), (page) => list(page)));
  }
  const path =
    'sha' in range
      ? `${repo}/${hub.commitPath(range.sha)}`
      : `${repo}/compare/${joinPath(`${range.before}...${range.after}`)}`;
  const body = await hub.rest.json(token, { path, what: 'The changes' });
  const files = member(body, 'files');
  if (Array.isArray(files)) return unique(list(files));
  return unique(list(body, 'commits').flatMap((commit) => list(commit, 'files')));
}

/** One change per path, the last one that is named. */
function unique(files: readonly unknown[]): readonly ScmChange[] {
  const changes = new Map<string, ScmChange>();
  for (const file of files) {
    const path = text(file, 'filename');
    const status = text(file, 'status');
    const previousPath = text(file, 'previous_filename');
    if (path === '') continue;
    changes.set(path, {
      path,
      added: status === 'added',
      renamed: status === 'renamed',
      deleted: status === 'removed' || status === 'deleted',
      ...(previousPath !== '' && previousPath !== path && { previousPath }),
    });
  }
  return [...changes.values()];
}
