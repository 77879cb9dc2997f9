import { setMaxListeners } from 'node:events';
import type Docker from 'dockerode';
import type { Clock } from '../clock.ts';
import type { GitProgram } from '../clone/clone.ts';
import { CloneTask } from '../clone/clone-task.ts';
import { type EngineStage, type StepRun, VOLATILE_ENVIRONMENT } from '../engine.ts';
import { orAborted } from '../failure.ts';
import type { Checkouts } from './checkouts.ts';
import type { ContainerDefaults, StageResources } from './container-config.ts';
import { DaemonWatch } from './daemon-watch.ts';
import { EarlyQueue } from './early-queue.ts';
import { drivesDocker, mayShareNetwork, mayStartEarly, mayTakeTurn, turnLine } from './early-start.ts';
import { ExitEvents } from './exit-events.ts';
import { StageImages, type StageImagesDeps } from './images.ts';
import { removeObjects } from './removal.ts';
import { StageCheckout } from './stage-checkout.ts';
import type { StepContainer } from './step-container.ts';
import { type MakeOptions, StepMaker } from './step-maker.ts';
import { StepNotes } from './step-notes.ts';

export interface DockerStageDeps {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly git: GitProgram;
  readonly checkouts: Checkouts;
  /** Further networks that every container joins. */
  readonly networks: readonly string[];
  readonly defaults: ContainerDefaults;
  readonly images: Omit<StageImagesDeps, 'docker'>;
  /** Containers that may wait, started, for the turn of their steps. */
  readonly earlyStarts: number;
}

interface Prepared {
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: StepNotes;
  readonly isWaiting: boolean;
  readonly made: Promise<StepContainer>;
}

/** What one stage has in Docker, and how its steps come to be. */
export class DockerStage {
  readonly #deps: DockerStageDeps;
  readonly #stage: EngineStage;
  readonly #resources: StageResources;
  readonly #maker: StepMaker;
  readonly #watch: DaemonWatch;
  readonly #abort = new AbortController();
  readonly #prepared = new Map<StepRun, Prepared>();
  readonly #early: EarlyQueue;
  readonly #checkout: StageCheckout;
  readonly #running = new Map<StepRun, StepContainer | CloneTask>();
  /** False when a step could see or change what is made ahead of its turn. */
  readonly #preparesAhead: boolean;
  /** A container may have left something in the network that the next stage would meet. */
  #hasLostContainer = false;

  constructor(deps: DockerStageDeps, stage: EngineStage, resources: StageResources) {
    this.#deps = deps;
    this.#stage = stage;
    this.#resources = resources;
    this.#preparesAhead = !drivesDocker(stage.plan, deps.defaults);
    const { docker, clock, networks, defaults, git, checkouts } = deps;
    const { signal } = this.#abort;
    this.#checkout = new StageCheckout({ stage, git, checkouts, signal });
    const images = new StageImages({ docker, ...deps.images }, signal);
    this.#early = new EarlyQueue(deps.earlyStarts, signal);
    this.#maker = new StepMaker({
      docker,
      clock,
      plan: stage.plan,
      resources,
      images,
      defaults,
      networks,
      exits: new ExitEvents(docker, stage.id, signal),
      signal,
    });
    this.#watch = new DaemonWatch(docker, clock);
    // Every connection of the stage listens to it; that is many and no leak.
    setMaxListeners(0, signal);
    this.#watch.signal.addEventListener('abort', () => this.#abort.abort(this.#watch.signal.reason));
  }

  /** Makes the container of the step and attaches to it; starts it where that cannot be seen. */
  async prepare(run: StepRun, signal: AbortSignal): Promise<void> {
    const { step } = run;
    if (step.clone !== undefined || !this.#preparesAhead || !this.#maker.mayPullEarly(step)) return;
    const isWaiting = this.#takesTurn(run);
    const ahead = { isWaiting, ready: () => this.#early.quiet() };
    const container = await orAborted(this.#begin(run, ahead).made, signal);
    const startsEarly = isWaiting && mayStartEarly(this.#stage.plan, step, this.#deps.defaults);
    if (startsEarly) this.#early.add(step.number, container);
  }

  async start(run: StepRun, signal: AbortSignal): Promise<void> {
    if (run.step.clone !== undefined) return await this.#startClone(run);
    const waiting = await this.#startWaiting(run, signal);
    if (waiting) return;
    const prepared = this.#fitting(run);
    const ready = prepared === undefined ? undefined : await this.#await(run, prepared, signal);
    await this.#early.due(async () => {
      const container =
        ready ?? (await this.#await(run, this.#begin(run, { isWaiting: this.#takesTurn(run) }), signal));
      await orAborted(this.#checkout.ensureIn(container.container), signal);
      if (signal.aborted) throw signal.reason;
      this.#running.set(run, container);
      await orAborted(container.start(), signal);
      const line = lineFor(run, container, run.environment);
      if (line !== undefined) container.release(line);
    });
  }

  /** A container that starts in its turn waits too, if only for a moment: its end is then known sooner. */
  #takesTurn({ step }: StepRun): boolean {
    return this.#deps.earlyStarts > 0 && mayTakeTurn(this.#stage.plan, step);
  }

  /** The step as it runs; `undefined` before its start. */
  find(run: StepRun): StepContainer | CloneTask | undefined {
    return this.#running.get(run);
  }

  /** Name of the stage's network, empty when there is none. */
  get network(): string {
    return this.#resources.network;
  }

  /**
   * Removes everything, but the network where it `mayKeepNetwork` and nothing of the stage can be in it any more;
   * resolves with whether it has been kept. Throws as `removeObjects` does.
   */
  async destroy(mayKeepNetwork: boolean): Promise<boolean> {
    this.#watch.stop();
    const ending = [...this.#running.values()].map((running) =>
      running instanceof CloneTask ? running.stop() : running.gone(),
    );
    await Promise.all(ending);
    // What is being made right now must be known before it can be removed.
    this.#abort.abort(new Error('the stage is over'));
    const settling = [...this.#prepared.values()].map(async ({ made }) => (await made).settled());
    const settled = await Promise.allSettled(settling);
    const isClean = settled.every((result) => result.status === 'fulfilled' && result.value);
    const isOwn = !mayShareNetwork(this.#stage.plan, this.#deps.defaults);
    const keepsNetwork = mayKeepNetwork && isOwn && isClean && !this.#hasLostContainer;
    const { network, workspaceVolume, volumes } = this.#resources;
    const objects = {
      containers: this.#maker.names,
      volumes: [workspaceVolume, ...volumes.values()],
      networks: network === '' || keepsNetwork ? [] : [network],
    };
    const [removed] = await Promise.allSettled([
      removeObjects(this.#deps.docker, this.#deps.clock, objects),
      this.#checkout.remove(),
    ]);
    if (removed.status === 'rejected') {
      this.#hasLostContainer = true;
      throw removed.reason;
    }
    return keepsNetwork;
  }

  /** Lets a container go that waits for this step; false when there is none or it cannot be used. */
  async #startWaiting(run: StepRun, signal: AbortSignal): Promise<boolean> {
    const prepared = this.#prepared.get(run);
    if (prepared?.isWaiting !== true) return false;
    const [made] = await Promise.allSettled([this.#await(run, prepared, signal)]);
    if (signal.aborted) throw signal.reason;
    if (made.status === 'rejected') return false;
    const container = made.value;
    const line = lineFor(run, container, prepared.environment);
    const isUp =
      line !== undefined && (await this.#early.due(() => orAborted(container.startWaiting(), signal)));
    if (!isUp) {
      this.#early.remove(container);
      this.#hasLostContainer = true;
      // It has the step's name in the network, which belongs to the container that replaces it.
      await Promise.allSettled([container.stop(0)]);
      return false;
    }
    await orAborted(this.#checkout.ensureIn(container.container), signal);
    if (signal.aborted) throw signal.reason;
    this.#running.set(run, container);
    container.release(line);
    // The next one that is started ahead would slow down the beginning of this one.
    void container.underWay().then(() => this.#early.remove(container));
    return true;
  }

  /** Waits for the container, with everything that is said meanwhile in the log of the step. */
  async #await(run: StepRun, { notes, made }: Prepared, signal: AbortSignal): Promise<StepContainer> {
    const encoder = new TextEncoder();
    let written: Promise<void> = Promise.resolve();
    const unfollow = notes.follow((line) => {
      written = written.then(() => run.output(encoder.encode(`${line}\n`)));
    });
    try {
      return await orAborted(made, signal);
    } finally {
      unfollow();
      await written;
    }
  }

  async #startClone(run: StepRun): Promise<void> {
    const task = await this.#checkout.start(run);
    if (task !== undefined) this.#running.set(run, task);
  }

  /** What was prepared, if it was made for direct use and with the same environment. */
  #fitting(run: StepRun): Prepared | undefined {
    const prepared = this.#prepared.get(run);
    if (prepared === undefined || prepared.isWaiting) return undefined;
    return isSame(prepared.environment, run.environment) ? prepared : undefined;
  }

  #begin(run: StepRun, options: Pick<MakeOptions, 'isWaiting' | 'ready'>): Prepared {
    const { environment } = run;
    const { isWaiting } = options;
    const notes = new StepNotes();
    const made = this.#maker.make(run, { environment, notes, ...options });
    made.catch(() => undefined);
    const prepared = { environment, notes, isWaiting, made };
    this.#prepared.set(run, prepared);
    return prepared;
  }
}

/** What lets the container go; `undefined` when it does not wait, or cannot be told what has changed since `early`. */
function lineFor(
  { step, environment: now }: StepRun,
  { endMark }: StepContainer,
  early: Readonly<Record<string, string>>,
): string | undefined {
  return endMark === undefined ? undefined : turnLine(step, { early, now, endMark });
}

/** True when the two differ at most in what changes by the second. */
function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name] || VOLATILE_ENVIRONMENT.has(name));
}
