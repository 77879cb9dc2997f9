import type { Finding } from '@sortie/core/finding';
import type { Plan, PlanStep, PlanVolume } from '@sortie/core/plan';
import { compileClone } from './compile-clone.ts';
import type { CompileContext } from './compile-context.ts';
import { compilePod } from './compile-pod.ts';
import { compileStep } from './compile-step.ts';
import type { PipelineDocument, SecretDocument, VolumeConfig } from './config.ts';
import { isShellType, sharedEnvironment, substitutionVariables } from './environment.ts';
import { createFindingLog, type FindingLog, type Remark } from './finding-log.ts';
import { goQuote } from './go-text.ts';
import { resolveGraph } from './graph.ts';
import { planLabels } from './labels.ts';
import { lintPaths } from './lint-paths.ts';
import { lintPatterns } from './lint-patterns.ts';
import { lintImage, lintNames, lintPipeline } from './lint-pipeline.ts';
import { lintTrust } from './lint-trust.ts';
import { findMismatch, triggerContextOf } from './match.ts';
import { PreparedConfig } from './prepared-config.ts';
import type { ReadOptions } from './read.ts';
import { identityOf } from './read-pipeline.ts';
import { toScope } from './read-scope.ts';
import { readSecret } from './read-secret.ts';
import type { StageFrame } from './stage-frame.ts';
import type { Lookup } from './substitute.ts';
import { workspaceOf } from './workspace.ts';

export type CompileOptions = Omit<ReadOptions, 'isTrusted'>;

/**
 * Compiles one stage of a build: replaces expressions, reads all pipelines of the stage's type, checks the one
 * with the stage's name and leaves out steps that its conditions exclude. Without a plan the findings hold an
 * error; the stage must then end with it. Who compiles several stages of a file prepares it, to have it parsed once.
 */
export function compileStage(
  text: string | PreparedConfig,
  options: CompileOptions,
  context: CompileContext,
): { readonly plan?: Plan; readonly findings: readonly Finding[] } {
  const log = createFindingLog(options.file);
  const isCompatible = options.compatibility === true;
  const prepared = typeof text === 'string' ? new PreparedConfig(text) : text;
  const { pipelines, secretSources } = readAll(prepared, isCompatible, context, log);
  const pipeline = findPipeline(pipelines, context.stage.name, log);
  if (isCompatible) lintSiblings(pipelines, log);
  if (pipeline !== undefined) {
    lintPatterns([pipeline], log);
    if (!(isCompatible && isShellType(pipeline.type))) lintPipeline(pipeline, options, log);
    if (!context.isTrusted) lintTrust(pipeline, log);
    if (context.changedFiles === undefined) lintPaths(pipeline, log);
  }
  if (pipeline === undefined || log.hasErrors()) return { findings: log.list() };
  const { build, repo, system, changedFiles } = context;
  const frame: StageFrame = {
    pipeline,
    context,
    environment: sharedEnvironment(pipeline, context, isCompatible),
    workspace: workspaceOf(pipeline),
    volumes: new Map(pipeline.volumes.map((volume) => [volume.name, volume])),
    trigger: {
      ...triggerContextOf(build, repo, system.host),
      ...(changedFiles === undefined ? {} : { changedFiles }),
    },
    compatibility: isCompatible,
  };
  return { plan: { ...toPlan(frame), ...withSecrets(pipeline, secretSources) }, findings: log.list() };
}

interface ReadFile {
  /** Those of the stage's type; others are none of this runner's business. */
  readonly pipelines: readonly PipelineDocument[];
  readonly secretSources: readonly SecretDocument[];
}

function readAll(
  prepared: PreparedConfig,
  isCompatible: boolean,
  context: CompileContext,
  log: FindingLog,
): ReadFile {
  const lookup = makeLookup(context, isCompatible);
  const mode = { compatibility: isCompatible, isServer: false };
  const pipelines: PipelineDocument[] = [];
  const secretSources: SecretDocument[] = [];
  for (const document of prepared.documents(log)) {
    const root = prepared.substituted(document, lookup, mode, log);
    // The server knows the pipeline by what is written, whatever an expression in its name stands for.
    const identity = identityOf(isCompatible ? root : document.root);
    if (identity.kind === 'secret') {
      const source = readSecret({ node: root, path: [], scope: toScope(document, mode, log) });
      if (source !== undefined) secretSources.push(source);
    }
    if (identity.kind !== 'pipeline' || identity.type !== context.stage.type) continue;
    const pipeline = prepared.pipeline(document, root, { mode, identity }, log);
    if (pipeline !== undefined) pipelines.push(pipeline);
  }
  return { pipelines, secretSources };
}

/** Drone's runners check these rules while they parse, so a faulty sibling fails this stage too (pipeline.md 10.2). */
function lintSiblings(pipelines: readonly PipelineDocument[], log: FindingLog): void {
  for (const pipeline of pipelines) {
    const add = (remark: Omit<Remark, 'severity'>) =>
      log.add(pipeline.document, { severity: 'error', ...remark });
    const clone = { ...pipeline.clone, disable: true };
    lintNames({ type: pipeline.type, clone }, pipeline.steps, { add, isCompatible: true });
    if (pipeline.type === 'exec') for (const step of pipeline.steps) lintImage(pipeline, step, add);
  }
}

function withSecrets(
  { pullSecrets }: PipelineDocument,
  secretSources: readonly SecretDocument[],
): Pick<Plan, 'secretSources' | 'pullSecrets'> {
  return {
    ...(secretSources.length === 0 ? {} : { secretSources }),
    ...(pullSecrets.length === 0 ? {} : { pullSecrets }),
  };
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
function makeLookup(context: CompileContext, isCompatible: boolean): Lookup {
  const variables = substitutionVariables(context, { isCompatible });
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
    ...(pipeline.kubernetes === undefined ? {} : { kubernetes: compilePod(pipeline, pipeline.kubernetes) }),
    ...(pipeline.server === undefined ? {} : { server: pipeline.server }),
  };
}

function planVolume(volume: VolumeConfig): PlanVolume | undefined {
  const { name, kind, hostPath, sizeBytes, source, readOnly, defaultMode, isOptional } = volume;
  switch (kind) {
    case 'none':
      return undefined;
    case 'host':
      return { name, kind, path: hostPath };
    case 'temp':
      return { name, kind };
    case 'tmpfs':
      return { name, kind, ...(sizeBytes > 0 ? { sizeBytes } : {}) };
    case 'claim':
      return { name, kind, source, readOnly };
    case 'config-map':
    case 'secret':
      return { name, kind, source, defaultMode, isOptional };
  }
}

function planSteps(frame: StageFrame): readonly PlanStep[] {
  const { pipeline, trigger } = frame;
  const all = [...pipeline.services, ...pipeline.steps];
  const hasClone = !pipeline.clone.disable;
  const names = new Set(all.map(({ name }) => name));
  const steps = all.map((step) => ({
    step,
    name: step.name,
    dependsOn: step.dependsOn.filter(({ text, isOptional }) => !isOptional || names.has(text)).map(toText),
    isExcluded: findMismatch(step.when, trigger) !== undefined,
  }));
  const clone = { name: 'clone', dependsOn: [], isExcluded: false };
  const graph = resolveGraph(hasClone ? [clone, ...steps] : steps, { hasClone });
  const plan: PlanStep[] = hasClone ? [compileClone(frame)] : [];
  for (const { step, name, isExcluded } of steps) {
    if (isExcluded) continue;
    plan.push(compileStep(frame, step, { number: plan.length + 1, dependsOn: graph.get(name) ?? [] }));
  }
  return plan;
}

function toText({ text }: { readonly text: string }): string {
  return text;
}
