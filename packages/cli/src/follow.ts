import type { Client } from '@sortie/sdk/client';
import type { Build, Repo, Stage, Step } from '@sortie/sdk/types';
import { createPainter, type Painter } from './paint.ts';

export interface FollowDeps {
  readonly client: Client;
  readonly write: (text: string) => void;
  readonly useColor: boolean;
}

/** A build as it stood at its end. */
export interface FollowedBuild {
  readonly repo: Repo;
  readonly build: Build;
}

const DONE: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'killed', 'skipped', 'declined']);

/**
 * Prints one build as it happens: every log line with the name of its step before it, the result of each step,
 * and resolves with the build at its end. `matches` picks the build out of everything that the account sees, so
 * following can begin before the build exists. Rejects with the reason of `signal`.
 */
export async function followBuild(
  deps: FollowDeps,
  matches: (repo: Repo, build: Build) => boolean,
  options: { readonly signal: AbortSignal; readonly onOpen?: () => void },
): Promise<FollowedBuild> {
  const painter = createPainter(deps.useColor);
  const following = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  for await (const event of deps.client.streamBuilds({ signal: options.signal })) {
    if (event.type === 'open') options.onOpen?.();
    if (event.type !== 'build' || !matches(event.repo, event.build)) continue;
    const { repo, build } = event;
    for (const [stage, step] of startedSteps(build)) {
      const key = `${stage.number}/${step.number}`;
      if (following.has(key)) continue;
      const printed = printLog(deps, painter, { repo, build, stage, step }, options.signal);
      following.set(
        key,
        printed.catch((error: unknown) => void failures.push(error)),
      );
    }
    if (!DONE.has(build.status)) continue;
    await Promise.all(following.values());
    if (failures.length > 0) throw failures[0];
    printResults(deps, painter, build);
    return { repo, build };
  }
  throw new Error('The server ended the stream before the build was over.');
}

function* startedSteps(build: Build): Generator<[Stage, Step]> {
  for (const stage of build.stages ?? []) {
    for (const step of stage.steps ?? []) {
      if ((step.started ?? 0) > 0 && step.status !== 'skipped') yield [stage, step];
    }
  }
}

async function printLog(
  deps: FollowDeps,
  painter: Painter,
  at: { readonly repo: Repo; readonly build: Build; readonly stage: Stage; readonly step: Step },
  signal: AbortSignal,
): Promise<void> {
  const { repo, build, stage, step } = at;
  const several = (build.stages?.length ?? 0) > 1;
  const prefix = painter.name(several ? `${stage.name}/${step.name}` : step.name);
  const ref = { repo: repo.slug, build: build.number, stage: stage.number, step: step.number };
  for await (const event of deps.client.streamLog(ref, { signal })) {
    if (event.type === 'line') deps.write(`${prefix} ${event.text.replace(/\r?\n$/, '')}\n`);
  }
}

function printResults(deps: FollowDeps, painter: Painter, build: Build): void {
  deps.write('\n');
  if (build.error !== undefined) deps.write(`${build.error}\n`);
  for (const stage of build.stages ?? []) {
    if (stage.error !== undefined) deps.write(`${stage.name}: ${stage.error}\n`);
    for (const step of stage.steps ?? []) {
      const error = step.error === undefined ? '' : `  ${step.error}`;
      const code = step.exit_code === 0 ? '' : ` (exit code ${step.exit_code})`;
      deps.write(`${painter.status(step.status)} ${step.name}${code}${error}\n`);
    }
  }
}
