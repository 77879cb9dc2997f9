import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';
import { type Clock, systemClock } from '../clock.ts';
import type { GitProgram } from '../clone/clone.ts';
import { CloneTask } from '../clone/clone-task.ts';
import type { Engine, EngineStage, StepExit, StepRun } from '../engine.ts';
import { describeError, throwIfAborted } from '../failure.ts';
import { killGroup } from '../process-group.ts';
import { homeVariables, scriptSuffix, shellCommand, temporaryVariables } from './exec-command.ts';
import { ExecProcess } from './exec-process.ts';
import {
  findByDirectory,
  findByVariable,
  findDescendants,
  killIdentified,
  killProcess,
  processIdentity,
} from './process-identity.ts';
import {
  linkPlaces,
  listGroups,
  listStageDirectories,
  makeStageDirectory,
  makeTemporary,
  newStageDirectory,
  pipePath,
  recordGroup,
  removeStageDirectory,
  STAGE_DIRECTORY_VARIABLE,
  type StageDirectory,
} from './stage-directory.ts';

export interface ExecOptions {
  /** Where the directories of the stages go. Made when it is missing. */
  readonly base: string;
  /** Tells the traces of this runner from those of others that share the machine. */
  readonly owner: string;
  /** `PATH` and `USER` of the steps: all that they inherit. */
  readonly path: string;
  readonly user: string;
  /** Links in the directory of each stage: place on the machine to place below it (`DRONE_RUNNER_SYMLINKS`). */
  readonly symlinks?: Readonly<Record<string, string>>;
  /** `/bin/sh` by default. */
  readonly shell?: string;
  /** The git program for the built-in clone; `git` on `path` by default. */
  readonly git?: GitProgram;
  readonly clock?: Clock;
}

interface ExecStage {
  readonly directory: StageDirectory;
  readonly running: Map<StepRun, ExecProcess | CloneTask>;
}

const DEFAULT_SHELL = '/bin/sh';

/** Tells the processes of one step from those of others, wherever they go. */
const STEP_VARIABLE = 'SORTIE_STEP';

/**
 * Runs steps as processes of the machine (pipeline.md 7.13). There is no isolation beyond a private directory: it
 * is for repositories that one trusts with the machine.
 */
export class ExecEngine implements Engine {
  readonly type = 'exec';
  readonly #options: ExecOptions;
  readonly #clock: Clock;
  readonly #stages = new Map<string, ExecStage>();

  constructor(options: ExecOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
  }

  async check(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const shell = this.#options.shell ?? DEFAULT_SHELL;
    try {
      await access(shell, constants.X_OK);
      await mkdir(this.#options.base, { recursive: true });
      await access(this.#options.base, constants.W_OK);
    } catch (cause) {
      throw new AppError('engine-failed', `Steps cannot run on this machine: ${describeError(cause)}`, {
        hint: `The runner needs ${shell} and must be able to write to ${this.#options.base}.`,
        cause,
      });
    }
  }

  async setup(stage: EngineStage, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const directory = newStageDirectory(this.#options.base, this.#options.owner);
    this.#stages.set(stage.id, { directory, running: new Map() });
    const pipes = stage.plan.steps.filter((step) => step.clone === undefined).map((step) => step.number);
    await makeStageDirectory(directory, { owner: this.#options.owner, path: this.#options.path, pipes });
    await linkPlaces(directory, this.#options.symlinks ?? {});
  }

  async prepare(): Promise<void> {
    // Nothing takes long enough here.
  }

  async start(stage: EngineStage, run: StepRun, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const { directory, running } = this.#find(stage);
    const { clone, script, number } = run.step;
    if (clone !== undefined) {
      const { environment, output } = run;
      const credentials = stage.cloneCredentials;
      const git = this.#options.git ?? { path: this.#options.path };
      const options = { clone, credentials, directory: directory.workspace, environment, output };
      running.set(run, new CloneTask(git, options));
      return;
    }
    if (script === undefined) throw withoutCommands(run.step.name);
    const name = `${number}-${randomBytes(4).toString('hex')}${scriptSuffix(run.step)}`;
    const file = join(directory.opt, name);
    await writeFile(file, script, { mode: 0o700 });
    throwIfAborted(signal);
    const temporary = await makeTemporary(directory, number);
    const command = {
      ...shellCommand(run.step, file, this.#options.shell ?? DEFAULT_SHELL),
      directory: directory.workspace,
      environment: {
        ...temporaryVariables(temporary, run.step),
        ...this.#environment(directory, run),
        [STEP_VARIABLE]: stepMark(directory, number),
      },
      pipe: pipePath(directory, number),
    };
    const process = await ExecProcess.start(command, run.output, this.#clock);
    running.set(run, process);
    const identity = await processIdentity(process.pid);
    if (identity !== undefined) await recordGroup(directory, number, { pid: process.pid, identity });
  }

  async wait(stage: EngineStage, run: StepRun): Promise<StepExit> {
    const running = this.#find(stage).running.get(run);
    if (running === undefined) {
      throw new AppError('engine-failed', `The step ${run.step.name} has not been started.`);
    }
    return await running.done;
  }

  async stop(stage: EngineStage, run: StepRun, graceMs: number): Promise<void> {
    const known = this.#stages.get(stage.id);
    const running = known?.running.get(run);
    if (known === undefined || running === undefined) return;
    const below = running instanceof ExecProcess ? await findDescendants(running.pid) : [];
    await running.stop(graceMs);
    // What has left the process group, and what has left the environment too.
    await killIdentified(below);
    await killStrays(() => findByVariable(STEP_VARIABLE, stepMark(known.directory, run.step.number)));
  }

  async destroy(stage: EngineStage): Promise<void> {
    const known = this.#stages.get(stage.id);
    if (known === undefined) return;
    await Promise.all([...known.running.values()].map((running) => running.stop(0)));
    await killStrays(() => findStrays(known.directory));
    await removeStageDirectory(known.directory);
    this.#stages.delete(stage.id);
  }

  async sweep(): Promise<readonly string[]> {
    const live = new Set([...this.#stages.values()].map(({ directory }) => directory.root));
    const directories = await listStageDirectories(this.#options.base, this.#options.owner);
    const left = directories.filter(({ root }) => !live.has(root));
    for (const directory of left) {
      for (const { pid, identity } of await listGroups(directory)) {
        if ((await processIdentity(pid)) === identity) killGroup(pid, 'SIGKILL');
      }
      await killStrays(() => findStrays(directory));
      await removeStageDirectory(directory);
    }
    return left.map(({ root }) => `directory ${root}`);
  }

  async close(): Promise<void> {
    // Nothing is kept between stages.
  }

  #find(stage: EngineStage): ExecStage {
    const known = this.#stages.get(stage.id);
    if (known !== undefined) return known;
    throw new AppError('engine-failed', `The stage ${stage.id} has not been set up.`);
  }

  #environment(
    directory: StageDirectory,
    { environment: own, step }: StepRun,
  ): Readonly<Record<string, string>> {
    const path = own.PATH?.replace(/\$(PATH\b|\{PATH\})/g, () => this.#options.path);
    return {
      USER: this.#options.user,
      ...own,
      PATH: path ?? this.#options.path,
      ...homeVariables(directory.home, step),
      DRONE_HOME: directory.workspace,
      DRONE_WORKSPACE: directory.workspace,
      [STAGE_DIRECTORY_VARIABLE]: directory.root,
    };
  }
}

/** Ends what has left its process group. A few rounds, because it may be forking. */
async function killStrays(find: () => Promise<readonly number[]>): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const strays = await find();
    if (strays.length === 0) return;
    for (const pid of strays) {
      // A group of one, or the leader of others: either way the process itself is named.
      if (!killGroup(pid, 'SIGKILL')) killProcess(pid);
    }
  }
}

/** By what they were started with, and by where they work. */
async function findStrays({ root }: StageDirectory): Promise<readonly number[]> {
  const found = await Promise.all([findByVariable(STAGE_DIRECTORY_VARIABLE, root), findByDirectory(root)]);
  return [...new Set(found.flat())];
}

function stepMark({ root }: StageDirectory, number: number): string {
  return `${root}#${number}`;
}

function withoutCommands(name: string): AppError {
  return new AppError('step-start-failed', `The step ${name} has no commands.`, {
    hint: 'Pipelines of the type exec run commands only; add some or use the type docker.',
  });
}
