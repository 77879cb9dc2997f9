import type { Build, BuildEvent } from '@sortie/core/build';
import { type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import type { CompileContext } from '@sortie/pipeline/compile-context';
import type { TriggerContext } from '@sortie/pipeline/match';
import { triggerContextOf } from '@sortie/pipeline/match';
import type { StageDraft } from '@sortie/pipeline/stages';

/** The build that a file is looked at for, as the command line describes it. */
export interface LocalBuildOptions {
  readonly event: BuildEvent;
  readonly branch: string;
  readonly source?: string;
  readonly ref?: string;
  readonly sha: string;
  /** `namespace/name`. */
  readonly repo: string;
  readonly action: string;
  readonly deployTo: string;
  readonly cron: string;
  readonly message: string;
  /** Host name of the server. */
  readonly instance: string;
  readonly params: Readonly<Record<string, string>>;
  /** Absent: nobody knows, which counts as everything. */
  readonly changedFiles?: readonly string[];
  readonly trusted: boolean;
}

/** A build that is nowhere stored, with a repository and nothing that only a server could know. */
export interface LocalBuild {
  readonly repo: Repo;
  readonly build: Build;
  readonly trigger: TriggerContext;
  contextOf(stage: StageDraft): CompileContext;
}

export function createLocalBuild(options: LocalBuildOptions, nowSeconds: number): LocalBuild {
  const repo = toRepo(options);
  const build = toBuild(options, nowSeconds);
  const { changedFiles, instance } = options;
  const changed = changedFiles === undefined ? {} : { changedFiles };
  return {
    repo,
    build,
    trigger: { ...triggerContextOf(build, repo, instance), ...changed },
    contextOf: (stage) => ({
      repo,
      build,
      stage: toStage(stage),
      system: { proto: 'https', host: instance, version: '' },
      runner: { environ: {}, machine: '' },
      now: nowSeconds,
      isTrusted: options.trusted,
      ...changed,
    }),
  };
}

function toRepo({ repo: slug, branch, trusted }: LocalBuildOptions): Repo {
  const [namespace = '', name = ''] = slug.split('/');
  return {
    ...UNTOUCHED_REPO,
    id: 0,
    connectionId: 0,
    uid: '',
    namespace,
    name,
    slug,
    httpUrl: '',
    sshUrl: '',
    link: '',
    defaultBranch: branch,
    isPrivate: false,
    visibility: 'public',
    isActive: true,
    configPath: '.drone.yml',
    isTrusted: trusted,
    timeoutMinutes: 60,
    counter: 1,
    synced: 0,
    created: 0,
    updated: 0,
    version: 0,
  };
}

function toBuild(options: LocalBuildOptions, now: number): Build {
  const { event, branch, source = branch, repo, action, sha, message, deployTo, cron, params } = options;
  return {
    id: 0,
    repoId: 0,
    number: 1,
    parent: 0,
    status: 'pending',
    error: '',
    event,
    action,
    link: '',
    title: '',
    message,
    before: '',
    after: sha,
    ref: options.ref ?? defaultRef(event, branch),
    sourceRepo: event === 'pull_request' ? repo : '',
    source,
    target: branch,
    authorLogin: '',
    authorName: '',
    authorEmail: '',
    authorAvatar: '',
    sender: '',
    trigger: event === 'cron' ? '@cron' : '@hook',
    params,
    cron,
    deployTo,
    deployId: 0,
    debug: false,
    started: 0,
    finished: 0,
    created: now,
    updated: 0,
    version: 0,
    config: '',
    findings: [],
    sequence: 0,
    enqueued: 0,
    isSigned: false,
    isVerified: false,
    isCancelling: false,
  };
}

function defaultRef(event: BuildEvent, branch: string): string {
  if (event === 'tag') return 'refs/tags/v1.0.0';
  return event === 'pull_request' ? 'refs/pull/1/head' : `refs/heads/${branch}`;
}

function toStage(draft: StageDraft): Stage {
  return {
    id: 0,
    repoId: 0,
    buildId: 0,
    attempt: 1,
    status: 'pending',
    error: '',
    errIgnore: false,
    exitCode: 0,
    environment: {},
    machine: '',
    throttle: 0,
    started: 0,
    stopped: 0,
    created: 0,
    updated: 0,
    version: 0,
    ...draft,
  };
}
