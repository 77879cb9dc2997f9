import type { Plan, PlanStep } from '@sortie/core/plan';
import { type ContainerDefaults, TURN_VARIABLE } from './container-config.ts';
import { keepOrUnset, runScript, shellQuote } from './script-program.ts';

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
  const { script = '' } = step;
  if (!mayTakeTurn(plan, step) || step.kind !== 'step' || step.privileged) return false;
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
 * True when the container of the step may wait for its script on its input once its turn has come. Its end is then
 * known before the daemon tells it (`end-mark.ts`).
 */
export function mayTakeTurn({ platform }: Plan, { script, shell, detached }: PlanStep): boolean {
  return script !== undefined && shell === undefined && platform.os !== 'windows' && !detached;
}

/** What a container was made with, what it gets now, and what it says when all went well. */
export interface Turn {
  readonly early: Readonly<Record<string, string>>;
  readonly now: Readonly<Record<string, string>>;
  /** See `EndMarks`. */
  readonly endMark: string;
}

/**
 * The line that lets a waiting step go, with the environment that differs from what its container was made with;
 * `undefined` when a shell cannot be told of the difference.
 */
export function turnLine(step: PlanStep, { early, now, endMark }: Turn): string | undefined {
  const parts = [`unset ${TURN_VARIABLE}`];
  for (const name of new Set([...Object.keys(early), ...Object.keys(now)])) {
    if (early[name] === now[name]) continue;
    if (!/^[A-Za-z_]\w*$/.test(name) || name === TURN_VARIABLE) return undefined;
    const value = now[name];
    if (value !== undefined && /[\r\n\0]/.test(value)) return undefined;
    parts.push(keepOrUnset(name, value));
  }
  parts.push(runScript(step, now), markEnd(endMark), 'exit "$1"');
  return `${parts.join('; ')}\n`;
}

/** Says the mark on both streams after an end with 0, unless something runs on that could still write somewhere. */
function markEnd(mark: string): string {
  const isQuiet = '[ "$1 $# $2" = "0 2 /proc/1" ]';
  const say = `echo ${shellQuote(mark)}`;
  return `set -- $? /proc/[0-9]*; if ${isQuiet}; then ${say}; ${say} >&3; fi`;
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
