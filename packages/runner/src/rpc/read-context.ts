import type { Assignment, CloneCredentials, StageSecrets } from '@sortie/contract/runner';
import { type Build, EVENTS } from '@sortie/core/build';
import { type Repo, VISIBILITIES } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isFailed } from '@sortie/core/status';
import { compileStage } from '@sortie/pipeline/compile';
import {
  flagOf,
  integerOf,
  mapOf,
  statusOf,
  textOf,
  textsOf,
  toList,
  toObject,
  type WireObject,
} from './read-members.ts';

/** What the answer to "details" says, in our own types (runner-protocol.md 1.5). */
export type StageContext = Omit<Assignment, 'lease' | 'heartbeatMs'>;

export interface ReadContextDeps {
  /** Opens an encrypted secret document with the key of its repository; `undefined` when it cannot. */
  readonly decrypt: (data: string, key: string) => string | undefined;
  /** Unix seconds. */
  readonly now: number;
}

const DEFAULT_TIMEOUT_MINUTES = 60;
const MINUTE_MS = 60_000;

/** Makes an assignment of what the server says; `stage` is the one that was handed out. */
export function readContext(deps: ReadContextDeps, stage: WireObject, answer: unknown): StageContext {
  const context = toObject(answer);
  const wireRepo = toObject(context.repository);
  const wireBuild = toObject(context.build);
  const repo = readRepo(wireRepo);
  const build = { ...readBuild(wireBuild), config: readConfig(toObject(context.config)) };
  const minutes = integerOf(wireRepo, 'timeout');
  const system = toObject(context.system);
  const facts = {
    repo,
    build,
    stage: readStage(stage),
    system: {
      proto: textOf(system, 'proto'),
      host: textOf(system, 'host'),
      version: textOf(system, 'version'),
    },
  };
  const cloneCredentials = readNetrc(context.netrc);
  const stored = readSecrets(context.secrets);
  const opened = openInline(deps, facts, textOf(wireRepo, 'secret'));
  return {
    ...facts,
    failedStages: toList(wireBuild.stages)
      .filter((other) => isFailed(statusOf(other)))
      .map((other) => textOf(other, 'name')),
    timeoutMs: (minutes > 0 ? minutes : DEFAULT_TIMEOUT_MINUTES) * MINUTE_MS,
    ...(cloneCredentials === undefined ? {} : { cloneCredentials }),
    ...(stored.length + opened.length === 0 ? {} : { secrets: { stored, opened } }),
  };
}

/** Names are capitalised there, for reasons of history. */
function readConfig(config: WireObject): string {
  const data = textOf(config, 'Data') || textOf(config, 'data');
  return Buffer.from(data, 'base64').toString();
}

function readNetrc(value: unknown): CloneCredentials | undefined {
  const netrc = toObject(value);
  const machine = textOf(netrc, 'machine');
  if (machine === '') return undefined;
  return { machine, login: textOf(netrc, 'login'), password: textOf(netrc, 'password') };
}

function readSecrets(value: unknown): StageSecrets['stored'] {
  return toList(value).map((secret) => ({
    name: textOf(secret, 'name'),
    value: textOf(secret, 'data'),
    allowsPullRequests: flagOf(secret, 'pull_request'),
  }));
}

/** The encrypted documents of the file. Who may see them is decided where they are used. */
function openInline(
  deps: ReadContextDeps,
  facts: Pick<StageContext, 'repo' | 'build' | 'stage' | 'system'>,
  key: string,
): StageSecrets['opened'] {
  const { repo, build } = facts;
  if (key === '' || !/secret/i.test(build.config)) return [];
  const runner = { environ: {}, machine: '' };
  const context = { ...facts, runner, now: deps.now, isTrusted: repo.isTrusted };
  const { plan } = compileStage(build.config, { file: repo.configPath }, context);
  return (plan?.secretSources ?? []).flatMap((source) => {
    const value = source.kind === 'inline' ? deps.decrypt(source.data, key) : undefined;
    return source.kind === 'inline' && value !== undefined ? [{ data: source.data, value }] : [];
  });
}

export function readStage(stage: WireObject): Stage {
  return {
    id: integerOf(stage, 'id'),
    repoId: integerOf(stage, 'repo_id'),
    buildId: integerOf(stage, 'build_id'),
    number: integerOf(stage, 'number'),
    attempt: 1,
    name: textOf(stage, 'name'),
    kind: textOf(stage, 'kind') || 'pipeline',
    type: textOf(stage, 'type') || 'docker',
    status: statusOf(stage),
    error: textOf(stage, 'error'),
    errIgnore: flagOf(stage, 'errignore'),
    exitCode: integerOf(stage, 'exit_code'),
    machine: textOf(stage, 'machine'),
    platform: {
      os: textOf(stage, 'os'),
      arch: textOf(stage, 'arch'),
      variant: textOf(stage, 'variant'),
      version: textOf(stage, 'kernel'),
    },
    limit: integerOf(stage, 'limit'),
    throttle: integerOf(stage, 'throttle'),
    onSuccess: flagOf(stage, 'on_success'),
    onFailure: flagOf(stage, 'on_failure'),
    dependsOn: textsOf(stage, 'depends_on'),
    labels: mapOf(stage, 'labels'),
    environment: {},
    started: integerOf(stage, 'started'),
    stopped: integerOf(stage, 'stopped'),
    created: integerOf(stage, 'created'),
    updated: integerOf(stage, 'updated'),
    version: integerOf(stage, 'version'),
  };
}

function readBuild(build: WireObject): Build {
  return {
    id: integerOf(build, 'id'),
    repoId: integerOf(build, 'repo_id'),
    number: integerOf(build, 'number'),
    parent: integerOf(build, 'parent'),
    status: statusOf(build),
    error: textOf(build, 'error'),
    event: EVENTS.find((event) => event === build.event) ?? 'custom',
    action: textOf(build, 'action'),
    link: textOf(build, 'link'),
    title: textOf(build, 'title'),
    message: textOf(build, 'message'),
    before: textOf(build, 'before'),
    after: textOf(build, 'after'),
    ref: textOf(build, 'ref'),
    sourceRepo: textOf(build, 'source_repo'),
    source: textOf(build, 'source'),
    target: textOf(build, 'target'),
    authorLogin: textOf(build, 'author_login'),
    authorName: textOf(build, 'author_name'),
    authorEmail: textOf(build, 'author_email'),
    authorAvatar: textOf(build, 'author_avatar'),
    sender: textOf(build, 'sender'),
    trigger: textOf(build, 'trigger'),
    params: mapOf(build, 'params'),
    cron: textOf(build, 'cron'),
    deployTo: textOf(build, 'deploy_to'),
    deployId: integerOf(build, 'deploy_id'),
    debug: flagOf(build, 'debug'),
    started: integerOf(build, 'started'),
    finished: integerOf(build, 'finished'),
    created: integerOf(build, 'created'),
    updated: integerOf(build, 'updated'),
    version: integerOf(build, 'version'),
    sequence: 0,
    enqueued: 0,
    isSigned: false,
    isVerified: false,
    config: '',
    findings: [],
    isCancelling: false,
  };
}

function readRepo(repo: WireObject): Repo {
  return {
    id: integerOf(repo, 'id'),
    connectionId: 0,
    uid: textOf(repo, 'uid'),
    userId: integerOf(repo, 'user_id'),
    namespace: textOf(repo, 'namespace'),
    name: textOf(repo, 'name'),
    slug: textOf(repo, 'slug'),
    httpUrl: textOf(repo, 'git_http_url'),
    sshUrl: textOf(repo, 'git_ssh_url'),
    link: textOf(repo, 'link'),
    defaultBranch: textOf(repo, 'default_branch'),
    isPrivate: flagOf(repo, 'private'),
    visibility: VISIBILITIES.find((visibility) => visibility === repo.visibility) ?? 'private',
    isActive: flagOf(repo, 'active'),
    configPath: textOf(repo, 'config_path') || '.drone.yml',
    isTrusted: flagOf(repo, 'trusted'),
    isProtected: flagOf(repo, 'protected'),
    ignoreForks: flagOf(repo, 'ignore_forks'),
    ignorePullRequests: flagOf(repo, 'ignore_pull_requests'),
    autoCancelPullRequests: flagOf(repo, 'auto_cancel_pull_requests'),
    autoCancelPushes: flagOf(repo, 'auto_cancel_pushes'),
    autoCancelRunning: flagOf(repo, 'auto_cancel_running'),
    allowPush: true,
    allowTags: true,
    allowDeploys: true,
    avatarUrl: '',
    timeoutMinutes: integerOf(repo, 'timeout'),
    throttle: integerOf(repo, 'throttle'),
    counter: integerOf(repo, 'counter'),
    synced: integerOf(repo, 'synced'),
    created: integerOf(repo, 'created'),
    updated: integerOf(repo, 'updated'),
    version: integerOf(repo, 'version'),
  };
}
