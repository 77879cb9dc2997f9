import type { FaultKind, PlannedFault } from './fault-plan.ts';
import { killContainer } from './leftovers.ts';
import { type Member, wait } from './member.ts';

export interface Injected {
  /** Builds of which a container was killed. */
  readonly shot: ReadonlySet<number>;
  /** Processes that did not come back, and the like. */
  readonly violations: readonly string[];
}

export interface InjectOptions {
  readonly lengthMs: number;
  /** Nothing more is done once so many processes have been killed. */
  readonly untilKills?: number | undefined;
}

/** So long one looks for a container that could be killed. */
const CONTAINER_MS = 60_000;

/** Carries the plan out. What a process cannot bear at the moment is done to another one, or to none. */
export async function inject(
  plan: readonly PlannedFault[],
  members: readonly Member[],
  { lengthMs, untilKills = Number.POSITIVE_INFINITY }: InjectOptions,
): Promise<Injected> {
  const begun = Date.now();
  const shot = new Set<number>();
  const violations: string[] = [];
  const running: Promise<void>[] = [];
  let kills = 0;
  for (const fault of plan) {
    if (kills >= untilKills) break;
    await wait(Math.max(0, begun + fault.atMs - Date.now()));
    const member = findBearer(members, fault);
    if (member === undefined) continue;
    if (fault.kind === 'kill') kills += 1;
    const done = carryOut(fault, member, { members, shot });
    running.push(done.catch((error) => void violations.push(`${fault.kind} of ${member.name}: ${error}`)));
  }
  if (kills < untilKills) await wait(Math.max(0, begun + lengthMs - Date.now()));
  await Promise.all(running);
  return { shot, violations };
}

interface Scene {
  readonly members: readonly Member[];
  readonly shot: Set<number>;
}

async function carryOut(fault: PlannedFault, member: Member, { members, shot }: Scene): Promise<void> {
  const { lengthMs, byMs } = fault;
  const work: Readonly<Record<FaultKind, () => Promise<void>>> = {
    kill: () => member.kill(lengthMs),
    pause: () => member.pause(lengthMs),
    disk: () => member.fill(lengthMs),
    clock: () => member.shift(byMs, lengthMs),
    container: () => shootOne([member, ...members], shot),
  };
  await work[fault.kind]();
}

/** One container of the first runner that has one. */
async function shootOne(members: readonly Member[], shot: Set<number>): Promise<void> {
  for (const end = Date.now() + CONTAINER_MS; Date.now() < end; await wait(100)) {
    for (const { data } of members) {
      const build = await killContainer(data);
      if (build !== undefined) return void shot.add(build);
    }
  }
}

function findBearer(
  members: readonly Member[],
  { kind, target, lengthMs }: PlannedFault,
): Member | undefined {
  if (kind === 'container') return members.find(({ name }) => name === target);
  const able = members.filter((member) => member.bears(kind, lengthMs));
  return able.find(({ name }) => name === target) ?? able.find(({ name }) => name !== 'server');
}
