import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageReport, StepDraft, StepReport } from '@sortie/contract/runner';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { createEventHub, type EventHub } from '@sortie/server/events/hub';
import { openFileLogStore } from '@sortie/server/logs/file-log-store';
import type { LogStore } from '@sortie/server/logs/log-store';
import {
  createRunnerService,
  type QueueService,
  type RunnerServiceDeps,
} from '@sortie/server/queue/runner-service';
import { createSealer, type Sealer } from '@sortie/server/seal/sealer';
import { createBuild } from '@sortie/server/services/create-build';
import type { SweepDeps } from '@sortie/server/services/sweep';
import type { Database, Db } from '@sortie/server/store/db';
import { insertRepo } from '@sortie/server/store/repos';
import type { StageDraft } from '@sortie/server/store/stages';
import { aBuildDraft, aRepo, aStageDraft, TEST_KEY, TEST_NOW } from './domain-builders.ts';

type CredentialSource = RunnerServiceDeps['cloneCredentials'];

/** A store with queue, logs and events around one database, and a clock that stands until it is moved. */
export interface QueueWorld extends SweepDeps {
  readonly db: Db;
  readonly logs: LogStore;
  readonly events: EventHub;
  readonly queue: QueueService;
  readonly sealer: Sealer;
  /** Another queue over the same store, with its own source of credentials. */
  withCredentials(cloneCredentials: CredentialSource): QueueService;
  /** Moves the clock; milliseconds. */
  advance(ms: number): void;
  /** A repository and a build of these stages in it. */
  start(
    stages?: readonly StageDraft[],
    options?: { repo?: Partial<Repo>; build?: Parameters<typeof aBuildDraft>[0]; in?: Repo },
  ): Promise<{ repo: Repo; build: Build }>;
  close(): Promise<void>;
}

/** A wait that ends at once: the queue is asked exactly one time. */
export const AT_ONCE = { waitMs: 0, signal: new AbortController().signal };

export async function createQueueWorld(database: Database): Promise<QueueWorld> {
  const { db } = database;
  const folder = await mkdtemp(join(tmpdir(), 'sortie-logs-'));
  let clockMs = TEST_NOW * 1000;
  let repos = 0;
  const nowMs = () => clockMs;
  const now = () => Math.floor(clockMs / 1000);
  const logs = openFileLogStore({ folder });
  const events = createEventHub({ db });
  const sealer = createSealer([TEST_KEY]);
  const withCredentials = (cloneCredentials: CredentialSource) =>
    createRunnerService({
      db,
      logs,
      events,
      sealer,
      nowMs,
      system: { proto: 'http', host: 'localhost:8080', version: '0.1.0' },
      cloneCredentials,
    });
  const queue = withCredentials(() => undefined);
  return {
    db,
    logs,
    events,
    queue,
    sealer,
    withCredentials,
    nowMs,
    now,
    advance(ms) {
      clockMs += ms;
    },
    async start(stages = [aStageDraft()], options = {}) {
      repos += 1;
      const repo = options.in ?? (await insertRepo(db, aRepo({ name: `repo-${repos}`, ...options.repo })));
      const deps = { db, events, wake: () => queue.wake(), now };
      return { repo, build: await createBuild(deps, { repo, draft: aBuildDraft(options.build), stages }) };
    },
    async close() {
      await logs.stop();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function aStep(patch: Partial<StepDraft> = {}): StepDraft {
  const number = patch.number ?? 1;
  return {
    number,
    name: `step-${number}`,
    image: 'alpine',
    dependsOn: [],
    isDetached: false,
    errIgnore: false,
    ...patch,
  };
}

export function aStepReport(stepId: number, patch: Partial<StepReport> = {}): StepReport {
  return { stepId, status: 'running', exitCode: 0, error: '', started: TEST_NOW + 1, stopped: 0, ...patch };
}

export function aStageReport(patch: Partial<StageReport> = {}): StageReport {
  return {
    status: 'success',
    exitCode: 0,
    error: '',
    started: TEST_NOW + 1,
    stopped: TEST_NOW + 9,
    steps: [],
    ...patch,
  };
}
