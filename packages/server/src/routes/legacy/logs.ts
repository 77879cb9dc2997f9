import { Readable } from 'node:stream';
import { legacyGetLogs, legacyGetLogsAlias } from '@sortie/contract/legacy/build-routes';
import { toLegacyExitLine, toLegacyLogLine } from '@sortie/contract/legacy/logs';
import type { Repo } from '@sortie/core/repo';
import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import type { FastifyReply } from 'fastify';
import { type LogKey, type LogStore, logKey } from '../../logs/log-store.ts';
import { listBuilds } from '../../store/builds.ts';
import type { Db } from '../../store/db.ts';
import { findStage } from '../../store/stages.ts';
import { listSteps } from '../../store/steps.ts';
import { repoOf } from '../mount.ts';
import { requireLegacyBuild } from './builds.ts';
import { type LegacyMount, legacyNotFound } from './mount-legacy.ts';

const LINES_PER_READ = 1000;

export interface LegacyLogDeps {
  readonly db: Db;
  readonly logs: LogStore;
}

/** Row 22: the log of a job is that of all its steps. */
export function mountLegacyLogs(mount: LegacyMount, deps: LegacyLogDeps): void {
  mount(legacyGetLogs, async (call) => {
    const { number, job } = call.params;
    return sendLog(deps, { repo: repoOf(call), number, job }, call.reply);
  });
  mount(legacyGetLogsAlias, async (call) => {
    const repo = repoOf(call);
    const newest = (await listBuilds(deps.db, repo.id, { limit: 1 }))[0]?.number ?? 0;
    const number = numberOf(call.query.number, newest);
    return sendLog(deps, { repo, number, job: numberOf(call.query.job, 1) }, call.reply);
  });
}

/** `usual` when absent; what is no number names nothing. */
function numberOf(text: string | undefined, usual: number): number {
  if (text === undefined || text === '') return usual;
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

interface JobName {
  readonly repo: Repo;
  readonly number: number;
  readonly job: number;
}

async function sendLog(deps: LegacyLogDeps, name: JobName, reply: FastifyReply): Promise<FastifyReply> {
  const build = await requireLegacyBuild(deps.db, name.repo, name.number);
  const stage = await findStage(deps.db, build.id, name.job);
  if (stage === undefined) throw legacyNotFound();
  const steps = await listSteps(deps.db, stage.id);
  const keyed = steps.map((step) => ({ step, key: logKey({ ...stage, stepId: step.id }) }));
  if (!isDone(stage.status) && !(await hasStoredLog(deps.logs, keyed))) throw legacyNotFound();
  return reply
    .header('content-type', 'application/json')
    .serializer(String)
    .send(Readable.from(lines(deps.logs, keyed), { objectMode: false }));
}

interface KeyedStep {
  readonly step: Step;
  readonly key: LogKey;
}

/** While a job runs there is a log once one of its steps has ended. */
async function hasStoredLog(logs: LogStore, steps: readonly KeyedStep[]): Promise<boolean> {
  for (const { step, key } of steps) {
    if (isDone(step.status) && (await logs.progress(key)).size > 0) return true;
  }
  return false;
}

/** Each line followed by a comma and a newline, then an empty object (api-legacy.md 3.4). */
async function* lines(logs: LogStore, steps: readonly KeyedStep[]): AsyncGenerator<string> {
  yield '[';
  for (const { step, key } of steps) {
    let next = 0;
    for (;;) {
      const read = await logs.readLines(key, { fromLine: next, limit: LINES_PER_READ });
      if (read.length === 0) break;
      yield read.map((line) => `${JSON.stringify(toLegacyLogLine(step.name, line))},\n`).join('');
      next += read.length;
    }
    if (hasExitLine(step)) yield `${JSON.stringify(toLegacyExitLine(step.name, step.exitCode))},\n`;
  }
  yield '{}]';
}

/** Steps that ran in the background have no end of their own. */
export function hasExitLine(step: Step): boolean {
  return isDone(step.status) && step.status !== 'skipped' && !step.isDetached;
}
