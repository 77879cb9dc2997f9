import { type Build, isTrustedBuild } from '@sortie/core/build';
import type { AppError, ErrorCode } from '@sortie/core/errors';
import { type Finding, formatFinding } from '@sortie/core/finding';
import type { Repo } from '@sortie/core/repo';
import type { PipelineDocument } from '@sortie/pipeline/config';
import type { Conversion } from '@sortie/pipeline/convert/conversion';
import { readConfig } from '@sortie/pipeline/read';
import { hasSkipDirective } from '@sortie/pipeline/skip';
import { type StageDraft as SelectedStage, selectStages } from '@sortie/pipeline/stages';
import type { StageDraft } from '../store/stages.ts';
import { decideApproval, readSignatureState } from './approval-gate.ts';
import { cancelSupersededBuilds } from './cancel-build.ts';
import { type ConvertDeps, convertCommitConfig } from './convert.ts';
import { type CreateBuildDeps, createBuild } from './create-build.ts';
import { type FilePlace, readPipelineFile } from './read-pipeline-file.ts';
import type { RepoKeyDeps } from './repo-keys.ts';
import { ownerOf } from './repo-owner.ts';
import {
  type EventDraft,
  type SkippedTrigger,
  type TriggerOutcome,
  type TriggerRequest,
  toEventDraft,
  whyIgnored,
} from './trigger-request.ts';

export interface TriggerDeps extends CreateBuildDeps, ConvertDeps, RepoKeyDeps {
  /** Host name of the server, for `instance` conditions. */
  readonly instance: string;
  /** Runners are to look whether their stages have been cancelled. */
  readonly stop: () => void;
  /** Reports a failure of the server's own to the log. */
  readonly reportFailure: (message: string, error: unknown) => void;
}

/**
 * The one way in which a build begins (api-v1.md 3.5.1), whatever asked for it. Reads the pipeline file at the
 * commit, decides which pipelines run, writes the build with its stages, and lets older builds make way. A file with
 * errors makes a build in `error`; nothing to run makes no build and says why. Throws only when the source or the
 * store fails.
 */
export async function triggerBuild(deps: TriggerDeps, request: TriggerRequest): Promise<TriggerOutcome> {
  const outcome = await decide(deps, request);
  if (outcome.kind === 'built') await makeWay(deps, request.repo, outcome.build);
  return outcome;
}

/** The new build exists whatever becomes of the older ones. */
async function makeWay(deps: TriggerDeps, repo: Repo, build: Build): Promise<void> {
  const { db, events, now, wake, stop } = deps;
  try {
    await cancelSupersededBuilds({ db, events, now, queue: { wake, stop } }, { repo, build });
  } catch (error) {
    deps.reportFailure('the builds that a newer one replaces could not be cancelled', error);
  }
}

async function decide(deps: TriggerDeps, request: TriggerRequest): Promise<TriggerOutcome> {
  const { repo } = request;
  const found = await ownerOf(deps.db, repo);
  if ('kind' in found && found.code !== 'owner-missing') return found;
  const ignored = whyIgnored(request);
  if (ignored !== undefined) return skipped('event-ignored', ignored);
  if ('kind' in found) return withoutOwner(deps, request, found);
  const read = await readPipelineFile(deps.source, request);
  if (read.commit === undefined) {
    return skipped('commit-missing', `the commit ${request.after.slice(0, 8)} is not there any more`);
  }
  const draft = toEventDraft(request, read.commit);
  if (hasSkipDirective(request.event, draft.message, request.title)) return skippedByDirective();
  const { owner } = found;
  if (!owner.isActive) {
    const error = ownerInactive(repo, owner.login);
    return errorBuild(deps, request, draft, { error, cause: 'owner-inactive' });
  }
  if (read.problem !== undefined) {
    return errorBuild(deps, request, draft, { findings: [wholeFile(repo, read.problem)] });
  }
  if (read.text === undefined) {
    return skipped('config-missing', `there is no ${repo.configPath} in ${nameOf(read.place)}`);
  }
  return convertAndRun(deps, request, draft, { place: read.place, text: read.text });
}

/** A Git service must see a result; whoever asks over the API gets the reason as the answer. */
async function withoutOwner(
  deps: TriggerDeps,
  request: TriggerRequest,
  reason: SkippedTrigger,
): Promise<TriggerOutcome> {
  if (request.origin !== '@hook') return reason;
  if (hasSkipDirective(request.event, request.message, request.title)) return skippedByDirective();
  const error = ownerMissing(request.repo);
  const commit = { sha: request.after, message: '', authorLogin: '', authorName: '', authorEmail: '' };
  return errorBuild(deps, request, toEventDraft(request, commit), { error, cause: 'owner-missing' });
}

async function convertAndRun(
  deps: TriggerDeps,
  request: TriggerRequest,
  draft: EventDraft,
  { place, text }: { readonly place: FilePlace; readonly text: string },
): Promise<TriggerOutcome> {
  const about = { repo: request.repo, place: place.repo, build: draft, commit: place.ref, text };
  const conversion = await convertCommitConfig(deps, about);
  if (conversion.findings.some(isError)) {
    return errorBuild(deps, request, draft, { text, findings: conversion.findings });
  }
  return runConverted(deps, request, draft, conversion);
}

async function runConverted(
  deps: TriggerDeps,
  request: TriggerRequest,
  draft: EventDraft,
  { text, file, findings: remarks }: Conversion,
): Promise<TriggerOutcome> {
  const { pipelines, findings } = readConfig(text, { file, isTrusted: isTrustedBuild(draft, request.repo) });
  const all = [...remarks, ...findings];
  if (findings.some(isError)) return errorBuild(deps, request, draft, { text, findings: all });
  return runMatching(deps, request, { draft, text, findings: all, pipelines });
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
  const signature = await readSignatureState(deps, repo.id, read.text);
  const gated = { ...read.draft, ...signature, config: read.text, findings: read.findings };
  const approval = await decideApproval(deps.db, repo, gated);
  const build = await createBuild(deps, {
    repo,
    draft: { ...gated, ...(approval === undefined ? {} : { approval }) },
    stages: stages.map((stage) => toDraft(repo, stage, approval !== undefined)),
    within: request.within,
  });
  const stageTypes = [...new Set(stages.map((stage) => stage.type))];
  return { kind: 'built', build, stageTypes, ...(approval === undefined ? {} : { approval }) };
}

/** Only for files that ask, since git has to compare two commits. Unknown counts as changed. */
async function findChangedFiles(
  { source }: TriggerDeps,
  { repo, event, before, after, ...where }: TriggerRequest,
  pipelines: readonly PipelineDocument[],
): Promise<{ readonly changedFiles?: readonly string[] }> {
  const hasPaths = pipelines.some(({ trigger }) =>
    [trigger, ...(trigger.anyOf ?? [])].some(({ paths }) => paths !== undefined),
  );
  if (!hasPaths || (event !== 'push' && event !== 'pull_request')) return {};
  const changedFiles = await source.changedFiles?.(repo, before, after, where);
  return changedFiles === undefined ? {} : { changedFiles };
}

/** A stage that needs no other one is due at once, unless all of them wait for an approval. */
function toDraft(repo: Repo, stage: SelectedStage, isBlocked: boolean): StageDraft {
  const free = stage.dependsOn.length === 0 ? 'pending' : 'waiting_on_dependencies';
  const { group: limitGroup, ...rest } = stage;
  const status = isBlocked ? 'blocked' : free;
  return { ...rest, limitGroup, status, errIgnore: false, throttle: repo.throttle };
}

interface Failed {
  readonly text?: string;
  readonly findings?: readonly Finding[];
  /** What went wrong when it is not the file. */
  readonly error?: string;
  /** `config-invalid` unless given. */
  readonly cause?: ErrorCode;
}

async function errorBuild(
  deps: TriggerDeps,
  { repo, within }: TriggerRequest,
  draft: EventDraft,
  { text = '', findings = [], error, cause = 'config-invalid' }: Failed,
): Promise<TriggerOutcome> {
  // A failed configuration is recorded without trigger, params and cron, as Drone does.
  const unsigned = { isSigned: false, isVerified: false };
  const bare = { ...draft, ...unsigned, trigger: '', params: {}, cron: '', config: text, findings };
  const stages = { error: error ?? findings.filter(isError).map(formatFinding).join('\n') };
  const build = await createBuild(deps, {
    ...{ repo, draft: bare, stages },
    within: within && ((tx, created) => within(tx, created, cause)),
  });
  return { kind: 'error-build', build, findings };
}

function ownerInactive(repo: Repo, login: string): string {
  return `The account ${login}, which owns ${repo.slug}, has been deactivated. An administrator can activate it again or make somebody else the owner (POST /api/repos/${repo.slug}/chown).`;
}

function ownerMissing({ slug }: Repo): string {
  return `The repository ${slug} has no owner, in whose name its files could be read. An administrator of it can become its owner: activate it again, or POST /api/repos/${slug}/chown.`;
}

function skippedByDirective(): SkippedTrigger {
  return skipped('skip-directive', 'the commit message asks for none');
}

function nameOf({ ref }: FilePlace): string {
  return ref.startsWith('refs/heads/') ? `branch ${ref.slice(11)}` : `commit ${ref.slice(0, 8)}`;
}

function isError(finding: Finding): boolean {
  return finding.severity === 'error';
}

function wholeFile(repo: Repo, { code, message, hint }: AppError): Finding {
  const place = { file: repo.configPath, line: 1, column: 1, document: 0, pointer: '' };
  return { severity: 'error', code, message, hint, ...place };
}

function skipped(code: ErrorCode, message: string): SkippedTrigger {
  return { kind: 'skipped', code, message };
}
