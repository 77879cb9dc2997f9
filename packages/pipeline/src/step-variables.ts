import { isForkBuild } from '@sortie/core/build';
import type { PlanComposedVariable, PlanSecret } from '@sortie/core/plan';
import type { CompileContext } from './compile-context.ts';
import type { StepConfig, VariableValue } from './config.ts';
import { isShellType } from './environment.ts';
import type { StageFrame } from './stage-frame.ts';
import type { Variables } from './variables.ts';
import { stepVariables } from './variables.ts';
import { workspaceVariables } from './workspace.ts';

/** The variables of one step by what their values are. */
export interface StepVariables {
  readonly texts: Variables;
  readonly secrets: readonly PlanSecret[];
  readonly composed: readonly PlanComposedVariable[];
}

export const NO_VARIABLES: StepVariables = { texts: {}, secrets: [], composed: [] };

export function stepLayers(
  step: StepConfig,
  { context, pipeline }: StageFrame,
): Omit<StepVariables, 'texts'> & { readonly texts: readonly Variables[] } {
  const isShell = isShellType(pipeline.type);
  const values = new Map([...step.environment, ...(isShell ? [] : pluginVariables(step.settings))]);
  const { texts, ...rest } = variablesOf(values);
  const path = pipeline.type === 'exec' ? texts.PATH : undefined;
  const own = path === undefined ? texts : { ...texts, PATH: expandPath(path, context) };
  const hasWindowsShell = !isShell && pipeline.platform.os === 'windows' && step.commands.length > 0;
  const shell: Variables = hasWindowsShell ? { SHELL: 'powershell.exe' } : {};
  const isHidden = isShell || isForeign(context) || context.runner.isNetrcForClone === true;
  const credentials = isHidden ? {} : netrcVariables(context);
  return { texts: [credentials, own, shell], ...rest };
}

export function pluginVariables(
  settings: ReadonlyMap<string, VariableValue>,
): readonly (readonly [string, VariableValue])[] {
  return [...settings].map(([key, value]) => [`PLUGIN_${key.toUpperCase()}`, value]);
}

export function variablesOf(values: Iterable<readonly [string, VariableValue]>): StepVariables {
  const texts: [string, string][] = [];
  const secrets: PlanSecret[] = [];
  const composed: PlanComposedVariable[] = [];
  for (const [env, value] of values) {
    if (value.kind === 'text') texts.push([env, value.text]);
    else if (value.kind === 'secret') secrets.push({ env, secret: value.name });
    else composed.push({ env, parts: value.parts });
  }
  return { texts: Object.fromEntries(texts), secrets, composed };
}

/** Code from a fork must not get at the credentials of the repository that it wants to be merged into. */
export function isForeign({ build, repo }: CompileContext): boolean {
  return isForkBuild(build, repo);
}

export function netrcVariables({ netrc }: CompileContext): Variables {
  if (netrc === undefined) return {};
  const { machine, login, password } = netrc;
  return {
    DRONE_NETRC_MACHINE: machine,
    DRONE_NETRC_USERNAME: login,
    DRONE_NETRC_PASSWORD: password,
    DRONE_NETRC_FILE: `machine ${machine} login ${login} password ${password}`,
  };
}

/** `$PATH:/opt/bin`: the one place where the variables of the machine are put in (pipeline.md 6.2, E row 8). */
function expandPath(text: string, { runner }: CompileContext): string {
  const host = runner.hostEnvironment ?? {};
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_match, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    return Object.hasOwn(host, name) ? (host[name] ?? '') : '';
  });
}

export function toEnvironment(
  { environment, workspace, pipeline }: StageFrame,
  step: { readonly name: string; readonly number: number },
  own: readonly Variables[],
): Record<string, string> {
  const { type } = pipeline;
  const places = isShellType(type) ? {} : workspaceVariables(workspace);
  const { DRONE_WORKSPACE = '' } = places;
  const isPod = type === 'kubernetes';
  const merged = { ...environment };
  const layers = [
    isPod ? { DRONE_WORKSPACE } : places,
    isPod ? podStepVariables(step) : stepVariables(step),
    ...own,
  ];
  for (const variables of layers) {
    for (const [name, value] of Object.entries(variables)) put(merged, name, value, type);
  }
  return merged;
}

/** A container of Docker never sees an empty variable (pipeline.md 6.1); other steps do. */
function put(merged: Record<string, string>, name: string, value: string, type: string): void {
  if (value === '' && type === 'docker') delete merged[name];
  // A name comes from the file and may be that of the prototype.
  else if (name !== '__proto__') merged[name] = value;
  else Object.defineProperty(merged, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Kubernetes never knew the number of a step, nor the name of the clone (pipeline.md 6.1). */
function podStepVariables({ name }: { readonly name: string }): Variables {
  return name === 'clone' ? {} : { DRONE_STEP_NAME: name };
}
