import { jsonOf } from '../answers.ts';
import type { Driver } from '../driver.ts';
import { isScmError, ScmError } from '../errors.ts';
import { text } from '../fields.ts';
import type { ScmToken, ScmUser } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import type { GogsApi } from './gogs-api.ts';
import { avatarOf, elements, type GogsPlace, toRepo, toUser } from './gogs-objects.ts';

const LIST_BYTES = 32 * 1024 * 1024;

type Accounts = Pick<
  Driver,
  'currentUser' | 'findUser' | 'listRepos' | 'findRepo' | 'findPerm' | 'listOrgs' | 'findMembership'
>;

/** Accounts, repositories and rights. */
export function createGogsAccounts(api: GogsApi, place: GogsPlace): Accounts {
  const currentUser = async (token: ScmToken): Promise<ScmUser> =>
    toUser(jsonOf(await api.call(token, { path: 'user' }, 'The account')), place);
  const findRepo = createFindRepo(api, place);
  return {
    currentUser,
    findUser: async (token, login) =>
      toUser(await api.read(token, `users/${joinPath(login)}`, 'The account'), place),
    async *listRepos(token) {
      // Everything comes in one answer; page and limit are ignored. 0.13.0 to 0.13.3 say 500 when there is a fork.
      const request = { path: 'user/repos', maxBytes: LIST_BYTES };
      const response = await api.call(token, request, 'The list of repositories');
      for (const body of elements(jsonOf(response), 'list of repositories')) {
        const repo = repoOrUndefined(body, place);
        if (repo !== undefined) yield repo;
      }
    },
    findRepo,
    async findPerm(token, slug) {
      const { perm } = await findRepo(token, { slug });
      if (perm === undefined) throw new ScmError('malformed', 'The Git service does not tell the rights.');
      return perm;
    },
    async listOrgs(token) {
      const body = jsonOf(await api.call(token, { path: 'user/orgs' }, 'The list of organisations'));
      const orgs = elements(body, 'list of organisations');
      const named = orgs.map((org) => ({ name: text(org, 'username'), avatar: avatarOf(org, place) }));
      return named.filter(({ name }) => name !== '');
    },
    async findMembership(token, org, login) {
      const user = await currentUser(token);
      if (user.login.toLowerCase() !== login.toLowerCase()) throw noMembership();
      const orgs = elements(
        jsonOf(await api.call(token, { path: 'user/orgs' }, 'The organisations')),
        'list',
      );
      const isMember = orgs.some((found) => text(found, 'username').toLowerCase() === org.toLowerCase());
      if (!isMember) throw new ScmError('not-found', 'The account does not belong to the organisation.');
      return { active: true, role: 'unknown' };
    },
  };
}

function noMembership(): ScmError {
  return new ScmError(
    'not-supported',
    'Gogs tells only an account itself which organisations it belongs to.',
  );
}

function repoOrUndefined(body: unknown, place: GogsPlace) {
  try {
    return toRepo(body, place, true);
  } catch (error) {
    // One unreadable entry must not hide all the others.
    if (isScmError(error, 'malformed')) return undefined;
    throw error;
  }
}

/**
 * Believes neither a 404 nor weak rights before the token has proved that it lives: Gogs treats a dead token as
 * anonymous on this route.
 */
function createFindRepo(api: GogsApi, place: GogsPlace): Driver['findRepo'] {
  return async (token, repo) => {
    if (!('slug' in repo)) throw new ScmError('not-supported', 'Gogs cannot find a repository by its id.');
    const isAnonymous = token.access === '';
    try {
      const path = `repos/${encodeSlug(repo.slug)}`;
      const found = toRepo(jsonOf(await api.call(token, { path }, 'The repository')), place, true);
      if (!isAnonymous && found.perm?.admin !== true) await api.checkToken(token);
      return found;
    } catch (error) {
      if (isScmError(error, 'not-found', 'forbidden') && !isAnonymous) await api.checkToken(token);
      throw error;
    }
  };
}
