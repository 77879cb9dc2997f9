import { setImmediate } from 'node:timers/promises';
import type { RunnerIdentity } from '@sortie/core/runner';
import { createGather } from '../queue/gather.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { countLeases } from '../store/open-stages.ts';
import { listMachinesOf, touchRpcPeer } from '../store/rpc-leases.ts';
import { type Registrar, registerRunner, registerRunners } from '../store/runner-room.ts';
import { findRunner, renameRunner, touchRunners } from '../store/runners.ts';
import { type Filter, pollerOf, provisionalName } from './read-filter.ts';
import { registrarOf } from './registrar.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

/** A runner that asks for work: its machines as far as they are known from what it has accepted. */
export interface Poller {
  readonly id: string;
  /** Its name in the registry, or those that it may have when several machines look the same; the likeliest first. */
  readonly names: readonly string[];
  /** False while it has never accepted anything. */
  readonly isNamed: boolean;
}

/** A poll that waits for its answer. */
export interface OpenPoll {
  readonly poller: Poller;
  /** To be called when there is nothing for it: notes how many polls wait, when they have become more. */
  stay(): Promise<void>;
  /** To be called when it ends. */
  leave(): void;
}

type RegistryDeps = Pick<RpcDeps, 'db' | 'nowMs' | 'queue' | 'settings'>;

export interface Registry {
  /** Notes that a runner asks for work. */
  enter(caller: RpcCaller, filter: Filter): Promise<OpenPoll>;
  /** Under this name it has accepted something: it may be new. */
  learn(poller: string, name: string): void;
  /** Notes that a runner was heard; `runner` is its name in the registry where that is known. */
  touch(caller: RpcCaller, runner?: string): Promise<void>;
}

/** A name counts for a poller that long after it last accepted something. */
const NAME_MS = 24 * 3_600_000;
/** Of machines that look the same so many count as heard when one asks, and more where more polls are open. */
const MIN_HEARD = 20;
/** Being heard is noted so often, and not with each call. */
const TOUCH_MS = 1_000;
const MAX_TOUCHED = 10_000;
const MAX_TOGETHER = 100;

export function createRegistry(deps: RegistryDeps): Registry {
  const { db, nowMs } = deps;
  const noted = new Map<string, Noted>();
  const touched = new Map<string, number>();
  const now = () => Math.floor(nowMs() / 1000);
  const isDue = (subject: string): boolean => {
    if (Math.abs(nowMs() - (touched.get(subject) ?? Number.NEGATIVE_INFINITY)) < TOUCH_MS) return false;
    if (touched.size >= MAX_TOUCHED) touched.clear();
    touched.set(subject, nowMs());
    return true;
  };
  const polls = createPollCount();
  const notes = new Map<string, Promise<Poller>>();
  /** One at a time for each poller: fifty slots that ask at once would otherwise wait for fifty notes. */
  const note = (id: string, caller: RpcCaller, filter: Filter): Promise<Poller> => {
    const running = notes.get(id);
    if (running !== undefined) return running;
    const begun = (async () => {
      // Calls that have arrived at the same moment are read before it: they are counted too, and wait for this note.
      await setImmediate();
      const slots = polls.of(id);
      const { poller, heard } = await notePoller(deps, { id, caller, filter, slots });
      if (noted.size >= MAX_TOUCHED) noted.clear();
      noted.set(id, { poller, slots, atMs: nowMs() });
      // Which has just been written down for all of them.
      for (const subject of [`peer ${caller.key}`, ...heard.map((name) => `runner ${name}`)]) {
        isDue(subject);
      }
      return poller;
    })().finally(() => notes.delete(id));
    notes.set(id, begun);
    return begun;
  };
  const touch = createGather<string, void>(MAX_TOGETHER, async (asked) => {
    await touchRunners(
      db,
      asked.map(({ input }) => input),
      now(),
    );
    for (const { answer } of asked) answer();
  });
  return {
    async enter(caller, filter) {
      const id = pollerOf(caller.key, filter);
      const leave = polls.enter(id);
      try {
        const known = noted.get(id);
        const isFresh = known !== undefined && Math.abs(nowMs() - known.atMs) < TOUCH_MS;
        const poller = isFresh ? known.poller : await note(id, caller, filter);
        // Not for those that are handed something: fifty slots that come back one by one would be noted fifty times.
        const stay = async (): Promise<void> => {
          while (polls.of(id) > (noted.get(id)?.slots ?? 0)) await note(id, caller, filter);
        };
        return { poller, stay, leave };
      } catch (error) {
        leave();
        throw error;
      }
    },
    learn(poller, name) {
      if (noted.get(poller)?.poller.names.includes(name) !== true) noted.delete(poller);
    },
    async touch(caller, runner) {
      if (isDue(`peer ${caller.key}`)) await touchRpcPeer(db, caller.key, nowMs());
      if (runner !== undefined && isDue(`runner ${runner}`)) await touch('', runner);
    },
  };
}

/** How many polls of each poller are open. */
function createPollCount() {
  const counts = new Map<string, number>();
  return {
    of: (id: string): number => counts.get(id) ?? 0,
    enter(id: string): () => void {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      return () => {
        const left = (counts.get(id) ?? 1) - 1;
        if (left === 0) counts.delete(id);
        else counts.set(id, left);
      };
    },
  };
}

/** A poller that was noted lately: one that asks many times in a second is noted once. */
interface Noted {
  readonly poller: Poller;
  readonly slots: number;
  readonly atMs: number;
}

async function notePoller(
  deps: RegistryDeps,
  poll: { readonly id: string; readonly caller: RpcCaller; readonly filter: Filter; readonly slots: number },
): Promise<{ readonly poller: Poller; readonly heard: readonly string[] }> {
  const { db, nowMs } = deps;
  const { id, caller, filter, slots } = poll;
  // In one go: each statement by itself would wait for its turn behind everybody else who asks.
  return inTransaction(db, async (tx) => {
    await touchRpcPeer(tx, caller.key, nowMs());
    const machines = await listMachinesOf(tx, id, nowMs() - NAME_MS);
    const names = machines.length === 0 ? [provisionalName(caller, filter)] : machines;
    // Each machine keeps a poll open: of those that come and go under ever new names most are not there any more.
    // In one order everywhere, so that two servers cannot wait for each other.
    const heard = names.slice(0, Math.max(slots, MIN_HEARD)).sort();
    await noteRunners(tx, { names: heard, filter, slots, registrar: registrarOf(deps, caller) });
    return { poller: { id, names, isNamed: machines.length > 0 }, heard };
  });
}

async function noteRunners(
  tx: Tx,
  input: { names: readonly string[]; filter: Filter; slots: number; registrar: Registrar },
): Promise<void> {
  const { filter } = input;
  const leases = await countLeases(tx);
  const runners: readonly RunnerIdentity[] = input.names.map((name) => ({
    name,
    types: [filter.type],
    platform: filter.platform,
    labels: filter.labels,
    // What it has free and what it is at work on: official runners do not say their capacity.
    capacity: input.slots + (leases.get(name) ?? 0),
    version: '',
  }));
  await registerRunners(tx, runners, input.registrar);
}

/**
 * The name in the registry of a machine that accepts: its own, unless a runner of ours has it, which says its version.
 * `offeredTo` is the name under which it asked for work.
 */
export async function nameMachine(
  tx: Tx,
  input: {
    readonly machine: string;
    readonly offeredTo: string;
    readonly isNamed: boolean;
    readonly registrar: Registrar;
  },
): Promise<{ readonly name: string; readonly isPaused: boolean }> {
  const { machine, offeredTo, registrar } = input;
  const taken = await findRunner(tx, machine);
  const name = taken !== undefined && taken.version !== '' ? `${machine} (rpc)` : machine;
  if (!input.isNamed && offeredTo !== '' && offeredTo !== name) await renameRunner(tx, offeredTo, name);
  const known = await findRunner(tx, name);
  if (known !== undefined) return { name, isPaused: known.isPaused };
  const base = offeredTo === '' ? undefined : await findRunner(tx, offeredTo);
  if (base !== undefined) await registerRunner(tx, { ...base, name, capacity: 1 }, registrar);
  return { name, isPaused: false };
}

/** A machine that accepts for the first time, and the one like it whose name its offer has. */
interface NewMachine {
  readonly machine: string;
  readonly likeness: string;
  readonly registrar: Registrar;
}

/** Registers machines of pollers that are known under other names. */
export async function registerMachines(tx: Tx, machines: readonly NewMachine[]): Promise<void> {
  const kinds = Map.groupBy(machines, (one) => JSON.stringify([one.registrar.tokenId, one.likeness]));
  for (const alike of kinds.values()) {
    const [first] = alike;
    const base = first && (await findRunner(tx, first.likeness));
    if (first === undefined || base === undefined) continue;
    const names = new Set(alike.map(({ machine }) => machine));
    const runners = [...names].map((name) => ({ ...base, name, capacity: 1 }));
    await registerRunners(tx, runners, first.registrar);
  }
}
