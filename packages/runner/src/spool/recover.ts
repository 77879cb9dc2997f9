import { Buffer } from 'node:buffer';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { type Clock, unixSeconds } from '@sortie/engine/clock';
import type { RunnerClient } from '../extended/runner-client.ts';
import { type Journal, openJournal } from './journal.ts';
import { isUnfinished, readSpooledStage, type SpooledStage } from './records.ts';
import { openStageSpool, type StageSpool, type StageSpoolDeps } from './stage-spool.ts';

export interface RecoverSpoolDeps extends StageSpoolDeps {
  readonly client: Pick<RunnerClient, 'deliver' | 'heartbeat'>;
  readonly clock: Clock;
}

/** A stage that an earlier process had begun, and of whose reports the server may not have all. */
export interface LeftStage {
  readonly lease: Lease;
  /** Sends what is there, ends the stage if that process did not come so far, and removes the spool. Never rejects. */
  resume(): Promise<void>;
}

const SUFFIX = '.spool';
/** The words of the server for what a vanished runner leaves. */
const LOST = 'runner lost';
const MARKER = '[runner lost: the log ends here]\n';
const LOST_EXIT_CODE = 255;
/** A heartbeat that does not arrive is tried again that soon. */
const AGAIN_MS = 5000;

export function spoolPath(folder: string, { stageId, attempt, fence }: Lease): string {
  return join(folder, `${stageId}-${attempt}-${fence}${SUFFIX}`);
}

/**
 * What an earlier process on this folder has left. A stage of which no step had begun is forgotten: the server gives it
 * to somebody, and nothing has happened twice.
 */
export async function findLeftStages(deps: RecoverSpoolDeps, folder: string): Promise<readonly LeftStage[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const left: LeftStage[] = [];
  for (const name of (await readdir(folder)).filter((entry) => entry.endsWith(SUFFIX)).sort()) {
    const path = join(folder, name);
    try {
      const found = await findLeftStage(deps, folder, path);
      if (found !== undefined) left.push(found);
    } catch (err) {
      // One that cannot be read keeps no other from being reported.
      deps.log.error({ path, err }, 'a spool cannot be used and was left as it is');
    }
  }
  return left;
}

async function findLeftStage(
  deps: RecoverSpoolDeps,
  folder: string,
  path: string,
): Promise<LeftStage | undefined> {
  // A link is not followed: what it leads to would be cut off as unsound.
  if (!(await lstat(path)).isFile()) throw new Error(`${path} is no file`);
  const { journal, problem } = await openJournal(path);
  if (problem !== undefined) {
    deps.log.warn({ path, problem }, 'the end of a spool cannot be used and was cut off');
  }
  const stage = await readSpooledStage(journal, deps.checks).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  const hasBegun = [...(stage?.steps.values() ?? [])].some(({ status }) => status !== 'pending');
  const isOther = stage !== undefined && spoolPath(folder, stage.lease) !== path;
  if (isOther) deps.log.warn({ path, ...stage.lease }, 'a spool is about another stage than its name says');
  if (stage === undefined || isOther || (!hasBegun && !stage.isFinished)) {
    await journal.remove();
    return undefined;
  }
  return { lease: stage.lease, resume: () => resume(deps, stage, journal) };
}

async function resume(deps: RecoverSpoolDeps, stage: SpooledStage, journal: Journal): Promise<void> {
  const spool = openStageSpool(deps, stage.lease, journal);
  const over = new AbortController();
  const beating = keepAlive(deps, stage, spool, over.signal);
  try {
    if (!stage.isFinished) await writeEnd(deps, stage, spool);
    await spool.drained();
    spool.finish();
    deps.log.info({ ...stage.lease }, 'a stage of an earlier process was reported to its end');
  } catch (err) {
    if (!deps.signal.aborted) {
      deps.log.warn({ ...stage.lease, err }, 'a stage of an earlier process is not this runner’s any more');
    }
    // What could not be written down is tried again by the next process.
    spool.lose(new AppError('internal', 'The end of the stage could not be written down.', { cause: err }));
  } finally {
    over.abort(new Error('the stage has been reported'));
    await beating;
    await spool.ended;
  }
}

/** What nobody has seen the end of is no success, whatever it may have come to. */
async function writeEnd(deps: RecoverSpoolDeps, stage: SpooledStage, spool: StageSpool): Promise<void> {
  const now = unixSeconds(deps.clock);
  const open = [...stage.steps].filter(([, step]) => isUnfinished(step));
  for (const [stepId, { logSize, logChecksum, isAtLineStart, isLogClosed }] of open) {
    if (isLogClosed) continue;
    const bytes = Buffer.from(`${isAtLineStart ? '' : '\n'}${MARKER}`);
    const place = { stepId, offset: logSize, checksum: crc32(bytes), marks: [] };
    await spool.add({ kind: 'log', ...place }, bytes);
    const checksum = crc32(bytes, logChecksum);
    await spool.add({ kind: 'close', stepId, size: logSize + bytes.length, checksum });
  }
  const lost = { status: 'error', exitCode: LOST_EXIT_CODE, error: LOST, stopped: now } as const;
  const steps = open.map(([stepId, { started }]) => {
    return { stepId, ...lost, reason: 'runner-lost' as const, started };
  });
  const started = Math.min(now, ...steps.map((step) => step.started));
  await spool.add({ kind: 'finish', report: { ...lost, started, steps } });
}

/** Sending may take longer than the lease. */
async function keepAlive(
  deps: RecoverSpoolDeps,
  { lease, heartbeatMs }: SpooledStage,
  spool: StageSpool,
  over: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([over, deps.signal, spool.lost]);
  while (!signal.aborted) {
    let waitMs = heartbeatMs;
    try {
      await deps.client.heartbeat(lease);
    } catch (error) {
      if (error instanceof AppError && error.code === 'lease-lost' && !over.aborted) spool.lose(error);
      waitMs = Math.min(heartbeatMs, AGAIN_MS);
    }
    await deps.sleep(waitMs, signal).catch(() => undefined);
  }
}
