import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { Db } from '../store/db.ts';
import {
  claimIntents,
  type Intent,
  listDueIntents,
  postponeIntents,
  removeIntents,
} from '../store/outbox.ts';
import { findRepoById } from '../store/repos.ts';
import { removeSentStatusesBefore } from '../store/sent-statuses.ts';
import type { GitService, GitServices } from './git-service.ts';
import { type ReportBuildDeps, reportBuild, waysToReport } from './report-build.ts';

export interface SendStatusesDeps extends ReportBuildDeps {
  readonly db: Db;
  readonly services: GitServices;
  /** No further report is begun once it is aborted. */
  readonly signal?: AbortSignal;
  readonly log: {
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
    error(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  /** So long a pass waits for a service; after that it goes on behind the others. Two seconds unless given. */
  readonly patienceMs?: number;
}

/** Sends what is due. One pass never runs beside another one of the same sender. */
export interface StatusSender {
  pass(): Promise<void>;
  /** Resolves when no report is under way any more. */
  settled(): Promise<void>;
}

const KINDS = ['status', 'pipelines'] as const;
const BATCH = 200;
/** Of batches in one pass; the rest is for the next one. */
const MAX_ROUNDS = 50;
/** Calls to one service at the same time. */
const WORKERS = 4;
/** Longer than one report may take, so that nobody else takes it up meanwhile. */
const CLAIM_SECONDS = 120;
/** Seconds until the next attempt; the last one repeats. */
const LONGEST_DELAY = 3_600;
const DELAYS = [5, 30, 120, 600, 1_800, LONGEST_DELAY] as const;
const GIVE_UP_SECONDS = 86_400;
/** What will hardly be different later is tried so often. */
const FINAL_ATTEMPTS = 4;
const FINAL: ReadonlySet<string> = new Set(['not-found', 'service-refused', 'service-missing']);
/** A service that does not answer is left alone for so long. */
const REST_SECONDS = 5;
const PATIENCE_MS = 2_000;
const LOOK_AGAIN_SECONDS = 1;
const FAILED = 'the commit statuses that are due could not be looked at';
/** A commit that nobody built for so long would be told of its old state again, which does no harm. */
const REMEMBER_SECONDS = 30 * 86_400;
const FORGET_EVERY_SECONDS = 3_600;

/**
 * Tells Git services of builds (scm.md 1.8). What is sent is computed when it leaves, so that of several changes the
 * latest counts; what a service has taken is not sent to it again. A call that fails is repeated later and never
 * touches the build. Several servers over one database share the work.
 */
export function createStatusSender(deps: SendStatusesDeps): StatusSender {
  /** Services that asked for a pause, by connection: unix seconds of its end. */
  const pauses = new Map<number, number>();
  const busy = new Map<number, Busy>();
  let forgotten = 0;
  /** Works a service's jobs off. While an earlier pass still does, new ones wait, and make room in the batch. */
  const serve = (service: GitService, jobs: readonly Job[]): Promise<void> => {
    const { id } = service.connection;
    const ids = jobs.flatMap((job) => job.ids);
    const earlier = busy.get(id);
    if (earlier !== undefined) {
      const fresh = ids.filter((each) => !earlier.ids.has(each));
      return postponeIntents(deps.db, fresh, deps.now() + LOOK_AGAIN_SECONDS);
    }
    const working = work({ deps, pauses }, service, jobs)
      .catch((err: unknown) => deps.log.error({ err, service: service.title }, FAILED))
      .finally(() => busy.delete(id));
    busy.set(id, { working, ids: new Set(ids) });
    return working;
  };
  /** Those that are worked on are still due. */
  const underWay = (): number => [...busy.values()].reduce((sum, { ids }) => sum + ids.size, 0);
  return {
    settled: async () => void (await Promise.all([...busy.values()].map(({ working }) => working))),
    async pass() {
      const now = deps.now();
      for (let round = 0; round < MAX_ROUNDS && deps.signal?.aborted !== true; round += 1) {
        const limit = BATCH + underWay();
        const due = await listDueIntents(deps.db, now, limit, KINDS);
        const queues = await sortByService(deps, due);
        const works = [...queues].map(([service, jobs]) => serve(service, [...jobs.values()]));
        await patiently(works, deps.patienceMs ?? PATIENCE_MS);
        if (due.length < limit) break;
      }
      if (now - forgotten < FORGET_EVERY_SECONDS) return;
      forgotten = now;
      await removeSentStatusesBefore(deps.db, now - REMEMBER_SECONDS);
    },
  };
}

/** What is being told to a service, by the ids of the intents. */
interface Busy {
  readonly working: Promise<void>;
  readonly ids: ReadonlySet<number>;
}

/** Waits for all of them, but not for ever: one that goes on is waited for by nobody else. */
async function patiently(works: readonly Promise<void>[], patienceMs: number): Promise<void> {
  const waiting = new AbortController();
  const patience = pause(patienceMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  try {
    await Promise.race([Promise.all(works), patience]);
  } finally {
    waiting.abort();
  }
}

/** One build of which a service is to be told. */
interface Job {
  readonly subject: string;
  readonly repo: Repo;
  readonly buildId: number;
  /** Empty where the intent does not say. */
  readonly sha: string;
  readonly ids: readonly number[];
}

/** As `build-intents.ts` writes it. */
interface Payload {
  readonly repoId: number;
  readonly buildId: number;
  readonly sha?: string;
}

type Queues = ReadonlyMap<GitService, ReadonlyMap<string, Job>>;

/** By service and subject. What nobody wants to hear is removed: of the built-in host, of a Gogs without comments. */
async function sortByService(deps: SendStatusesDeps, due: readonly Intent[]): Promise<Queues> {
  const repos = new Map<number, Repo | undefined>();
  const queues = new Map<GitService, Map<string, Job>>();
  const idle: number[] = [];
  for (const { id, subject, payload } of due) {
    const { repoId, buildId, sha = '' } = JSON.parse(payload) as Payload;
    if (!repos.has(repoId)) repos.set(repoId, await findRepoById(deps.db, repoId));
    const repo = repos.get(repoId);
    const service = repo && deps.services.find(repo.connectionId);
    if (repo === undefined || service === undefined || waysToReport(deps.rules, service).length === 0) {
      idle.push(id);
      continue;
    }
    const jobs = queues.get(service) ?? new Map<string, Job>();
    const ids = [...(jobs.get(subject)?.ids ?? []), id];
    queues.set(service, jobs.set(subject, { subject, repo, buildId, sha, ids }));
  }
  await removeIntents(deps.db, idle);
  return queues;
}

interface Sending {
  readonly deps: SendStatusesDeps;
  readonly pauses: Map<number, number>;
}

async function work(sending: Sending, service: GitService, jobs: readonly Job[]): Promise<void> {
  const { deps, pauses } = sending;
  const waiting = inOrder(jobs);
  const pausedUntil = (): number => pauses.get(service.connection.id) ?? 0;
  const worker = async (): Promise<void> => {
    for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) {
      for (const job of chain) {
        if (deps.signal?.aborted === true) return;
        // They make room in the batch for those of other services.
        if (pausedUntil() > deps.now()) await postponeIntents(deps.db, job.ids, pausedUntil());
        else await send(sending, service, job);
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

/** Builds of one commit share their labels, so they leave one after the other: the newest has the last word. */
function inOrder(jobs: readonly Job[]): Job[][] {
  const chains = Map.groupBy(jobs, ({ subject, repo, sha }) => (sha === '' ? subject : `${repo.id} ${sha}`));
  return [...chains.values()].map((chain) => chain.sort((one, other) => one.buildId - other.buildId));
}

async function send({ deps, pauses }: Sending, service: GitService, job: Job): Promise<void> {
  const now = deps.now();
  const claim = { kinds: KINDS, subject: job.subject, now, until: now + CLAIM_SECONDS };
  const claimed = await claimIntents(deps.db, claim);
  if (claimed.length === 0) return;
  try {
    await reportBuild(deps, service, job);
    await removeIntents(
      deps.db,
      claimed.map(({ id }) => id),
    );
  } catch (error) {
    const pause = pauseOf(error, deps.now());
    if (pause !== undefined) pauses.set(service.connection.id, pause);
    await retryLater(deps, { error, service, job, claimed });
  }
}

interface Failure {
  readonly error: unknown;
  readonly service: GitService;
  readonly job: Job;
  readonly claimed: readonly Intent[];
}

async function retryLater(deps: SendStatusesDeps, failure: Failure): Promise<void> {
  const { error, service, job, claimed } = failure;
  const now = deps.now();
  const ids = claimed.map(({ id }) => id);
  const code = error instanceof AppError ? error.code : 'internal';
  if (code === 'service-unsupported') return removeIntents(deps.db, ids);
  const attempts = Math.max(...claimed.map((intent) => intent.attempts));
  const age = now - Math.min(...claimed.map(({ created }) => created));
  const isOver = age >= GIVE_UP_SECONDS || (FINAL.has(code) && attempts >= FINAL_ATTEMPTS);
  const fields = { err: error, service: service.title, repo: job.repo.slug, build: job.buildId, attempts };
  if (isOver) {
    deps.log.warn(fields, 'a commit status could not be sent and is given up');
    return removeIntents(deps.db, ids);
  }
  if (attempts === 1) deps.log.warn(fields, 'a commit status could not be sent; it is tried again');
  const delay = DELAYS[Math.min(attempts, DELAYS.length) - 1] ?? 0;
  await postponeIntents(deps.db, ids, Math.max(now + delay, retryAt(error, now)));
}

/** Until when the whole service is to be left alone because of this failure. */
function pauseOf(error: unknown, now: number): number | undefined {
  if (!(error instanceof AppError)) return undefined;
  if (error.code !== 'service-unavailable' && error.code !== 'service-rate-limited') return undefined;
  return Math.max(now + REST_SECONDS, retryAt(error, now));
}

/** When a repeat makes sense, as the service says, but not beyond the longest delay; 0 when it says nothing. */
function retryAt(error: unknown, now: number): number {
  const value = error instanceof AppError ? error.details?.retry_at : undefined;
  const isTime = typeof value === 'number' && Number.isFinite(value);
  return isTime ? Math.min(Math.ceil(value), now + LONGEST_DELAY) : 0;
}
