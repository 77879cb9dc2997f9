import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '@sortie/core/plan';
import { compileStage } from './compile.ts';
import type { CompileContext } from './compile-context.ts';
import type { PipelineDocument } from './config.ts';
import type { Golden, GoldenPipeline, GoldenStep } from './corpus.fixture.ts';
import { commandsOf, comparable, corpusContext, corpusMissing, listGolden } from './corpus.fixture.ts';
import { triggerContextOf } from './match.ts';
import { readConfig } from './read.ts';
import { selectStages } from './stages.ts';

/** One file of so many is enough for every run; a difference in the others has shown up here so far. */
const EVERY = 11;
const CONTEXTS = ['push', 'tag', 'pr'];

const files = corpusMissing === false ? listGolden(EVERY) : [];

test('the corpus of real files is there', { skip: corpusMissing }, () => {
  assert.ok(files.length >= 8);
});

for (const { golden, text } of files) {
  for (const name of CONTEXTS) {
    test(`${golden.file} makes the stages that Drone makes for ${name}`, () => {
      const { context } = corpusContext(name);
      const { pipelines, errors } = read(golden, text);
      const wanted = atPush(golden.server, name);
      if (wanted?.error !== undefined) return assert.notDeepEqual(errors, []);
      const trigger = triggerContextOf(context.build, context.repo, context.system.host);
      const stages = selectStages(pipelines, trigger).stages.map((stage) => ({
        number: stage.number,
        name: stage.name,
        type: stage.type,
        os: stage.platform.os,
        arch: stage.platform.arch,
        depends_on: stage.dependsOn,
        on_success: stage.onSuccess,
        on_failure: stage.onFailure,
      }));
      const goldenStages = (wanted?.stages ?? []).map((stage) => ({
        number: stage.number,
        name: stage.name,
        type: stage.type,
        os: stage.os,
        arch: stage.arch,
        depends_on: stage.depends_on ?? [],
        on_success: stage.on_success,
        on_failure: stage.on_failure,
      }));
      assert.deepEqual(stages, goldenStages);
    });

    test(`${golden.file} compiles as Drone compiles it for ${name}`, () => {
      const { pipelines } = read(golden, text);
      for (const pipeline of pipelines) {
        const wanted = goldenPipeline(golden, name, pipeline.name);
        if (wanted === undefined || wanted.note !== undefined) continue;
        comparePipeline(text, golden, pipeline, wanted, name);
      }
    });
  }
}

function read(
  golden: Golden,
  text: string,
): { pipelines: readonly PipelineDocument[]; errors: readonly unknown[] } {
  const options = { file: golden.file, compatibility: true };
  const { pipelines, findings } = readConfig(text, options);
  const errors = findings.filter(({ severity, code }) => severity === 'error' && code !== 'not-supported');
  return { pipelines, errors };
}

function atPush<T>(values: Readonly<Record<string, T | 'same as push'>>, name: string): T | undefined {
  const value = values[name];
  if (value !== 'same as push') return value;
  const push = values.push;
  return push === 'same as push' ? undefined : push;
}

function goldenPipeline(golden: Golden, context: string, name: string): GoldenPipeline | undefined {
  const pipeline = atPush(golden.contexts, context)?.[name];
  if (pipeline !== 'same as push') return pipeline;
  const push = atPush(golden.contexts, 'push')?.[name];
  return push === 'same as push' ? undefined : push;
}

function comparePipeline(
  text: string,
  golden: Golden,
  pipeline: PipelineDocument,
  wanted: GoldenPipeline,
  name: string,
): void {
  const { context: base, common } = corpusContext(name);
  const { type, platform } = pipeline;
  const context = { ...base, stage: { ...base.stage, name: pipeline.name, type, platform } };
  const options = { file: golden.file, compatibility: true };
  const { plan, findings } = compileStage(text, options, context);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (wanted.error !== undefined) {
    assert.notDeepEqual(errors, []);
    return;
  }
  if (errors.some(({ code }) => code === 'not-supported')) return;
  if (plan === undefined) assert.fail(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const shared = { ...common[type], ...wanted.environment };
  comparePlan(plan, wanted, shared, context);
}

function comparePlan(
  plan: Plan,
  wanted: GoldenPipeline,
  shared: Readonly<Record<string, string | null>>,
  context: CompileContext,
): void {
  const running = wanted.steps.filter((step) => step.run_policy !== 'never');
  assert.deepEqual(
    plan.steps.map((step) => step.name),
    running.map((step) => step.name),
  );
  for (const [at, golden] of running.entries()) {
    const step = plan.steps[at];
    const isExec = plan.type === 'exec';
    assert.deepEqual(
      step === undefined
        ? undefined
        : { ...summary(step, isExec), environment: comparable(step.environment, context) },
      {
        ...goldenSummary(golden, wanted, isExec),
        environment: comparable({ ...shared, ...golden.environment }, context),
      },
    );
  }
}

function summary(step: Plan['steps'][number], isExec: boolean): object {
  const all = {
    name: step.name,
    dependsOn: step.dependsOn,
    runPolicy: step.runPolicy,
    failure: step.failure,
    detached: step.detached,
    secrets: step.secrets.map(({ env, secret }) => `${env}=${secret}`).toSorted(),
    script: step.name === 'clone' ? undefined : commandsOf(step),
  };
  if (isExec) return all;
  const { entrypoint, command, pull, privileged, user, workingDir, mounts } = step;
  return {
    ...all,
    image: normalize(step.image ?? ''),
    entrypoint,
    command,
    pull,
    privileged,
    user,
    workingDir,
    mounts,
  };
}

function goldenSummary(step: GoldenStep, pipeline: GoldenPipeline, isExec: boolean): object {
  const script = isExec ? step.files?.[0]?.script?.replace('\nset -e\n', '') : step.script;
  const all = {
    name: step.name,
    dependsOn: splice(step.depends_on ?? [], pipeline.steps),
    runPolicy: step.run_policy,
    failure: step.err_policy === 'fail-fast' ? 'fast' : (step.err_policy ?? 'fail'),
    detached: step.detach ?? false,
    secrets: (step.secrets ?? []).map(({ env, name }) => `${env}=${name}`).toSorted(),
    script: step.name === 'clone' ? undefined : script?.replaceAll('\\`', '`'),
  };
  if (isExec) return all;
  const hasScript = step.script !== undefined;
  return {
    ...all,
    image: step.image,
    entrypoint: hasScript ? undefined : step.entrypoint,
    command: hasScript ? undefined : step.command,
    pull: step.pull,
    privileged: step.privileged ?? false,
    user: step.user,
    workingDir: step.working_dir,
    mounts: (step.volumes ?? [])
      .filter(({ name }) => name !== '_workspace')
      .map(({ name, path }) => ({ volume: name, path })),
  };
}

/** Drone keeps excluded steps in the graph; ours hands on what they wait for. */
function splice(names: readonly string[], steps: readonly GoldenStep[]): readonly string[] {
  const spliced = names.flatMap((name) => {
    const step = steps.find((candidate) => candidate.name === name);
    return step?.run_policy === 'never' ? splice(step.depends_on ?? [], steps) : [name];
  });
  return [...new Set(spliced)];
}

/** The full name of an image, as the golden files have it; the clone's is not normalised there. */
function normalize(image: string): string {
  if (image === 'drone/git:latest') return image;
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const full = isHost ? image : `docker.io/${rest.length > 0 ? image : `library/${image}`}`;
  return /[:@][^/]+$/.test(full) ? full : `${full}:latest`;
}
