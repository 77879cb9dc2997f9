import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import { type DockerObjects, type Remaining, removeAsMuch } from './removal.ts';

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** What could not be removed, with what Docker says about it. */
export interface Quarantined extends Remaining {
  readonly sinceMs: number;
}

interface Entry extends Quarantined {
  readonly tries: number;
  readonly nextMs: number;
}

/**
 * Things of Docker that resist removal. They are tried again, ever less often, and hold up nothing else meanwhile: a
 * volume that a hung mount keeps busy is no reason not to clean up the rest.
 */
export class Quarantine {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list(): readonly Quarantined[] {
    return [...this.#entries.values()].map(({ kind, name, reason, sinceMs }) => ({
      kind,
      name,
      reason,
      sinceMs,
    }));
  }

  /** Removes what it can and keeps the rest; returns what is gone. Throws `docker-unreachable`. */
  async remove(docker: Docker, objects: DockerObjects): Promise<DockerObjects> {
    const left = await removeAsMuch(docker, this.#clock, objects);
    for (const remaining of left) this.#keep(remaining);
    const isLeft = (kind: Remaining['kind']) => (name: string) =>
      !left.some((remaining) => remaining.kind === kind && remaining.name === name);
    return {
      containers: objects.containers.filter(isLeft('container')),
      volumes: objects.volumes.filter(isLeft('volume')),
      networks: objects.networks.filter(isLeft('network')),
    };
  }

  /** Tries again what is due. Throws `docker-unreachable`. */
  async retry(docker: Docker): Promise<void> {
    const now = this.#clock.now();
    const due = [...this.#entries.values()].filter(({ nextMs }) => nextMs <= now);
    if (due.length === 0) return;
    const namesOf = (kind: Remaining['kind']) =>
      due.filter((entry) => entry.kind === kind).map(({ name }) => name);
    const left = await removeAsMuch(docker, this.#clock, {
      containers: namesOf('container'),
      volumes: namesOf('volume'),
      networks: namesOf('network'),
    });
    for (const entry of due) {
      const still = left.find(({ kind, name }) => kind === entry.kind && name === entry.name);
      if (still === undefined) this.#entries.delete(keyOf(entry));
      else this.#keep(still);
    }
  }

  #keep(remaining: Remaining): void {
    const now = this.#clock.now();
    const known = this.#entries.get(keyOf(remaining));
    const tries = (known?.tries ?? 0) + 1;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
    const sinceMs = known?.sinceMs ?? now;
    this.#entries.set(keyOf(remaining), { ...remaining, sinceMs, tries, nextMs: now + waitMs });
  }
}

function keyOf({ kind, name }: Remaining): string {
  return `${kind} ${name}`;
}
