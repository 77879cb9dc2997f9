import { storeTag } from './git-objects.ts';
import { createCommit, type PushDeps, STARTED, sendPush, syncPulls } from './push.ts';
import { type FakePull, type FakeRepo, repoOf, userOf } from './state.ts';

export interface FakeTag {
  /** Revision; default the tip of the default branch. An unknown one makes a tag that stands for no commit. */
  readonly at?: string;
  readonly isAnnotated?: boolean;
  readonly by?: string;
}

export interface FakePullRequest {
  readonly head: string;
  /** Slug of the fork; default the repository itself. */
  readonly from?: string;
  readonly base?: string;
  readonly title?: string;
  readonly by?: string;
}

/** What people do on the web page or with Git, besides pushing a branch. */
export interface FakeActions {
  tag(slug: string, name: string, tag?: FakeTag): string;
  deleteTag(slug: string, name: string): void;
  deleteBranch(slug: string, name: string): void;
  /** A release; makes the tag without a `create` when there is none. */
  release(slug: string, tag: string): void;
  openPull(slug: string, pull: FakePullRequest): number;
  closePull(slug: string, number: number, by?: string): void;
  reopenPull(slug: string, number: number): void;
  /** Merges with a merge commit; `before` of the push is the merge base. */
  mergePull(slug: string, number: number, by: string): string;
  /** The test button of a hook. */
  testHook(slug: string): void;
}

export function createActions(deps: PushDeps): FakeActions {
  const { state, present, deliverer } = deps;
  const send = (repo: FakeRepo, event: string, payload: Record<string, unknown>, by: string) =>
    deliverer.send(repo, event, {
      ...payload,
      repository: present.repo(repo),
      sender: present.user(userOf(state, by)),
    });
  const ownerOf = (repo: FakeRepo) => {
    const owner = repo.slug.split('/')[0] ?? '';
    return state.users.has(owner.toLowerCase()) ? owner : ([...repo.modes.keys()][0] ?? owner);
  };
  const tip = (repo: FakeRepo, branch = repo.defaultBranch) => repo.refs.get(`refs/heads/${branch}`) ?? '';
  const sendPull = (repo: FakeRepo, pull: FakePull, action: string, by: string) =>
    send(repo, 'pull_request', { action, number: pull.number, pull_request: present.pull(repo, pull) }, by);
  const pullOf = (repo: FakeRepo, number: number) => {
    const pull = repo.pulls.find((known) => known.number === number);
    if (pull === undefined) throw new Error('the fake has no such pull request');
    return pull;
  };
  const remove = (slug: string, name: string, kind: 'branch' | 'tag') => {
    const repo = repoOf(state, slug);
    repo.refs.delete(`refs/${kind === 'tag' ? 'tags' : 'heads'}/${name}`);
    send(repo, 'delete', { ref: name, ref_type: kind, pusher_type: 'user' }, ownerOf(repo));
    syncPulls(deps, repo, name, ownerOf(repo));
  };
  const close = (repo: FakeRepo, pull: FakePull, by: string) => {
    pull.state = 'closed';
    sendPull(repo, pull, 'closed', by);
  };
  return {
    tag(slug, name, { at, isAnnotated = false, by } = {}) {
      const repo = repoOf(state, slug);
      const target = at ?? tip(repo);
      const sha = isAnnotated ? storeTag(state.objects, name, target, STARTED + state.next()) : target;
      if (isAnnotated) repo.tagObjects.set(sha, target);
      repo.refs.set(`refs/tags/${name}`, sha);
      const created = { ref: name, ref_type: 'tag', sha, default_branch: repo.defaultBranch };
      send(repo, 'create', created, by ?? ownerOf(repo));
      return sha;
    },
    deleteTag: (slug, name) => remove(slug, name, 'tag'),
    deleteBranch: (slug, name) => remove(slug, name, 'branch'),
    release(slug, tag) {
      const repo = repoOf(state, slug);
      if (!repo.refs.has(`refs/tags/${tag}`)) repo.refs.set(`refs/tags/${tag}`, tip(repo));
      const release = {
        id: state.next(),
        tag_name: tag,
        name: tag,
        body: '',
        draft: false,
        prerelease: false,
      };
      send(repo, 'release', { action: 'published', release }, ownerOf(repo));
    },
    openPull(slug, { head, from = slug, base, title = 'Add a feature', by }) {
      const repo = repoOf(state, slug);
      const user = by ?? from.split('/')[0] ?? '';
      const pull: FakePull = {
        number: repo.pulls.length + 1,
        title,
        user,
        headRepo: repoOf(state, from),
        head,
        base: base ?? repo.defaultBranch,
        state: 'open',
        isMerged: false,
        refSha: undefined,
        readsUntilMoved: deps.traps.pullRefReads,
      };
      repo.pulls.push(pull);
      sendPull(repo, pull, 'opened', user);
      return pull.number;
    },
    closePull(slug, number, by) {
      const repo = repoOf(state, slug);
      close(repo, pullOf(repo, number), by ?? ownerOf(repo));
    },
    reopenPull(slug, number) {
      const repo = repoOf(state, slug);
      const pull = pullOf(repo, number);
      pull.state = 'open';
      // Stale until the next push to the head branch.
      pull.readsUntilMoved = Number.POSITIVE_INFINITY;
      sendPull(repo, pull, 'reopened', ownerOf(repo));
    },
    mergePull(slug, number, by) {
      const repo = repoOf(state, slug);
      const pull = pullOf(repo, number);
      pull.isMerged = true;
      close(repo, pull, by);
      const old = tip(repo, pull.base);
      const head = pull.headRepo?.refs.get(`refs/heads/${pull.head}`) ?? '';
      const headCommit = pull.headRepo?.commits.get(head);
      if (headCommit === undefined) throw new Error('the head of the pull request is gone');
      repo.commits.set(head, headCommit);
      const message = `Merge branch '${pull.head}' of ${pull.headRepo?.slug} into ${pull.base}\n`;
      const entries = new Map([...(repo.commits.get(old)?.entries ?? []), ...headCommit.entries]);
      const { author } = headCommit;
      const merged = createCommit(state, { parents: [old, head], message, author, entries });
      const { sha } = merged;
      repo.commits.set(sha, merged);
      repo.refs.set(`refs/heads/${pull.base}`, sha);
      const mergeBase = headCommit.parents[0] ?? old;
      sendPush(deps, repo, {
        ref: `refs/heads/${pull.base}`,
        before: mergeBase,
        after: sha,
        by,
        compareEnd: head,
      });
      return sha;
    },
    testHook(slug) {
      const repo = repoOf(state, slug);
      const after = tip(repo) || '0'.repeat(40);
      const commit = repo.commits.get(after);
      const commits = commit ? [present.pushCommit(repo, commit)] : [];
      const ref = `refs/heads/${repo.defaultBranch}`;
      const pusher = present.user(userOf(state, ownerOf(repo)));
      send(repo, 'push', { ref, before: after, after, compare_url: '', commits, pusher }, ownerOf(repo));
    },
  };
}
