import type { StageReport, StepDraft, StepReport } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { LogPiece } from '@sortie/core/log';
import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import type { Clock } from '@sortie/engine/clock';
import { unixSeconds } from '@sortie/engine/clock';
import { type AskDeps, ask, isConflict, isDuplicate, readJson, requireSuccess } from './ask.ts';
import { integerOf, toList, toObject, type WireObject } from './read-members.ts';
import { StepLog } from './step-log.ts';
import { jsonBody, type RpcRequest } from './transport.ts';
import { type KnownStep, toNewWireStep, toWireStage, toWireStep } from './wire.ts';

export interface HeldStageDeps extends AskDeps {
  readonly clock: Clock;
  readonly machine: string;
  /** Aborts when the process must end at once. */
  readonly signal: AbortSignal;
  /** The stage is somebody else's; `rescued` resolves when its logs have been sent as far as they go. */
  readonly onLost: (rescued: Promise<void>) => void;
}

/** Live lines are not worth waiting for. */
const BATCH_MS = 10_000;

/**
 * One accepted stage of a server of the plain protocol. It counts the versions that the server wants to see, sends what
 * has changed, and stops for good when the server says that the stage is somebody else's.
 */
export class HeldStage {
  readonly #deps: HeldStageDeps;
  readonly #received: WireObject;
  readonly #stageId: number;
  readonly #steps = new Map<number, KnownStep>();
  readonly #logs = new Map<number, StepLog>();
  /** Ends all calls about the stage but uploads. */
  readonly #lost = new AbortController();
  #version: number;
  #started = 0;
  #isCancelled = false;

  constructor(deps: HeldStageDeps, received: WireObject, version: number) {
    this.#deps = deps;
    this.#received = received;
    this.#stageId = integerOf(received, 'id');
    this.#version = version;
  }

  get isLost(): boolean {
    return this.#lost.signal.aborted;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** The server wants the stage to end; it has written the results of the steps itself. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** The stage goes to `running`. Its steps are sent this one time: official servers add them each time. */
  async begin(drafts: readonly StepDraft[]): Promise<readonly Step[]> {
    this.#started ||= unixSeconds(this.#deps.clock);
    const report = { status: 'running', error: '', exitCode: 0, started: this.#started, stopped: 0 } as const;
    const steps = drafts.map((draft) => toNewWireStep(this.#stageId, draft));
    const echo = await this.#putStage(report, steps, 'the stage');
    const rows = toList(echo.steps);
    return drafts.map((draft) => {
      const row = rows.find((known) => integerOf(known, 'number') === draft.number);
      const id = row === undefined ? 0 : integerOf(row, 'id');
      if (row === undefined || id === 0) {
        throw new AppError('invalid-request', `The server has not taken step ${draft.number} of the stage.`);
      }
      const pending = { status: 'pending', exitCode: 0, error: '', started: 0, stopped: 0 } as const;
      this.#steps.set(id, { id, draft, version: integerOf(row, 'version'), report: pending });
      return toStep(this.#stageId, id, draft);
    });
  }

  async updateStep({ stepId, ...given }: StepReport): Promise<void> {
    const step = this.#requireStep(stepId);
    const now = unixSeconds(this.#deps.clock);
    // Official runners give skipped steps the time at which that was decided.
    const isSkipped = given.status === 'skipped' && given.started === 0;
    const report = isSkipped ? { ...given, started: now, stopped: now } : given;
    // After a cancel the server has written what became of the steps; the last report repeats it.
    if (this.#isCancelled && isDone(report.status)) {
      step.report = report;
      return;
    }
    const body = toWireStep(this.#stageId, { ...step, report });
    const answer = await this.#put(`/step/${stepId}`, body, `step ${step.draft.number}`);
    step.report = report;
    step.version = integerOf(answer, 'version') || step.version + 1;
  }

  appendLog(stepId: number, piece: LogPiece): number {
    this.#requireStep(stepId);
    const log = this.#logs.get(stepId) ?? this.#openLog(stepId);
    log.append(piece);
    return log.size;
  }

  /** Sends the whole log, once: official servers refuse a second one. */
  async closeLog(stepId: number): Promise<void> {
    this.#requireStep(stepId);
    const log = this.#logs.get(stepId) ?? this.#openLog(stepId);
    await log.flush();
    await this.#upload(stepId, log, this.#deps.signal);
    this.#logs.delete(stepId);
  }

  async finish(report: StageReport): Promise<void> {
    const results = new Map(report.steps.map(({ stepId, ...result }) => [stepId, result]));
    const steps = [...this.#steps.values()].map((step) => {
      const result = results.get(step.id);
      const isNewer = result !== undefined && !isDone(step.report.status);
      return toWireStep(this.#stageId, isNewer ? { ...step, report: result } : step);
    });
    try {
      await this.#putStage({ ...report, started: this.#started || report.started }, steps, 'the stage');
    } catch (error) {
      // The server has ended the stage already; what it wrote stays.
      const isExpected = this.#isCancelled && error instanceof AppError && error.code === 'lease-lost';
      if (!isExpected) throw error;
    }
  }

  async #putStage(
    report: Parameters<typeof toWireStage>[2],
    steps: readonly WireObject[],
    what: string,
  ): Promise<WireObject> {
    const { machine } = this.#deps;
    const body = toWireStage(this.#received, { machine, version: this.#version }, report, steps);
    const echo = await this.#put(`/stage/${this.#stageId}`, body, what);
    this.#version = integerOf(echo, 'version') || this.#version + 1;
    for (const row of toList(echo.steps)) {
      const step = this.#steps.get(integerOf(row, 'id'));
      if (step !== undefined) step.version = integerOf(row, 'version') || step.version;
    }
    return echo;
  }

  async #put(path: string, body: WireObject, what: string): Promise<WireObject> {
    this.#lost.signal.throwIfAborted();
    const signal = AbortSignal.any([this.#lost.signal, this.#deps.signal]);
    const answer = await ask(this.#deps, { method: 'PUT', path, body: jsonBody(body) }, signal);
    if (isConflict(answer)) this.#lose();
    requireSuccess(answer, what);
    return toObject(readJson(answer));
  }

  /** What has been written so far is sent all the same: it says how far the stage came. */
  #lose(): void {
    if (this.isLost) return;
    this.#lost.abort(
      new AppError('lease-lost', 'The runner no longer holds this stage.', {
        hint: 'Somebody cancelled the build, or another runner has the stage.',
      }),
    );
    const uploads = [...this.#logs].map(([stepId, log]) => this.#upload(stepId, log, this.#deps.signal));
    const rescued = Promise.allSettled(uploads).then((results) => {
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        const fields = { stageId: this.#stageId, err: result.reason as unknown };
        this.#deps.log.warn(fields, 'the log of a lost stage could not be sent');
      }
    });
    this.#deps.onLost(rescued);
  }

  async #upload(stepId: number, log: StepLog, signal: AbortSignal): Promise<void> {
    const path = `/step/${stepId}/logs/upload`;
    const answer = await ask(this.#deps, { method: 'POST', path, body: log.uploadBody() }, signal);
    if (isDuplicate(answer) || isConflict(answer)) return;
    requireSuccess(answer, 'the log of a step');
  }

  #openLog(stepId: number): StepLog {
    const log = new StepLog({ clock: this.#deps.clock, sendBatch: (body) => this.#sendBatch(stepId, body) });
    this.#logs.set(stepId, log);
    return log;
  }

  async #sendBatch(stepId: number, body: RpcRequest['body']): Promise<void> {
    const { transport, signal, log } = this.#deps;
    const path = `/step/${stepId}/logs/batch`;
    try {
      const answer = await transport.send({ method: 'POST', path, body, timeoutMs: BATCH_MS, signal });
      if (answer.status >= 300) log.warn({ stepId, status: answer.status }, 'live output was not taken');
    } catch (err) {
      log.warn({ stepId, err }, 'live output did not arrive');
    }
  }

  #requireStep(stepId: number): KnownStep {
    this.#lost.signal.throwIfAborted();
    const step = this.#steps.get(stepId);
    if (step !== undefined) return step;
    throw new AppError('not-found', 'The step does not belong to the stage of this lease.');
  }
}

function toStep(stageId: number, id: number, draft: StepDraft): Step {
  return {
    id,
    stageId,
    attempt: 1,
    number: draft.number,
    name: draft.name,
    status: 'pending',
    error: '',
    errIgnore: draft.errIgnore,
    exitCode: 0,
    reason: '',
    dependsOn: draft.dependsOn,
    image: draft.image,
    isDetached: draft.isDetached,
    schema: '',
    started: 0,
    stopped: 0,
    version: 1,
  };
}
