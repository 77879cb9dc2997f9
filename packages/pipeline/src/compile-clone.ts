import type { PlanClone, PlanStep } from '@sortie/core/plan';
import type { CloneConfig } from './config.ts';
import { isShellType } from './environment.ts';
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
export function compileClone(frame: StageFrame): PlanStep {
  const { pipeline, context, workspace } = frame;
  const place = { number: 1, dependsOn: [] };
  const isContainer = !isShellType(pipeline.type);
  const own = isContainer ? pipeline.clone.image : '';
  const image = own !== '' ? own : isContainer ? context.runner.cloneImage : undefined;
  // An image that a fork has chosen must not get at the credentials of the repository.
  const credentials = own !== '' && isForeign(context) ? {} : netrcVariables(context);
  const settings = image === undefined ? NO_VARIABLES : cloneSettings(pipeline.clone, own !== '');
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

/** The settings of a clone plugin; those of the file count for a plugin that the file names. */
function cloneSettings(clone: CloneConfig, isOwn: boolean): StepVariables {
  const { depth, retries, skipVerify, submodules, tags, lfs } = clone;
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

function planClone({ pipeline, context: { repo, build } }: StageFrame): PlanClone {
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
  };
}
