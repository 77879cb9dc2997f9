import { type Client, createClient } from '@sortie/sdk/client';
import { SortieError } from '@sortie/sdk/errors';
import type { Build, Step } from '@sortie/sdk/types';
import { PATIENCE_MS } from './becomes.ts';

const DONE: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'killed', 'skipped', 'declined']);

/** A client for a test server. */
export function clientOf(server: { readonly url: string; readonly token: string }): Client {
  return createClient({ baseUrl: server.url, token: server.token });
}

/**
 * The build as soon as `isReached` holds for it; by default when it has ended. Waits for events of the server, and
 * fails after some minutes with the last state that was seen.
 */
export async function awaitBuild(
  client: Client,
  slug: string,
  number: number,
  isReached: (build: Build) => boolean = (build) => DONE.has(build.status),
): Promise<Build> {
  const signal = AbortSignal.timeout(2 * PATIENCE_MS);
  let seen: Build | undefined;
  try {
    for await (const event of client.streamBuilds({ signal })) {
      if (event.type === 'build' && (event.repo.slug !== slug || event.build.number !== number)) continue;
      if (event.type === 'retry') continue;
      seen = event.type === 'build' ? event.build : await findBuild(client, slug, number);
      if (seen !== undefined && isReached(seen)) return seen;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new Error(`build ${slug}#${number} did not get there in time; last seen: ${JSON.stringify(seen)}`);
}

async function findBuild(client: Client, slug: string, number: number): Promise<Build | undefined> {
  try {
    return await client.builds.get(slug, number);
  } catch (error) {
    if (error instanceof SortieError && error.status === 404) return undefined;
    throw error;
  }
}

/** The step with this name in the first stage that has one. */
export function stepOf(build: Build, name: string): Step {
  const step = build.stages?.flatMap((stage) => stage.steps ?? []).find((known) => known.name === name);
  if (step === undefined) throw new Error(`build #${build.number} has no step ${name}`);
  return step;
}

/** The whole log of a step as text. */
export async function logOf(
  client: Client,
  slug: string,
  build: Build,
  name: string,
  stage = 1,
): Promise<string> {
  const ref = { repo: slug, build: build.number, stage, step: stepOf(build, name).number };
  return Buffer.from((await client.logs.text(ref)).bytes).toString();
}
