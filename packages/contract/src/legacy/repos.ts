import type { Repo } from '@sortie/core/repo';

/** A repository of the 0.5 API (api-legacy.md 2.2); members with `?` are left out when empty. */
export interface LegacyRepo {
  readonly id?: number;
  readonly owner: string;
  readonly name: string;
  readonly full_name: string;
  readonly avatar_url?: string;
  readonly link_url?: string;
  readonly scm?: string;
  readonly clone_url?: string;
  readonly default_branch?: string;
  /** Minutes. */
  readonly timeout?: number;
  readonly private?: boolean;
  readonly trusted: boolean;
  readonly starred?: boolean;
  readonly allow_pr: boolean;
  readonly allow_push: boolean;
  readonly allow_deploys: boolean;
  readonly allow_tags: boolean;
}

export interface LegacyRepoLite {
  readonly owner: string;
  readonly name: string;
  readonly full_name: string;
  readonly avatar_url: string;
}

export function toLegacyRepo(repo: Repo): LegacyRepo {
  return {
    ...(repo.id === 0 ? {} : { id: repo.id }),
    owner: repo.namespace,
    name: repo.name,
    full_name: repo.slug,
    ...filled('avatar_url', repo.avatarUrl),
    ...filled('link_url', repo.link),
    scm: 'git',
    ...filled('clone_url', repo.httpUrl),
    ...filled('default_branch', repo.defaultBranch),
    ...(repo.timeoutMinutes === 0 ? {} : { timeout: repo.timeoutMinutes }),
    ...(repo.isPrivate ? { private: true } : {}),
    trusted: repo.isTrusted,
    allow_pr: !repo.ignorePullRequests,
    allow_push: repo.allowPush,
    allow_deploys: repo.allowDeploys,
    allow_tags: repo.allowTags,
  };
}

/** An entry of row 3 with `all` that is not activated: its names, and nothing switched on. */
export function toLegacyInactiveRepo(repo: Repo): LegacyRepo {
  return {
    owner: repo.namespace,
    name: repo.name,
    full_name: repo.slug,
    ...filled('avatar_url', repo.avatarUrl),
    trusted: false,
    allow_pr: false,
    allow_push: false,
    allow_deploys: false,
    allow_tags: false,
  };
}

export function toLegacyRepoLite(repo: Repo): LegacyRepoLite {
  const { namespace: owner, name, slug, avatarUrl } = repo;
  return { owner, name, full_name: slug, avatar_url: avatarUrl };
}

function filled<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>);
}
