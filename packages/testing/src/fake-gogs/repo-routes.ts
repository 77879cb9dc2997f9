import type { FakeDeps } from './account-routes.ts';
import { bodyOf, empty, type FakeAnswer, type FakeCall, failed, ok, page, textOf } from './answer.ts';
import { answerContents, answerRaw } from './file-routes.ts';
import { answerHooks } from './hook-routes.ts';
import { byToken } from './identify.ts';
import { commitAt, type FakeRepo, findRepo, modeOf, resolve } from './state.ts';

/** `/repos/{owner}/{name}…`; undefined for a route that does not exist. */
export function answerRepos(deps: FakeDeps, call: FakeCall): FakeAnswer | undefined {
  const [, owner = '', name = '', what] = call.segments;
  const user = byToken(deps.state, call);
  const repo = findRepo(deps.state, `${owner}/${name}`);
  const mode = repo && modeOf(repo, user);
  // Only this route is open to strangers, and a dead token counts as none.
  if (what === undefined) return repo && mode ? ok(deps.present.repoFor(repo, user && mode)) : empty(404);
  if (user === undefined) return empty(401);
  if (repo === undefined || mode === undefined) return empty(404);
  const rest = call.segments.slice(4);
  switch (what) {
    case 'hooks':
      return mode === 'admin' ? answerHooks(deps, repo, call, rest) : empty(403);
    case 'contents':
      return deps.traps.hasNoContents ? page(404) : answerContents(repo, call, rest);
    case 'raw':
      return answerRaw(repo, rest);
    case 'commits':
      return commits(deps, repo, rest);
    case 'branches':
      return branches(deps, repo, rest);
    case 'tags':
      return tags(deps, repo);
    case 'issues':
      return comments(repo, call, rest);
    default:
      return undefined;
  }
}

function commits({ present }: FakeDeps, repo: FakeRepo, rest: readonly string[]): FakeAnswer {
  const revision = rest.join('/');
  // The router splits at real slashes only; names with slashes must be encoded to reach the commit route.
  const sha = resolve(repo, revision);
  const commit = commitAt(repo, revision);
  if (sha !== undefined && commit !== undefined) return ok(present.commit(repo, commit, sha));
  if (repo.refs.size === 0) return empty(404);
  return /^[0-9a-f]{40}/.test(revision) || revision.startsWith('refs/heads/') ? failed() : empty(404);
}

function branches({ present }: FakeDeps, repo: FakeRepo, rest: readonly string[]): FakeAnswer {
  const tip = (name: string) => repo.commits.get(repo.refs.get(`refs/heads/${name}`) ?? '');
  if (rest.length > 0) {
    const name = rest.join('/');
    const commit = tip(name);
    return commit ? ok({ name, commit: present.pushCommit(repo, commit) }) : empty(404);
  }
  if (repo.refs.size === 0) return failed();
  const names = [...repo.refs.keys()]
    .filter((ref) => ref.startsWith('refs/heads/'))
    .map((ref) => ref.slice(11));
  return ok(
    names.flatMap((name) => {
      const commit = tip(name);
      return commit ? [{ name, commit: present.pushCommit(repo, commit) }] : [];
    }),
  );
}

/** Shows the id of the tag object as if it were the commit; one tag on a tree makes the whole list fail. */
function tags({ present }: FakeDeps, repo: FakeRepo): FakeAnswer {
  const found = [...repo.refs].filter(([ref]) => ref.startsWith('refs/tags/'));
  const shown = found.map(([ref, sha]) => ({ ref, sha, commit: commitAt(repo, ref) }));
  if (shown.some(({ commit }) => commit === undefined)) return failed();
  return ok(
    shown.flatMap(({ ref, sha, commit }) =>
      commit ? [{ name: ref.slice(10), commit: present.pushCommit(repo, commit, sha) }] : [],
    ),
  );
}

function comments(repo: FakeRepo, call: FakeCall, [issue, what]: readonly string[]): FakeAnswer | undefined {
  if (call.method !== 'POST' || what !== 'comments') return undefined;
  const body = textOf(bodyOf(call), 'body');
  repo.comments.push({ issue: Number(issue), body });
  return ok({ id: repo.comments.length, body }, 201);
}
