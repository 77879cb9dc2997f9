import { createHash } from 'node:crypto';
import type { GitObjects } from './git-objects.ts';

export type FakeMode = 'read' | 'write' | 'admin';

export interface FakeUser {
  readonly id: number;
  readonly login: string;
  readonly password: string;
  readonly email: string;
  readonly fullName: string;
  readonly isSiteAdmin: boolean;
  /** Secrets by name; a list shows only the beginning of their hash. */
  readonly tokens: Map<string, string>;
}

export interface FakeOrg {
  readonly id: number;
  readonly name: string;
  readonly members: Set<string>;
}

export type FakeEntry =
  | { readonly kind: 'file'; readonly data: Buffer }
  | { readonly kind: 'symlink'; readonly target: string }
  | {
      readonly kind: 'submodule';
      readonly url: string;
      /** Of its commit; one that is nowhere unless given. */
      readonly sha?: string;
    };

export interface FakeObject {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly date: string;
  readonly entries: ReadonlyMap<string, FakeEntry>;
}

export interface FakePull {
  readonly number: number;
  readonly title: string;
  readonly user: string;
  readonly headRepo: FakeRepo | undefined;
  readonly head: string;
  readonly base: string;
  state: 'open' | 'closed';
  isMerged: boolean;
  /** What `refs/pull/N/head` says now; undefined while it is missing. */
  refSha: string | undefined;
  /** The ref moves to the tip of the head branch when it has been asked for this many times more. */
  readsUntilMoved: number;
}

export interface FakeHook {
  readonly id: number;
  readonly url: string;
  readonly contentType: string;
  readonly secret: string;
  events: string[];
  active: boolean;
}

export interface FakeRepo {
  readonly id: number;
  slug: string;
  isPrivate: boolean;
  defaultBranch: string;
  readonly parent: FakeRepo | undefined;
  readonly modes: Map<string, FakeMode>;
  readonly commits: Map<string, FakeObject>;
  /** Tag objects: what they stand for. */
  readonly tagObjects: Map<string, string>;
  readonly refs: Map<string, string>;
  readonly hooks: FakeHook[];
  readonly pulls: FakePull[];
  readonly comments: { readonly issue: number; readonly body: string }[];
}

export interface FakeState {
  readonly users: Map<string, FakeUser>;
  readonly orgs: Map<string, FakeOrg>;
  readonly repos: FakeRepo[];
  /** Of all repositories. */
  readonly objects: GitObjects;
  /** A new number for ids and hashes. */
  next(): number;
}

export function createState(): FakeState {
  let last = 0;
  return {
    users: new Map(),
    orgs: new Map(),
    repos: [],
    objects: new Map(),
    next: () => {
      last += 1;
      return last;
    },
  };
}

export function sha1(...parts: readonly (string | Uint8Array | number)[]): string {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(typeof part === 'number' ? String(part) : part).update('\0');
  return hash.digest('hex');
}

export function findRepo({ repos }: FakeState, slug: string): FakeRepo | undefined {
  return repos.find((repo) => repo.slug.toLowerCase() === slug.toLowerCase());
}

/** The repository, which the test has made. */
export function repoOf(state: FakeState, slug: string): FakeRepo {
  const repo = findRepo(state, slug);
  if (repo === undefined) throw new Error(`the fake has no repository ${slug}`);
  return repo;
}

export function userOf(state: FakeState, login: string): FakeUser {
  const user = state.users.get(login.toLowerCase());
  if (user === undefined) throw new Error(`the fake has no user ${login}`);
  return user;
}

/** What the account may do; a site administrator may do everything over the API, and nothing more over Git. */
export function modeOf(repo: FakeRepo, user: FakeUser | undefined, isGit = false): FakeMode | undefined {
  const owner = repo.slug.split('/')[0]?.toLowerCase();
  if (user !== undefined && (user.login.toLowerCase() === owner || (user.isSiteAdmin && !isGit)))
    return 'admin';
  const mode = user && repo.modes.get(user.login);
  return mode ?? (repo.isPrivate ? undefined : 'read');
}

/** The commit behind a revision as Git reads it: a tag wins over a branch of the same short name. */
export function resolve(repo: FakeRepo, revision: string): string | undefined {
  const [, name = '', peel] = /^(.*?)(\^\{commit\})?$/.exec(revision) ?? [];
  const candidates = [name, `refs/tags/${name}`, `refs/heads/${name}`];
  const ref = candidates.map((candidate) => repo.refs.get(candidate)).find((found) => found !== undefined);
  const isKnown = repo.commits.has(name) || repo.tagObjects.has(name);
  const sha =
    name === 'HEAD'
      ? repo.refs.get(`refs/heads/${repo.defaultBranch}`)
      : (ref ?? (isKnown ? name : undefined));
  const peeled = sha === undefined ? undefined : (repo.tagObjects.get(sha) ?? sha);
  return peel === undefined ? sha : peeled;
}

/** The commit object, through tag objects. */
export function commitAt(repo: FakeRepo, revision: string): FakeObject | undefined {
  const sha = resolve(repo, `${revision.replace(/\^\{commit\}$/, '')}^{commit}`);
  return sha === undefined ? undefined : repo.commits.get(sha);
}
