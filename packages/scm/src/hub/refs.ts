import { expectOk, jsonOf } from '../answers.ts';
import type { Driver } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { list, member, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import type { ScmRef, ScmToken } from '../objects.ts';
import { encodePath, encodeSlug, joinPath } from '../path.ts';
import { collectPages } from '../rest/client.ts';
import { checkFullRef, commitIdOf } from '../rest/refs.ts';
import type { Hub } from './hub.ts';
import { toCommit, unreadable } from './objects.ts';

type Refs = Pick<Driver, 'findCommit' | 'findBranch' | 'listBranches' | 'listTags' | 'resolveRef'>;

/** Tags of tags are followed this far. */
const MAX_TAGS = 5;

/** Commits, branches, tags and other refs. */
export function createHubRefs(hub: Hub): Refs {
  const { rest } = hub;
  const resolveRef = (token: ScmToken, slug: string, ref: string) => resolve(hub, token, slug, ref);
  const listRefs = async (token: ScmToken, slug: string, what: 'branches' | 'tags') => {
    const call = {
      path: `repos/${encodeSlug(slug)}/${what}`,
      query: hub.pageSize,
      what: `The list of ${what}`,
    };
    const found = await collectPages(rest.pages(token, call), (page) => list(page));
    return found.flatMap((ref) => toListedRef(ref, what === 'tags' ? 'refs/tags/' : 'refs/heads/'));
  };
  return {
    resolveRef,
    async findCommit(token, slug, ref) {
      const sha = await commitIdOf(ref, (full) => resolveRef(token, slug, full));
      const path = `repos/${encodeSlug(slug)}/${hub.commitPath(sha)}`;
      const answer = await rest.answer(token, { path, what: 'The commit' });
      // GitHub says 422 for a commit that it does not know, and 409 in an empty repository.
      if (answer.status === 422 || answer.status === 409)
        throw new ScmError('not-found', 'The commit was not found at the Git service.');
      return toCommit(hub, jsonOf(expectOk(answer, 'The commit')));
    },
    findBranch: (token, slug, branch) => resolveRef(token, slug, `refs/heads/${branch}`),
    listBranches: (token, slug) => listRefs(token, slug, 'branches'),
    listTags: (token, slug) => listRefs(token, slug, 'tags'),
  };
}

/** Branches name their commit `id` at Gitea and `sha` at GitHub; tags name the one they stand for. */
function toListedRef(ref: unknown, prefix: string): ScmRef[] {
  const name = text(ref, 'name');
  const sha = text(ref, 'commit', 'sha') || text(ref, 'commit', 'id');
  return name === '' || !isSha(sha) ? [] : [{ name: prefix + name, sha }];
}

async function resolve(hub: Hub, token: ScmToken, slug: string, ref: string): Promise<ScmRef> {
  checkFullRef(ref);
  const repo = `repos/${encodeSlug(slug)}`;
  const path = `${repo}/${hub.refPath}/${encodePath(ref.slice('refs/'.length))}`;
  const body = await hub.rest.json(token, { path, what: 'The ref' });
  // A name that begins others is answered with all of them.
  const found = Array.isArray(body) ? body.find((one) => text(one, 'ref') === ref) : body;
  const sha = text(found, 'object', 'sha');
  if (text(found, 'ref') !== ref)
    throw new ScmError('not-found', 'The ref was not found at the Git service.');
  if (!isSha(sha)) throw unreadable('ref');
  if (text(found, 'object', 'type') !== 'tag') return { name: ref, sha };
  return { name: ref, sha, peeled: await peel(hub, token, repo, sha) };
}

/** The commit behind a tag object. */
async function peel(hub: Hub, token: ScmToken, repo: string, tag: string): Promise<string> {
  let sha = tag;
  for (let depth = 0; depth < MAX_TAGS; depth += 1) {
    const body = await hub.rest.json(token, { path: `${repo}/git/tags/${joinPath(sha)}`, what: 'The tag' });
    const object = member(body, 'object');
    sha = text(object, 'sha');
    if (text(object, 'type') === 'commit' && isSha(sha)) return sha;
    if (text(object, 'type') !== 'tag' || !isSha(sha)) break;
  }
  throw new ScmError('not-found', 'The tag does not stand for a commit.');
}
