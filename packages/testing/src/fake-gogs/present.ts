import {
  type FakeMode,
  type FakeObject,
  type FakePull,
  type FakeRepo,
  type FakeState,
  type FakeUser,
  userOf,
} from './state.ts';

const TIME = '2026-03-04T05:06:07Z';

/** Makes the JSON objects of Gogs. `base` is the address of the fake, with a slash at its end. */
export interface Present {
  user(user: FakeUser): Record<string, unknown>;
  /** A member of a payload: no permissions. */
  repo(repo: FakeRepo): Record<string, unknown>;
  /** An answer of the API. */
  repoFor(repo: FakeRepo, mode: FakeMode | undefined): Record<string, unknown>;
  commit(repo: FakeRepo, commit: FakeObject, sha: string): Record<string, unknown>;
  /** The shape of branches and payloads: the whole message. */
  pushCommit(repo: FakeRepo, commit: FakeObject, sha?: string): Record<string, unknown>;
  pull(repo: FakeRepo, pull: FakePull): Record<string, unknown>;
}

export function createPresent(state: FakeState, base: string): Present {
  const user = (found: FakeUser) => ({
    id: found.id,
    username: found.login,
    login: found.login,
    full_name: found.fullName,
    email: found.email,
    avatar_url: `${base}avatars/${found.id}`,
  });
  const owner = (login: string) => {
    const org = state.orgs.get(login);
    if (org === undefined) return user(userOf(state, login));
    return {
      id: org.id,
      username: login,
      login,
      full_name: '',
      email: '',
      avatar_url: `${base}avatars/${org.id}`,
    };
  };
  const repo = (found: FakeRepo): Record<string, unknown> => ({
    id: found.id,
    owner: owner(found.slug.split('/')[0] ?? ''),
    name: found.slug.split('/')[1],
    full_name: found.slug,
    description: '',
    private: found.isPrivate,
    fork: found.parent !== undefined,
    parent: null,
    empty: found.refs.size === 0,
    mirror: false,
    html_url: base + found.slug,
    ssh_url: `git@${new URL(base).hostname}:${found.slug}.git`,
    clone_url: `${base}${found.slug}.git`,
    default_branch: found.defaultBranch,
    created_at: TIME,
    updated_at: TIME,
  });
  const login = (email: string) =>
    [...state.users.values()].find((found) => found.email === email)?.login ?? '';
  const pushPerson = (person: { name: string; email: string }) => ({
    ...person,
    username: login(person.email),
  });
  return {
    user,
    repo,
    repoFor: (found, mode) => ({
      ...repo(found),
      permissions: { admin: mode === 'admin', push: mode === 'admin' || mode === 'write', pull: true },
    }),
    commit(found, commit, sha) {
      const person = { ...commit.author, date: commit.date };
      const account = state.users.get(login(commit.author.email).toLowerCase());
      const message = commit.message.split('\n')[0];
      return {
        sha,
        html_url: `${base}${found.slug}/commits/${sha}`,
        commit: { author: person, committer: person, message, tree: { sha } },
        author: account ? user(account) : null,
        committer: account ? user(account) : null,
        parents: commit.parents.map((parent) => ({ sha: parent })),
      };
    },
    pushCommit: (found, commit, sha = commit.sha) => ({
      id: sha,
      message: commit.message,
      url: `${base}${found.slug}/commit/${sha}`,
      author: pushPerson(commit.author),
      committer: pushPerson(commit.author),
      added: null,
      removed: null,
      modified: null,
      timestamp: commit.date,
    }),
    pull: (found, pull) => ({
      id: found.id * 1000 + pull.number,
      number: pull.number,
      user: user(userOf(state, pull.user)),
      title: pull.title,
      body: '',
      labels: [],
      milestone: null,
      assignee: null,
      state: pull.state,
      comments: 0,
      head_branch: pull.head,
      head_repo: pull.headRepo ? repo(pull.headRepo) : { id: 0, name: 'deleted', owner: null, full_name: '' },
      base_branch: pull.base,
      base_repo: repo(found),
      html_url: `${base}${found.slug}/pulls/${pull.number}`,
      mergeable: true,
      merged: pull.isMerged,
      merged_at: pull.isMerged ? TIME : null,
      merge_commit_sha: null,
      merged_by: null,
    }),
  };
}
