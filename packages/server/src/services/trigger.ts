import type { Build, BuildEvent } from '@sortie/core/build';
import { AppError, type ErrorCode } from '@sortie/core/errors';
import { type Finding, formatFinding } from '@sortie/core/finding';
import type { Repo } from '@sortie/core/repo';
import type { PipelineDocument } from '@sortie/pipeline/config';
import type { Conversion } from '@sortie/pipeline/convert/conversion';
import { readConfig } from '@sortie/pipeline/read';
import { hasSkipDirective } from '@sortie/pipeline/skip';
import { type StageDraft as SelectedStage, selectStages } from '@sortie/pipeline/stages';
import type { Tx } from '../store/db.ts';
import type { StageDraft } from '../store/stages.ts';
import { type ConvertDeps, convertCommitConfig } from './convert.ts';
import { type BuildDraft, type CreateBuildDeps, createBuild } from './create-build.ts';
import type { SourceCommit } from './source.ts';

/** Who or what asked for the build. The name is what ends up in `trigger` and decides about approvals. */
export type TriggerOrigin = '@hook' | '@cron' | { readonly login: string };

/** Everything that is known of an event before the pipeline file is read. */
export interface TriggerRequest {
  readonly repo: Repo;
  readonly origin: TriggerOrigin;
  readonly event: BuildEvent;
  readonly action: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** Branch that the change comes from and branch it is for; equal for pushes. */
  readonly source: string;
  readonly target: string;
  /** Login of the account whose action it was, verified by the caller. */
  readonly sender: string;
  readonly title: string;
  /** Empty: the message of the commit. */
  readonly message: string;
  readonly link: string;
  readonly params: Readonly<Record<string, string>>;
  readonly cron: string;
  readonly deployTo: string;
  /** Runs in the transaction that creates the build, for what must exist together with it. */
  readonly within?: (tx: Tx, build: Build) => Promise<void>;
}

/** Every way a trigger can end. `skipped` made no build and names why. */
export type TriggerOutcome =
  | { readonly kind: 'built'; readonly build: Build; readonly stageTypes: readonly string[] }
  | { readonly kind: 'error-build'; readonly build: Build; readonly findings: readonly Finding[] }
  | { readonly kind: 'skipped'; readonly code: ErrorCode; readonly message: string };

export interface TriggerDeps extends CreateBuildDeps, ConvertDeps {
  /** Host name of the server, for `instance` conditions. */
  readonly instance: string;
}

/**
 * The one way in which a build begins (api-v1.md 3.5.1), whatever asked for it. Reads the pipeline file at the
 * commit, decides which pipelines run, and writes the build with its stages. A file with errors makes a build in
 * `error`; nothing to run makes no build and says why. Throws only when the source or the store fails.
 */
export async function triggerBuild(deps: TriggerDeps, request: TriggerRequest): Promise<TriggerOutcome> {
  const { repo } = request;
  if (!repo.isActive) return skipped('repo-inactive', 'the repository is not active');
  const read = await readSource(deps, request);
  if (read.commit === undefined) {
    return skipped('config-missing', `the commit ${request.after.slice(0, 8)} is not there any more`);
  }
  const message = request.message === '' ? read.commit.message : request.message;
  if (hasSkipDirective(request.event, message, request.title)) {
    return skipped('skip-directive', 'the commit message asks for none');
  }
  const draft = buildDraft(request, message, read.commit);
  if (read.problem !== undefined)
    return errorBuild(deps, request, draft, '', [wholeFile(repo, read.problem)]);
  if (read.text === undefined) {
    return skipped('config-missing', `there is no ${repo.configPath} in commit ${request.after.slice(0, 8)}`);
  }
  const conversion = await convertCommitConfig(deps, {
    repo,
    build: draft,
    commit: read.commit.sha,
    text: read.text,
  });
  if (conversion.findings.some(isError)) {
    return errorBuild(deps, request, draft, read.text, conversion.findings);
  }
  return runConverted(deps, request, draft, conversion);
}

async function runConverted(
  deps: TriggerDeps,
  request: TriggerRequest,
  draft: EventDraft,
  { text, file, findings: remarks }: Conversion,
): Promise<TriggerOutcome> {
  const { pipelines, findings } = readConfig(text, { file, isTrusted: request.repo.isTrusted });
  const all = [...remarks, ...findings];
  if (findings.some(isError)) return errorBuild(deps, request, draft, text, all);
  return runMatching(deps, request, { draft, text, findings: all, pipelines });
}

interface ReadSource {
  readonly commit?: SourceCommit;
  readonly text?: string;
  /** Why the file that is there cannot be used. */
  readonly problem?: AppError;
}

async function readSource(deps: TriggerDeps, { repo, after }: TriggerRequest): Promise<ReadSource> {
  try {
    return (await deps.source.commitWithFile(repo, after, repo.configPath)) ?? {};
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    return { commit: await deps.source.findCommit(repo, after), problem: error };
  }
}

interface ReadBuild {
  readonly draft: EventDraft;
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly pipelines: readonly PipelineDocument[];
}

async function runMatching(
  deps: TriggerDeps,
  request: TriggerRequest,
  read: ReadBuild,
): Promise<TriggerOutcome> {
  const { repo } = request;
  if (read.pipelines.length === 0)
    return skipped('conditions-not-met', `${repo.configPath} holds no pipeline`);
  const { stages, decisions } = selectStages(read.pipelines, {
    branch: request.target,
    event: request.event,
    action: request.action,
    ref: request.ref,
    repo: repo.slug,
    target: request.deployTo,
    cron: request.cron,
    instance: deps.instance,
    message: read.draft.message,
    ...(await findChangedFiles(deps, request, read.pipelines)),
  });
  if (stages.length === 0) {
    const reasons = decisions.map((decision) => `${decision.name}: ${decision.reason}`).join('; ');
    return skipped('conditions-not-met', `no pipeline matches this event (${reasons})`);
  }
  const build = await createBuild(deps, {
    repo,
    draft: { ...read.draft, config: read.text, findings: read.findings },
    stages: stages.map((stage) => toDraft(repo, stage)),
    within: request.within,
  });
  return { kind: 'built', build, stageTypes: [...new Set(stages.map((stage) => stage.type))] };
}

/** Only for files that ask, since git has to compare two commits. Unknown counts as changed. */
async function findChangedFiles(
  { source }: TriggerDeps,
  { repo, event, before, after }: TriggerRequest,
  pipelines: readonly PipelineDocument[],
): Promise<{ readonly changedFiles?: readonly string[] }> {
  const hasPaths = pipelines.some(({ trigger }) =>
    [trigger, ...(trigger.anyOf ?? [])].some(({ paths }) => paths !== undefined),
  );
  if (!hasPaths || (event !== 'push' && event !== 'pull_request')) return {};
  const changedFiles = await source.changedFiles?.(repo, before, after);
  return changedFiles === undefined ? {} : { changedFiles };
}

/** A stage that needs no other one is due at once. */
function toDraft(repo: Repo, stage: SelectedStage): StageDraft {
  const status = stage.dependsOn.length === 0 ? 'pending' : 'waiting_on_dependencies';
  return { ...stage, status, errIgnore: false, throttle: repo.throttle };
}

async function errorBuild(
  deps: TriggerDeps,
  { repo, within }: TriggerRequest,
  draft: EventDraft,
  text: string,
  findings: readonly Finding[],
): Promise<TriggerOutcome> {
  const error = findings.filter(isError).map(formatFinding).join('\n');
  // A failed configuration is recorded without trigger, params and cron, as Drone does.
  const bare = { ...draft, trigger: '', params: {}, cron: '', config: text, findings };
  const build = await createBuild(deps, { repo, draft: bare, stages: { error }, within });
  return { kind: 'error-build', build, findings };
}

type EventDraft = Omit<BuildDraft, 'config' | 'findings'>;

function buildDraft(request: TriggerRequest, message: string, commit: SourceCommit): EventDraft {
  return {
    parent: 0,
    event: request.event,
    action: request.action,
    link: request.link,
    title: request.title,
    message,
    before: request.before,
    after: request.after,
    ref: request.ref,
    sourceRepo: '',
    source: request.source,
    target: request.target,
    authorLogin:
      commit?.authorLogin === undefined || commit.authorLogin === '' ? request.sender : commit.authorLogin,
    authorName: commit?.authorName ?? '',
    authorEmail: commit?.authorEmail ?? '',
    authorAvatar: '',
    sender: request.sender,
    trigger: typeof request.origin === 'string' ? request.origin : request.origin.login,
    params: request.params,
    cron: request.cron,
    deployTo: request.deployTo,
    deployId: 0,
    debug: false,
    isSigned: false,
    isVerified: false,
  };
}

function isError(finding: Finding): boolean {
  return finding.severity === 'error';
}

function wholeFile(repo: Repo, { code, message, hint }: AppError): Finding {
  const place = { file: repo.configPath, line: 1, column: 1, document: 0, pointer: '' };
  return { severity: 'error', code, message, hint, ...place };
}

function skipped(code: ErrorCode, message: string): TriggerOutcome {
  return { kind: 'skipped', code, message };
}
