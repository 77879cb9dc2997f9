import { jsonOf } from '../answers.ts';
import type { Driver } from '../driver.ts';
import { isScmError, ScmError } from '../errors.ts';
import { amount, text } from '../fields.ts';
import { isRefName, isSha } from '../git-names.ts';
import type { ScmEntry, ScmFile, ScmToken } from '../objects.ts';
import { encodePath, encodeSlug } from '../path.ts';
import type { GogsApi } from './gogs-api.ts';
import { elements } from './gogs-objects.ts';
import type { GogsRefs } from './gogs-refs.ts';

const MAX_FILE = 4 * 1024 * 1024;

/** Files and folders at a ref. */
export function createGogsFiles(api: GogsApi, refs: GogsRefs): Pick<Driver, 'fileAt' | 'listDirAt'> {
  const contents = (token: ScmToken, slug: string, ref: string, path: string, maxBytes?: number) =>
    api.fetch(
      token,
      {
        path: `repos/${encodeSlug(slug)}/contents/${encodePath(path)}`,
        query: { ref: revision(ref) },
        maxBytes,
        oversize: 'validation',
      },
      'The file',
    );
  return {
    async fileAt(token, slug, ref, path, maxBytes = MAX_FILE) {
      try {
        // Base64 with some room for the other members.
        const response = await contents(token, slug, ref, path, Math.ceil(maxBytes * 1.4) + 64 * 1024);
        return toFile(jsonOf(response), path, maxBytes);
      } catch (error) {
        // Old versions have no contents API and answer with a page.
        if (!isScmError(error, 'not-supported')) throw error;
        return rawFile({ api, refs, token, slug, ref, path, maxBytes });
      }
    },
    async listDirAt(token, slug, ref, path) {
      const body = jsonOf(await contents(token, slug, ref, path));
      return elements(body, 'folder').flatMap((entry) => toEntry(entry, path));
    },
  };
}

/** Full refs only: for short names Gogs prefers a tag here and a branch elsewhere. */
function revision(ref: string): string {
  if (isSha(ref) || (ref.startsWith('refs/') && isRefName(ref))) return ref;
  throw new ScmError('validation', 'The revision is neither a full ref nor a commit id.');
}

function toFile(body: unknown, path: string, maxBytes: number): ScmFile {
  const kind = Array.isArray(body) ? 'dir' : text(body, 'type');
  if (kind !== 'file')
    throw new ScmError('validation', 'The path is not a file.', {
      hint: 'Folders, symbolic links and submodules cannot be read as a file.',
    });
  if ((amount(body, 'size') ?? 0) > maxBytes) throw tooLarge();
  // An empty file has no member `content`.
  const data = Buffer.from(text(body, 'content'), 'base64');
  if (data.length > maxBytes) throw tooLarge();
  const blobSha = text(body, 'sha');
  return { path, data, kind: 'file', ...(isSha(blobSha) && { blobSha }) };
}

function tooLarge(): ScmError {
  return new ScmError('validation', 'The file is too large.');
}

interface RawFile {
  readonly api: GogsApi;
  readonly refs: GogsRefs;
  readonly token: ScmToken;
  readonly slug: string;
  readonly ref: string;
  readonly path: string;
  readonly maxBytes: number;
}

/** The raw route takes no full refs, and prefers a branch to a tag of the same name: so the commit id. */
async function rawFile({ api, refs, token, slug, ref, path, maxBytes }: RawFile): Promise<ScmFile> {
  const sha = isSha(ref) ? ref : (await refs.findCommit(token, slug, ref)).sha;
  const request = {
    path: `repos/${encodeSlug(slug)}/raw/${sha}/${encodePath(path)}`,
    maxBytes,
    oversize: 'validation',
  } as const;
  try {
    const { body } = await api.fetch(token, request, 'The file');
    return { path, data: body, kind: 'file' };
  } catch (error) {
    // For an unknown commit this route answers with a page, as if it did not exist.
    if (!isScmError(error, 'not-supported')) throw error;
    throw new ScmError('not-found', 'The file was not found at the Git service.', { cause: error });
  }
}

function toEntry(entry: unknown, folder: string): ScmEntry[] {
  const name = text(entry, 'name');
  const kind = text(entry, 'type');
  if (name === '' || name.includes('/')) return [];
  if (kind !== 'file' && kind !== 'dir' && kind !== 'symlink' && kind !== 'submodule') return [];
  return [{ path: `${folder}/${name}`, kind }];
}
