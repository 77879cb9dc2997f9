import { Buffer } from 'node:buffer';
import type { Assignment, RunnerService, StageReport, StepReport } from '@sortie/contract/runner';
import type { Stage } from '@sortie/core/stage';
import type { Step } from '@sortie/core/step';

/** A stage that this process has run or runs. Times are unix milliseconds. */
export interface StageRecord {
  readonly repo: Assignment['repo'];
  readonly build: Assignment['build'];
  stage: Stage;
  steps: readonly Step[];
  /** The end of what its steps have written, secrets masked. */
  tail: Buffer;
  readonly createdMs: number;
  updatedMs: number;
}

/** What a runner knows of its own work, as far back as anybody looks. */
export interface History {
  /** The same service, looked at. */
  watch(service: RunnerService): RunnerService;
  /** Newest first. */
  recent(): readonly StageRecord[];
  /** Stages that have ended, by status, and the bytes of all logs. */
  readonly ended: ReadonlyMap<string, number>;
  readonly logBytes: number;
  /** Stages of which the end has not been reported. */
  readonly running: number;
}

/** As many as official runners show. */
const MAX_STAGES = 25;
const TAIL_BYTES = 64 * 1024;

export function createHistory(nowMs: () => number): History {
  const records: StageRecord[] = [];
  const open = new Map<number, StageRecord>();
  const ended = new Map<string, number>();
  let logBytes = 0;

  function change(stageId: number, apply: (record: StageRecord) => void): void {
    const record = open.get(stageId);
    if (record === undefined) return;
    apply(record);
    record.updatedMs = nowMs();
  }

  function add({ repo, build, stage }: Assignment): void {
    const at = nowMs();
    const record = { repo, build, stage, steps: [], tail: Buffer.alloc(0), createdMs: at, updatedMs: at };
    records.unshift(record);
    records.length = Math.min(records.length, MAX_STAGES);
    open.set(stage.id, record);
  }

  return {
    ended,
    get logBytes() {
      return logBytes;
    },
    get running() {
      return open.size;
    },
    recent: () => records,
    watch: (service) => ({
      ...service,
      async request(runner, options) {
        const assignment = await service.request(runner, options);
        if (assignment !== undefined) add(assignment);
        return assignment;
      },
      async begin(lease, drafts) {
        const steps = await service.begin(lease, drafts);
        change(lease.stageId, (record) => {
          record.steps = steps;
          record.stage = { ...record.stage, status: 'running', started: Math.floor(nowMs() / 1000) };
        });
        return steps;
      },
      async updateStep(lease, report) {
        change(lease.stageId, (record) => {
          record.steps = withReport(record.steps, report);
        });
        return service.updateStep(lease, report);
      },
      async appendLog(lease, stepId, piece) {
        logBytes += piece.bytes.length;
        change(lease.stageId, (record) => {
          record.tail = tailOf(record.tail, piece.bytes);
        });
        return service.appendLog(lease, stepId, piece);
      },
      async finish(lease, report) {
        change(lease.stageId, (record) => end(record, report));
        await service.finish(lease, report);
        if (open.delete(lease.stageId)) ended.set(report.status, (ended.get(report.status) ?? 0) + 1);
      },
      async heartbeat(lease) {
        try {
          return await service.heartbeat(lease);
        } catch (error) {
          if (isLost(error)) open.delete(lease.stageId);
          throw error;
        }
      },
    }),
  };
}

/** The end of both as memory of its own: a view would keep all of it. */
function tailOf(tail: Buffer, bytes: Uint8Array): Buffer {
  const kept = Math.max(0, TAIL_BYTES - bytes.length);
  return Buffer.concat([tail.subarray(Math.max(0, tail.length - kept)), bytes.subarray(-TAIL_BYTES)]);
}

function withReport(steps: readonly Step[], { stepId, ...report }: StepReport): readonly Step[] {
  return steps.map((step) => (step.id === stepId ? { ...step, ...report } : step));
}

function end(record: StageRecord, { steps, ...report }: StageReport): void {
  record.stage = { ...record.stage, ...report };
  for (const step of steps) record.steps = withReport(record.steps, step);
}

function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'lease-lost';
}
