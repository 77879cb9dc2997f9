import type { Driver } from '../driver.ts';
import { isScmError, ScmError } from '../errors.ts';
import { id, member, text } from '../fields.ts';
import { isRefName, isSha, shortRef } from '../git-names.ts';
import { readRefs } from '../info-refs.ts';
import type { ScmCommit, ScmRef, ScmToken } from '../objects.ts';
import { encodePath, encodeSlug, joinPath } from '../path.ts';
import type { GogsApi } from './gogs-api.ts';
import { elements, type GogsPlace, toBranchCommit, toCommit } from './gogs-objects.ts';

export interface GogsRefs
  extends Pick<Driver, 'findCommit' | 'findBranch' | 'listBranches' | 'listTags' | 'resolveRef'> {
  /** The advertised refs, only the wanted ones. Missing ones are not in the map. */
  readRefs(token: ScmToken, slug: string, wanted?: readonly string[]): Promise<ReadonlyMap<string, ScmRef>>;
  /** First parent of a commit; empty when it has none. */
  firstParent(token: ScmToken, slug: string, sha: string): Promise<string>;
}

/** Branches, tags and commits. Tags come from Git itself, because the API takes tag objects for commits. */
export function createGogsRefs(api: GogsApi, place: GogsPlace): GogsRefs {
  const advertised: GogsRefs['readRefs'] = async (token, slug, wanted) => {
    try {
      const authorization = basicAuthorization(token);
      return await readRefs({ transport: api.transport, slug, authorization, wanted });
    } catch (error) {
      // Git refuses the token of a site administrator on foreign repositories, which the API lets it read.
      if (wanted === undefined || !isScmError(error, 'forbidden', 'malformed')) throw error;
      if (!(await isReadable(token, slug))) throw error;
      return refsByApi(token, slug, wanted);
    }
  };

  const isReadable = async (token: ScmToken, slug: string): Promise<boolean> => {
    try {
      await api.call(token, { path: `repos/${encodeSlug(slug)}` }, 'The repository');
      return true;
    } catch (error) {
      if (isScmError(error, 'not-found', 'forbidden')) return false;
      throw error;
    }
  };
  const refsByApi = async (token: ScmToken, slug: string, wanted: readonly string[]) => {
    const found = new Map<string, ScmRef>();
    for (const ref of wanted) {
      const sha = await commitId(token, slug, ref);
      if (isSha(sha)) found.set(ref, { name: ref, sha });
    }
    return found;
  };
  const commitId = async (token: ScmToken, slug: string, ref: string): Promise<string> => {
    try {
      return text(await readCommit(token, slug, ref), 'sha');
    } catch (error) {
      if (isScmError(error, 'not-found')) return '';
      throw error;
    }
  };

  const resolveRef: Driver['resolveRef'] = async (token, slug, ref) => {
    if (!ref.startsWith('refs/') || !isRefName(ref))
      throw new ScmError('validation', 'The ref is no full ref.');
    const found = (await advertised(token, slug, [ref])).get(ref);
    if (found === undefined) throw missing('ref');
    return found;
  };

  // `^{commit}` makes Git peel tags; without it the id of the tag object comes back as if it were the commit.
  const readCommit = (token: ScmToken, slug: string, revision: string) =>
    api.read(token, `repos/${encodeSlug(slug)}/commits/${joinPath(`${revision}^{commit}`)}`, 'The commit');

  const branchTip = async (token: ScmToken, slug: string, branch: string): Promise<ScmCommit> => {
    const path = `repos/${encodeSlug(slug)}/branches/${encodePath(branch)}`;
    return toBranchCommit(member(await api.read(token, path, 'The branch'), 'commit'), slug, place);
  };

  return {
    readRefs: advertised,
    resolveRef,
    async firstParent(token, slug, sha) {
      const parents = member(await readCommit(token, slug, sha), 'parents');
      return text(Array.isArray(parents) ? parents[0] : undefined, 'sha');
    },
    async findCommit(token, slug, ref) {
      if (isSha(ref)) return toCommit(await readCommit(token, slug, ref), slug, place);
      const branch = shortRef(ref, 'refs/heads/');
      if (branch !== undefined) return branchTip(token, slug, branch);
      const { sha, peeled } = await resolveRef(token, slug, ref);
      return toCommit(await readCommit(token, slug, peeled ?? sha), slug, place);
    },
    async findBranch(token, slug, branch) {
      if (!isRefName(branch)) throw new ScmError('validation', 'The name cannot be one of a branch.');
      const { sha } = await branchTip(token, slug, branch);
      return { name: `refs/heads/${branch}`, sha };
    },
    async listBranches(token, slug) {
      try {
        const body = await api.read(token, `repos/${encodeSlug(slug)}/branches`, 'The list of branches');
        return elements(body, 'list of branches').flatMap(toBranchRef);
      } catch (error) {
        // A repository without commits answers 500; whether there is a repository at all tells the advertisement.
        if (!isScmError(error, 'not-found')) throw error;
        return within(await advertised(token, slug), 'refs/heads/');
      }
    },
    // One tag on a tree makes the whole list of the API fail, and it names tag objects.
    listTags: async (token, slug) => within(await advertised(token, slug), 'refs/tags/'),
  };
}

function toBranchRef(body: unknown): ScmRef[] {
  const name = text(body, 'name');
  const sha = id(body, 'commit', 'id');
  return name !== '' && isSha(sha) ? [{ name: `refs/heads/${name}`, sha }] : [];
}

function within(refs: ReadonlyMap<string, ScmRef>, prefix: string): ScmRef[] {
  return [...refs.values()].filter(({ name }) => name.startsWith(prefix));
}

/** Git wants Basic: the token as name, with any password. The header of the API is refused there. */
function basicAuthorization({ access }: ScmToken): string | undefined {
  return access === '' ? undefined : `Basic ${Buffer.from(`${access}:x-oauth-basic`).toString('base64')}`;
}

function missing(what: string): ScmError {
  return new ScmError('not-found', `The ${what} does not exist in the repository.`);
}
