import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { legacyEventOf } from '@sortie/core/secret';
import {
  type LegacyStatus,
  legacyBranchOf,
  legacyMessageOf,
  legacyRefspecOf,
  toLegacyStatus,
} from './build-words.ts';
import type { LegacyJob } from './jobs.ts';

/** A build of the 0.5 API (api-legacy.md 2.4): 24 members, none left out. Times are unix seconds, 0 = not yet. */
export interface LegacyBuild {
  readonly id: number;
  readonly number: number;
  readonly parent: number;
  readonly event: ReturnType<typeof legacyEventOf>;
  readonly status: LegacyStatus;
  readonly enqueued_at: number;
  readonly created_at: number;
  readonly started_at: number;
  readonly finished_at: number;
  readonly deploy_to: string;
  readonly commit: string;
  readonly branch: string;
  readonly ref: string;
  readonly refspec: string;
  readonly remote: string;
  readonly title: string;
  readonly message: string;
  readonly timestamp: number;
  /** A login, not an object. */
  readonly author: string;
  readonly author_avatar: string;
  readonly author_email: string;
  readonly link_url: string;
  readonly signed: boolean;
  readonly verified: boolean;
}

/** `jobs` come only with single builds (row 14). */
export interface LegacyBuildWithJobs extends LegacyBuild {
  readonly jobs: readonly LegacyJob[];
}

type BuildPlace = Pick<Repo, 'slug' | 'httpUrl'>;

/** Members in the order of the wire. */
export function toLegacyBuild(build: Build, repo: BuildPlace): LegacyBuild {
  return {
    id: build.id,
    number: build.number,
    parent: build.parent,
    event: legacyEventOf(build.event),
    status: toLegacyStatus(build.status),
    enqueued_at: build.enqueued || build.created,
    created_at: build.created,
    started_at: build.started,
    finished_at: build.finished,
    deploy_to: build.deployTo,
    commit: build.after,
    branch: legacyBranchOf(build),
    ref: build.ref,
    refspec: legacyRefspecOf(build),
    remote: legacyRemoteOf(build, repo),
    title: build.title,
    message: legacyMessageOf(build),
    timestamp: build.created,
    author: build.authorLogin,
    author_avatar: build.authorAvatar,
    author_email: build.authorEmail,
    link_url: build.link,
    signed: build.isSigned,
    verified: build.isVerified,
  };
}

/** The clone address of the fork that a pull request comes from, made from the address of the repository. */
export function legacyRemoteOf(build: Pick<Build, 'event' | 'sourceRepo'>, repo: BuildPlace): string {
  const { event, sourceRepo } = build;
  if (event !== 'pull_request' || sourceRepo === '' || sourceRepo === repo.slug) return '';
  const end = `${repo.slug}.git`;
  return repo.httpUrl.endsWith(end) ? `${repo.httpUrl.slice(0, -end.length)}${sourceRepo}.git` : '';
}
