import type { Finding } from '@sortie/core/finding';
import type { Plan, PlanStep, PlanVolume } from '@sortie/core/plan';
import type { CompileContext } from './compile-context.ts';
import type { StageFrame } from './compile-step.ts';
import { compileClone, compileStep } from './compile-step.ts';
import type { PipelineDocument, VolumeConfig } from './config.ts';
import { parseDocuments } from './documents.ts';
import { stageEnvironment, substitutionVariables } from './environment.ts';
import { createFindingLog, type FindingLog } from './finding-log.ts';
import { goQuote } from './go-text.ts';
import { resolveGraph } from './graph.ts';
import { planLabels } from './labels.ts';
import { lintPatterns } from './lint-patterns.ts';
import { lintPipeline } from './lint-pipeline.ts';
import { lintTrust } from './lint-trust.ts';
import { findMismatch, triggerContextOf } from './match.ts';
import type { ReadOptions } from './read.ts';
import { toScope } from './read.ts';
import { identityOf, readPipeline } from './read-pipeline.ts';
import type { Lookup } from './substitute.ts';
import { substituteTree } from './substitute-tree.ts';
import { entriesOf } from './tree.ts';
import { workspaceOf } from './workspace.ts';

export type CompileOptions = Omit<ReadOptions, 'isTrusted'>;

/**
 * Compiles one stage of a build: replaces expressions, reads all pipelines of the stage's type, checks the one
 * with the stage's name and leaves out steps that its conditions exclude. Without a plan the findings hold an
 * error; the stage must then end with it.
 */
export function compileStage(
  text: string,
  options: CompileOptions,
  context: CompileContext,
): { readonly plan?: Plan; readonly findings: readonly Finding[] } {
  const log = createFindingLog(options.file);
  const pipeline = findPipeline(readAll(text, options, context, log), context.stage.name, log);
  if (pipeline !== undefined) {
    lintPatterns([pipeline], log);
    lintPipeline(pipeline, options, log);
    if (!context.isTrusted) lintTrust(pipeline, log);
  }
  if (pipeline === undefined || log.hasErrors()) return { findings: log.list() };
  const frame: StageFrame = {
    pipeline,
    context,
    environment: stageEnvironment(pipeline, context),
    workspace: workspaceOf(pipeline),
    volumes: new Map(pipeline.volumes.map((volume) => [volume.name, volume])),
    compatibility: options.compatibility ?? false,
  };
  return { plan: toPlan(frame), findings: log.list() };
}

/** The pipelines of the stage's type; those of other types are none of this runner's business. */
function readAll(
  text: string,
  options: CompileOptions,
  context: CompileContext,
  log: FindingLog,
): readonly PipelineDocument[] {
  const lookup = makeLookup(context);
  const pipelines: PipelineDocument[] = [];
  for (const document of parseDocuments(text, log)) {
    const scope = toScope(document, options, log);
    const root = substituteTree(document, lookup, scope);
    const kind = entriesOf(document.root).get('kind')?.value;
    // The server knows the pipeline by what is written, whatever an expression in its name stands for.
    const identity = identityOf(options.compatibility === true ? root : document.root);
    if (kind?.kind !== 'scalar' || kind.text !== 'pipeline' || identity.type !== context.stage.type) continue;
    const pipeline = readPipeline(root, scope, identity);
    if (pipeline !== undefined) pipelines.push(pipeline);
  }
  return pipelines;
}

function findPipeline(
  pipelines: readonly PipelineDocument[],
  name: string,
  log: FindingLog,
): PipelineDocument | undefined {
  const wanted = name === '' ? 'default' : name;
  const found = pipelines.find((pipeline) => pipeline.name === wanted);
  if (found === undefined && !log.hasErrors()) {
    log.add(0, {
      severity: 'error',
      code: 'pipeline-missing',
      message: `The file has no pipeline called ${JSON.stringify(wanted)} of the type that this runner runs.`,
      hint: 'Start a new build; the stage was made from another version of the file.',
      at: { line: 1, column: 1 },
      path: [],
    });
  }
  return found;
}

/** A value with a line break goes in as a quoted string, so that it stays one line of the file. */
function makeLookup(context: CompileContext): Lookup {
  const variables = substitutionVariables(context);
  return (name) => {
    const value = variables.get(name) ?? '';
    return value.includes('\n') ? goQuote(value) : value;
  };
}

function toPlan(frame: StageFrame): Plan {
  const { pipeline, workspace, context } = frame;
  const { kind, type, name, platform } = pipeline;
  return {
    kind,
    type,
    name,
    platform,
    workspace: { base: workspace.base, path: workspace.path },
    volumes: pipeline.volumes.map(planVolume).filter((volume) => volume !== undefined),
    steps: planSteps(frame),
    labels: planLabels(context),
  };
}

function planVolume({ name, kind, hostPath, sizeBytes }: VolumeConfig): PlanVolume | undefined {
  switch (kind) {
    case 'none':
      return undefined;
    case 'host':
      return { name, kind, path: hostPath };
    case 'temp':
      return { name, kind };
    case 'tmpfs':
      return { name, kind, ...(sizeBytes > 0 ? { sizeBytes } : {}) };
  }
}

function planSteps(frame: StageFrame): readonly PlanStep[] {
  const { pipeline, context } = frame;
  const trigger = triggerContextOf(context.build, context.repo, context.system.host);
  const steps = [...pipeline.services, ...pipeline.steps].map((step) => ({
    step,
    name: step.name,
    dependsOn: step.dependsOn.map(({ text }) => text),
    isExcluded: findMismatch(step.when, trigger) !== undefined,
  }));
  const hasClone = !pipeline.clone.disable;
  const clone = { name: 'clone', dependsOn: [], isExcluded: false };
  const graph = resolveGraph(hasClone ? [clone, ...steps] : steps, { hasClone });
  const plan: PlanStep[] = hasClone ? [compileClone(frame)] : [];
  for (const { step, name, isExcluded } of steps) {
    if (isExcluded) continue;
    plan.push(compileStep(frame, step, { number: plan.length + 1, dependsOn: graph.get(name) ?? [] }));
  }
  return plan;
}
