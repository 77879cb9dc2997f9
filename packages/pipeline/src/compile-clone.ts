import type { PlanClone, PlanStep } from '@sortie/core/plan';
import { isShellType, sharedEnvironment } from './environment.ts';
import { emptyStep, type StageFrame } from './stage-frame.ts';
import {
  isForeign,
  NO_VARIABLES,
  netrcVariables,
  pluginVariables,
  type StepVariables,
  toEnvironment,
  variablesOf,
} from './step-variables.ts';

/** The step that fetches the repository: the engine's own, or an image of the runner's or the file's choice. */
export function compileClone(open: StageFrame): PlanStep {
  const frame = guarded(open);
  const { pipeline, context, workspace } = frame;
  const place = { number: 1, dependsOn: [] };
  const isContainer = !isShellType(pipeline.type);
  const own = isContainer ? pipeline.clone.image : '';
  const image = own !== '' ? own : isContainer ? context.runner.cloneImage : undefined;
  // An image that a fork has chosen must not get at the credentials of the repository.
  const credentials = own !== '' && isForeign(context) ? {} : netrcVariables(context);
  const settings = image === undefined ? NO_VARIABLES : cloneSettings(frame, own !== '');
  const layers = image === undefined ? [] : [credentials, settings.texts];
  return {
    ...emptyStep('clone', place),
    kind: 'clone',
    runPolicy: 'always',
    pull: 'if-not-exists',
    environment: toEnvironment(frame, { name: 'clone', number: 1 }, layers),
    secrets: settings.secrets,
    ...(settings.composed.length === 0 ? {} : { composed: settings.composed }),
    ...(image === undefined ? { clone: planClone(frame) } : { image }),
    ...(isContainer ? { workingDir: workspace.path } : {}),
  };
}

/**
 * The variables of a file, such as proxies and settings of git, would lead the credentials elsewhere: those that only the
 * clone may have, and those of a repository that a fork wants to be merged into (scm.md X25).
 */
function guarded(frame: StageFrame): StageFrame {
  const { context, compatibility } = frame;
  if (!isForeign(context) && context.runner.isNetrcForClone !== true) return frame;
  const pipeline = { ...frame.pipeline, environment: {} };
  return { ...frame, environment: sharedEnvironment(pipeline, context, compatibility) };
}

/** The settings of a clone plugin; those of the file count for a plugin that the file names. */
function cloneSettings({ pipeline, context }: StageFrame, isOwn: boolean): StepVariables {
  const { clone } = pipeline;
  const { depth, retries, skipVerify, tags } = clone;
  // The image would fetch what a fork names with the credentials of the repository.
  const { submodules, lfs } = isForeign(context) && !isOwn ? { submodules: false, lfs: false } : clone;
  const own = isOwn ? variablesOf(pluginVariables(clone.settings)) : NO_VARIABLES;
  const texts = {
    ...(depth > 0 ? { PLUGIN_DEPTH: String(depth) } : {}),
    ...(retries > 0 ? { PLUGIN_RETRIES: String(retries) } : {}),
    ...(skipVerify ? { PLUGIN_SKIP_VERIFY: 'true' } : {}),
    ...(submodules ? { PLUGIN_RECURSIVE: 'true' } : {}),
    ...(tags ? { PLUGIN_TAGS: 'true' } : {}),
    ...(lfs ? { PLUGIN_LFS: 'true' } : {}),
  };
  return { ...own, texts: { ...texts, ...own.texts } };
}

function planClone({ pipeline, context }: StageFrame): PlanClone {
  const { repo, build } = context;
  const { readFrom } = build;
  const { depth, retries, skipVerify, trace, submodules, tags, lfs } = pipeline.clone;
  return {
    url: repo.httpUrl || repo.sshUrl,
    ref: build.ref,
    commit: build.after,
    branch: build.target.replace(/^refs\/heads\//, ''),
    depth,
    retries,
    skipVerify,
    trace,
    ...(submodules ? { submodules } : {}),
    ...(tags ? { tags } : {}),
    ...(lfs ? { lfs } : {}),
    ...(readFrom === undefined ? {} : { from: { url: readFrom.httpUrl, ref: readFrom.ref } }),
    ...(isForeign(context) ? { isForeign: true } : {}),
  };
}
