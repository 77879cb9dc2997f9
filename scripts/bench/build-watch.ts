import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';
import { nowMs } from './scenario.ts';

/** A repository on a server, ready to be pushed to again and again. */
export interface Pushed {
  readonly server: ServerProcess;
  readonly copy: WorkingCopy;
  readonly slug: string;
}

export async function openRepository(server: ServerProcess, slug: string, pipeline: string): Promise<Pushed> {
  const copy = await createWorkingCopy();
  await writeFile(join(copy.directory, '.drone.yml'), pipeline);
  await copy.git('add', '.');
  await copy.git('commit', '--quiet', '--message', 'begin');
  return { server, copy, slug };
}

/** Commits nothing and pushes that; resolves with the time at which `git push` had ended. */
export async function push({ server, copy, slug }: Pushed): Promise<number> {
  await copy.git('commit', '--quiet', '--allow-empty', '--message', 'again');
  await copy.git('push', '--quiet', pushUrl(server, slug), 'main');
  return nowMs();
}

/** When a subscriber of the server's events saw what. Times as `nowMs` gives them. */
export interface BuildTimes {
  readonly createdMs: number;
  readonly finishedMs: number;
  readonly status: string;
}

const DONE: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'killed', 'skipped']);

/** Pushes once and watches the build that follows. `onRunning` is called when the step of that name runs. */
export async function watchPush(
  repository: Pushed,
  watched?: { readonly step: string; readonly onRunning: (at: StepAt) => void },
): Promise<BuildTimes & { readonly pushedMs: number }> {
  const { server, slug } = repository;
  let pushed: Promise<number> | undefined;
  let createdMs = 0;
  let isRunning = false;
  for await (const event of clientOf(server).streamBuilds({ signal: AbortSignal.timeout(120_000) })) {
    if (event.type === 'open') pushed ??= push(repository);
    if (event.type !== 'build' || event.repo.slug !== slug) continue;
    const { build } = event;
    if (createdMs === 0) createdMs = nowMs();
    const stage = build.stages?.[0];
    const step = stage?.steps?.find(({ name }) => name === watched?.step);
    if (
      watched !== undefined &&
      !isRunning &&
      stage !== undefined &&
      step !== undefined &&
      (step.started ?? 0) > 0
    ) {
      isRunning = true;
      watched.onRunning({ repo: slug, build: build.number, stage: stage.number, step: step.number });
    }
    if (!DONE.has(build.status)) continue;
    return { createdMs, finishedMs: nowMs(), status: build.status, pushedMs: (await pushed) ?? 0 };
  }
  throw new Error('the server ended the stream before the build was over');
}

export interface StepAt {
  readonly repo: string;
  readonly build: number;
  readonly stage: number;
  readonly step: number;
}

export function requireSuccess(times: BuildTimes): void {
  if (times.status !== 'success') throw new Error(`the measured build ended as ${times.status}`);
}
