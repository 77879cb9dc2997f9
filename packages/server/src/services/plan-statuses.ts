import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isFailed, type Status } from '@sortie/core/status';
import type { WaitingReason } from '@sortie/core/waiting';
import { cleanLine } from '@sortie/scm/clean-text';
import type { ScmState, ScmStatus } from '@sortie/scm/objects';

/** What Git services are told of builds. */
export interface StatusRules {
  readonly isEnabled: boolean;
  /** First part of every label. */
  readonly name: string;
  /** Each pipeline has a status of its own beside the one of the build. */
  readonly hasPipelines: boolean;
  /** Results of pull requests at Gogs become comments. */
  readonly commentsOnGogs: boolean;
}

export interface StatusFacts {
  readonly rules: Pick<StatusRules, 'name' | 'hasPipelines'>;
  readonly repo: Pick<Repo, 'slug'>;
  readonly build: Build;
  readonly stages: readonly Stage[];
  /** Why stages wait, by their ids. */
  readonly waiting: ReadonlyMap<number, readonly WaitingReason[]>;
  /** Address of this server without a trailing slash; links lead nowhere else (scm.md X34). */
  readonly publicUrl: string;
}

/** With more pipelines than these a build is told of as a whole only: each status is a call and a line. */
const MAX_PIPELINES = 20;

/** All statuses of a build as it is now: that of the build first, then those of its pipelines (scm.md 1.8). */
export function planStatuses(facts: StatusFacts): readonly ScmStatus[] {
  const { rules, build, stages } = facts;
  const state = stateOfBuild(build, stages);
  const whole = { ...common(facts), label: labelOf(rules.name, build), state };
  const planned: ScmStatus[] = [{ ...whole, description: describeBuild(facts, state) }];
  if (!rules.hasPipelines || stages.length > MAX_PIPELINES) return planned;
  for (const stage of stages) {
    planned.push({
      ...common(facts),
      label: pipelineLabel(rules.name, build, stage),
      state: STATES[stage.status],
      description: describeStage(facts, stage),
    });
  }
  return planned;
}

/** The page of the build, on this server. */
export function buildLink({
  publicUrl,
  repo,
  build,
}: Pick<StatusFacts, 'publicUrl' | 'repo' | 'build'>): string {
  return `${publicUrl}/${repo.slug.split('/').map(encodeURIComponent).join('/')}/${build.number}`;
}

/** The names of the pipelines that failed. */
export function failedNames(stages: readonly Stage[]): readonly string[] {
  return stages.filter(({ status }) => isFailed(status)).map(({ name }) => cleanLine(name));
}

function common(facts: StatusFacts): Pick<ScmStatus, 'title' | 'link' | 'ref'> {
  return { title: `Build #${facts.build.number}`, link: buildLink(facts), ref: facts.build.ref };
}

const EVENT_LABELS: Partial<Readonly<Record<Build['event'], string>>> = {
  push: 'push',
  pull_request: 'pr',
  tag: 'tag',
};

function labelOf(name: string, { event, deployTo }: Build): string {
  const part = event === 'promote' ? `promote/${slugOf(deployTo)}` : EVENT_LABELS[event];
  return part === undefined ? name : `${name}/${part}`;
}

/** Where the build has the bare name, a pipeline called `push` must not take the place of another build's status. */
function pipelineLabel(name: string, build: Build, stage: Stage): string {
  const label = labelOf(name, build);
  const pipeline = cleanLine(stage.name) || String(stage.number);
  return label === name ? `${name}/${build.event}/${pipeline}` : `${label}/${pipeline}`;
}

function slugOf(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.join('-') || 'unnamed';
}

const STATES: Readonly<Record<Status, ScmState>> = {
  blocked: 'blocked',
  waiting_on_dependencies: 'waiting',
  pending: 'pending',
  running: 'running',
  success: 'success',
  failure: 'failure',
  error: 'error',
  killed: 'killed',
  declined: 'declined',
  skipped: 'skipped',
};

/** A build of which nothing has begun is blocked when a stage is, whatever its own row says. */
function stateOfBuild({ status }: Build, stages: readonly Stage[]): ScmState {
  const waits = status === 'pending' && stages.some((stage) => stage.status === 'blocked');
  return waits ? 'blocked' : STATES[status];
}

function describeBuild(facts: StatusFacts, state: ScmState): string {
  const { build, stages } = facts;
  const failed = failedNames(stages);
  const error = cleanLine(build.error.split('\n')[0] ?? '');
  if (state === 'pending' || state === 'blocked') {
    const wanted = state === 'blocked' ? 'blocked' : 'pending';
    const stage = stages.find(({ status }) => status === wanted);
    return stage === undefined ? 'pending' : describeWaiting(facts, stage);
  }
  if (state === 'skipped') return `skipped: ${REPLACED}`;
  if (state === 'error' && error !== '') return `error: ${error}`;
  const words = WORDS[state];
  return (state === 'failure' || state === 'error') && failed.length > 0
    ? `${words}: ${failed.join(', ')}`
    : words;
}

function describeStage(facts: StatusFacts, stage: Stage): string {
  const { status, error } = stage;
  if (status === 'skipped') return `skipped: ${whySkipped(facts, stage)}`;
  if (status === 'error' && error !== '') return `error: ${cleanLine(error)}`;
  const isWaiting = status === 'pending' || status === 'blocked' || status === 'waiting_on_dependencies';
  return isWaiting ? describeWaiting(facts, stage) : WORDS[STATES[status]];
}

const WORDS: Readonly<Record<ScmState, string>> = {
  waiting: 'waiting for other pipelines',
  blocked: 'waiting for an approval',
  pending: 'waiting for a runner',
  running: 'running',
  success: 'passed',
  failure: 'failed',
  error: 'ended with an error',
  killed: 'cancelled',
  declined: 'declined',
  skipped: 'skipped',
};

const WAITING_WORDS: Readonly<Record<WaitingReason['code'], string>> = {
  approval: 'waiting for an approval',
  dependency: 'waiting for other pipelines',
  'queue-paused': 'waiting: the queue is paused',
  limit: 'waiting: as many of this pipeline as may run are running',
  throttle: 'waiting: as many pipelines of the repository as may run are running',
  'no-runner': 'waiting for a runner: none of those connected fits',
  busy: 'waiting for a runner: all are busy',
  next: 'waiting for a runner',
};

/** Without the sentences of the reasons: they name other repositories, which readers of the status may not know. */
function describeWaiting({ waiting }: StatusFacts, stage: Stage): string {
  const [reason] = waiting.get(stage.id) ?? [];
  return reason === undefined ? WORDS[STATES[stage.status]] : WAITING_WORDS[reason.code];
}

const REPLACED = 'a newer build took its place';

function whySkipped({ build, stages }: StatusFacts, stage: Stage): string {
  if (build.status === 'skipped') return REPLACED;
  if (build.status === 'killed') return 'the build was cancelled';
  if (build.status === 'declined') return 'the build was declined';
  const hasFailed = stages.some(({ status }) => isFailed(status));
  if (hasFailed && !stage.onFailure) return 'another pipeline failed';
  return hasFailed ? 'its conditions do not hold' : 'it runs after a failure only';
}
