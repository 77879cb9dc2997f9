import type { Plan, PlanStep } from '@sortie/core/plan';
import { type ContainerDefaults, needsScriptFile, SCRIPT_FILE, TURN_VARIABLE } from './container-config.ts';

const DOCKER_SOCKET = /docker\.sock$|\\\\docker_engine$/;

/** Programs and places that show when a process began. */
const TELLTALES =
  /\/proc\b|(?:^|[^\w.-])(?:ps|pgrep|pidof|top|htop|lsof|uptime|docker|podman|nerdctl|crictl)\b/m;

/**
 * True when the container of the step may be started before its turn because nobody can tell: it runs commands,
 * not a program of its image; it sees nothing of the machine; and no other step speaks of it by name, which would
 * find it in the network too early.
 */
export function mayStartEarly(plan: Plan, step: PlanStep, defaults: ContainerDefaults): boolean {
  const { script, shell } = step;
  if (script === undefined || shell !== undefined || plan.platform.os === 'windows') return false;
  if (step.kind !== 'step' || step.detached || step.privileged) return false;
  if (step.networkMode !== undefined || step.devices.length > 0 || (defaults.devices ?? []).length > 0)
    return false;
  // Another directory may be made, moved or replaced by earlier steps; the root of the volume stays.
  if (step.workingDir !== plan.workspace.base) return false;
  if (step.mounts.some(({ volume }) => kindOf(plan, volume) === 'host')) return false;
  if (TELLTALES.test(script)) return false;
  return !plan.steps.some((other) => other !== step && mentions(other, step.name));
}

/**
 * True when a step of the stage can drive the Docker daemon itself: it could build an image that a later step uses,
 * or list containers. Then nothing at all is made ahead.
 */
export function drivesDocker(plan: Plan, defaults: ContainerDefaults): boolean {
  const paths = plan.volumes.map(({ path = '' }) => path);
  return [...paths, ...(defaults.volumes ?? [])].some((path) => DOCKER_SOCKET.test(path.split(':')[0] ?? ''));
}

/**
 * True when a step of the stage could put containers of its own into the network of the stage, which would then
 * outlive it.
 */
export function mayShareNetwork(plan: Plan, defaults: ContainerDefaults): boolean {
  if (drivesDocker(plan, defaults) || plan.volumes.some(({ kind }) => kind === 'host')) return true;
  return plan.steps.some(({ privileged, networkMode }) => privileged || networkMode !== undefined);
}

/**
 * The line that lets a waiting step go, with the environment that differs from what its container was made with;
 * `undefined` when a shell cannot be told of the difference.
 */
export function turnLine(
  step: PlanStep,
  early: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string | undefined {
  const parts = [`unset ${TURN_VARIABLE}`];
  for (const name of new Set([...Object.keys(early), ...Object.keys(now)])) {
    if (early[name] === now[name]) continue;
    if (!/^[A-Za-z_]\w*$/.test(name) || name === TURN_VARIABLE) return undefined;
    const value = now[name];
    if (value !== undefined && /[\r\n\0]/.test(value)) return undefined;
    parts.push(keepOrUnset(name, value));
  }
  // What a shell counts and remembers for the next one must begin anew.
  parts.push(...['SHLVL', 'OLDPWD'].map((name) => keepOrUnset(name, now[name])));
  const program = needsScriptFile(step) ? `/bin/sh /${SCRIPT_FILE}` : '/bin/sh -c "$0"';
  parts.push(`exec ${program} </dev/null`);
  return `${parts.join('; ')}\n`;
}

function keepOrUnset(name: string, value: string | undefined): string {
  return value === undefined ? `unset ${name}` : `export ${name}=${shellQuote(value)}`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function kindOf(plan: Plan, name: string): string | undefined {
  return plan.volumes.find((volume) => volume.name === name)?.kind;
}

/** Whether the name stands in what a step runs or is told; its own number and name in the environment do not count. */
function mentions(other: PlanStep, name: string): boolean {
  const own = new Set(['DRONE_STEP_NAME']);
  const values = Object.entries(other.environment).filter(([variable]) => !own.has(variable));
  const texts = [
    other.script ?? '',
    ...(other.entrypoint ?? []),
    ...(other.command ?? []),
    ...values.filter(([variable]) => !/^(?:DRONE|CI|GIT)_/.test(variable)).map(([, value]) => value),
  ];
  // A host stands behind a slash, an @, a space or quotes and before a colon, a slash or the end.
  const word = new RegExp(
    `(?:^|[/@"'\\s=,])${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?:[:/"'\\s,]|$)`,
    'm',
  );
  return texts.some((text) => word.test(text));
}
