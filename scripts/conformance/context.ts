import { type Build, EVENTS } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import type { CompileContext } from '@sortie/pipeline/compile-context';
import type { GoldenContext } from './golden.ts';

/** Any time will do: the golden files have a placeholder for it. */
const NOW = 1_700_000_100;

/** The inputs of one build of a corpus as the compiler takes them. */
export function toContext({ repo, build, system }: GoldenContext): CompileContext {
  const isTrusted = repo.trusted === true;
  return {
    system,
    now: NOW,
    isTrusted,
    repo: toRepo(repo, isTrusted),
    build: toBuild(build),
    stage: STAGE,
    runner: { environ: {}, machine: '', cloneImage: 'drone/git:latest' },
  };
}

function toRepo(repo: GoldenContext['repo'], isTrusted: boolean): Repo {
  const text = (key: string) => String(repo[key] ?? '');
  const visibility = text('visibility');
  return {
    id: 1,
    connectionId: 1,
    uid: text('uid'),
    userId: 1,
    namespace: text('namespace'),
    name: text('name'),
    slug: text('slug') || `${text('namespace')}/${text('name')}`,
    httpUrl: text('http_url'),
    sshUrl: text('ssh_url'),
    link: text('link'),
    defaultBranch: text('default_branch'),
    isPrivate: repo.private === true,
    visibility: visibility === 'private' || visibility === 'internal' ? visibility : 'public',
    isActive: true,
    configPath: '.drone.yml',
    isTrusted,
    isProtected: false,
    ignoreForks: false,
    ignorePullRequests: false,
    autoCancelPullRequests: false,
    autoCancelPushes: false,
    autoCancelRunning: false,
    allowPush: true,
    allowTags: true,
    allowDeploys: true,
    avatarUrl: '',
    timeoutMinutes: Number(repo.timeout_minutes ?? 60),
    throttle: 0,
    counter: 0,
    synced: 0,
    created: 0,
    updated: 0,
    version: 0,
  };
}

function toBuild(build: GoldenContext['build']): Build {
  const text = (key: string) => String(build[key] ?? '');
  const author = (build.author ?? {}) as Readonly<Record<string, string>>;
  const event = EVENTS.find((known) => known === build.event);
  if (event === undefined) throw new Error(`the corpus has a build of the unknown event ${text('event')}`);
  return {
    id: 1,
    repoId: 1,
    number: Number(build.number ?? 0),
    parent: Number(build.parent ?? 0),
    status: 'running',
    error: '',
    event,
    action: text('action'),
    link: text('link'),
    title: text('title'),
    message: text('message'),
    before: text('before'),
    after: text('after'),
    ref: text('ref'),
    sourceRepo: text('fork'),
    source: text('source_branch'),
    target: text('target_branch'),
    authorLogin: author.login ?? '',
    authorName: author.name ?? '',
    authorEmail: author.email ?? '',
    authorAvatar: author.avatar ?? '',
    sender: text('sender'),
    trigger: text('trigger'),
    params: {},
    cron: text('cron'),
    deployTo: text('deploy_target'),
    deployId: Number(build.deploy_id ?? 0),
    debug: false,
    started: 0,
    finished: 0,
    created: Number(build.created ?? 0),
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

const STAGE: Stage = {
  id: 1,
  repoId: 1,
  buildId: 1,
  number: 1,
  attempt: 1,
  name: 'default',
  kind: 'pipeline',
  type: 'docker',
  status: 'running',
  error: '',
  errIgnore: false,
  exitCode: 0,
  environment: {},
  machine: '',
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  limit: 0,
  throttle: 0,
  onSuccess: true,
  onFailure: false,
  dependsOn: [],
  labels: {},
  started: 0,
  stopped: 0,
  created: 0,
  updated: 0,
  version: 0,
};
