import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientOf } from '@sortie/testing/await-build';
import { createWorkingCopy, pushUrl } from '@sortie/testing/server-process';
import { wait } from './member.ts';
import type { Random } from './random.ts';
import { isOpen, type Sightings } from './sightings.ts';
import { type Script, SECRET_NAME } from './workload.ts';

export type Client = ReturnType<typeof clientOf>;
export type Build = Awaited<ReturnType<Client['builds']['get']>>;
/** The one repository of the run. */
export const SLUG = 'ada/nemesis';

export interface ServerAddress {
  readonly url: string;
  readonly token: string;
}

/** No more builds than this are open at once, or a few more. */
const MAX_OPEN = 10;
/** Whose request the server dies over waits for its answer; others go on. */
const PEOPLE = ['ada', 'grace', 'edith'];
/** The last one asks for containers only, so that there are always some. */
const IS_FOR_CONTAINERS = /^type: docker$/m;

/** Makes the repository with one branch for each script, and its secret. To be called before anything is disturbed. */
export async function prepare(
  server: ServerAddress,
  scripts: readonly Script[],
  secret: string,
): Promise<void> {
  const copy = await createWorkingCopy();
  for (const [index, { branch, config }] of scripts.entries()) {
    await copy.git('checkout', '--quiet', '-B', branch);
    await writeFile(join(copy.directory, '.drone.yml'), config);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', branch);
    await copy.git('push', '--quiet', pushUrl(server, SLUG), branch);
    const json = { name: SECRET_NAME, data: secret };
    if (index !== 0) continue;
    await clientOf(server).request('POST', `/api/repos/${SLUG}/secrets`, { json });
    // For the folder of the ledger in containers.
    await clientOf(server).request('PATCH', `/api/repos/${SLUG}`, { json: { trusted: true } });
  }
  await copy.dispose();
}

export interface Driven {
  /** Requests for builds that were answered with one. */
  readonly requested: number;
  readonly cancelled: ReadonlySet<number>;
  /** What the server must not have answered. */
  readonly violations: readonly string[];
}

export interface DriveOptions {
  readonly scripts: readonly Script[];
  readonly random: Random;
  /** Differs in each run. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly sightings: Sightings;
}

/** Several people who ask for builds, and cancel some, until the signal. */
export async function drive(server: ServerAddress, options: DriveOptions): Promise<Driven> {
  const all = await Promise.all(
    PEOPLE.map((person) => {
      const random = options.random.fork(person);
      const containers = options.scripts.filter(({ config }) => IS_FOR_CONTAINERS.test(config));
      const isLast = person === PEOPLE.at(-1) && containers.length > 0;
      const scripts = isLast ? containers : options.scripts;
      return driveAs(server, { ...options, random, scripts, name: `${options.name}-${person}` });
    }),
  );
  return {
    requested: all.reduce((sum, { requested }) => sum + requested, 0),
    cancelled: new Set(all.flatMap(({ cancelled }) => [...cancelled])),
    violations: all.flatMap(({ violations }) => violations),
  };
}

/** Every request is repeated until it has an answer. */
async function driveAs(
  server: ServerAddress,
  { scripts, random, name, signal, sightings }: DriveOptions,
): Promise<Driven> {
  const cancelled = new Set<number>();
  const violations: string[] = [];
  let requested = 0;
  while (!signal.aborted) {
    await wait(random.between(100, 700));
    const { branch } = random.pick(scripts);
    const isCancel = random.next() < 0.1;
    if ((await countOpen(server, sightings)) >= MAX_OPEN) continue;
    const answer = await until(() => create(server, branch, `${name}-${requested}`));
    requested += 1;
    if ('problem' in answer) violations.push(answer.problem);
    else if (isCancel) {
      await wait(random.between(0, 1500));
      cancelled.add(answer.number);
      await until(() => cancel(server, answer.number));
    }
  }
  return { requested, cancelled, violations };
}

async function create(
  { url, token }: ServerAddress,
  branch: string,
  key: string,
): Promise<{ number: number } | { problem: string } | undefined> {
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
  const path = `/api/repos/${SLUG}/builds?branch=${branch}`;
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers });
  const text = await answer.text();
  if (answer.ok) return { number: (JSON.parse(text) as { readonly number: number }).number };
  // The first try may still be under way.
  if (answer.status >= 500 || answer.status === 409 || answer.status === 429) return undefined;
  return { problem: `POST ${path} was answered with ${answer.status}: ${text.slice(0, 300)}` };
}

/** A build that has ended meanwhile is fine too. */
async function cancel({ url, token }: ServerAddress, number: number): Promise<true | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/repos/${SLUG}/builds/${number}`, { method: 'DELETE', headers });
  await answer.text();
  return answer.status < 500 ? true : undefined;
}

async function countOpen(server: ServerAddress, sightings: Sightings): Promise<number> {
  const builds = await until(() => clientOf(server).builds.list(SLUG, { perPage: 100 }));
  sightings.note(builds);
  return builds.filter(isOpen).length;
}

/** Waits until no build is open; the numbers of those that still are when the time is up. */
export async function settle(
  server: ServerAddress,
  limitMs: number,
  sightings: Sightings,
): Promise<readonly number[]> {
  const end = Date.now() + limitMs;
  for (;;) {
    const builds = await until(() => listBuilds(clientOf(server)));
    sightings.note(builds);
    const open = builds.filter(isOpen);
    if (open.length === 0 || Date.now() > end) return open.map(({ number }) => number);
    await wait(1000);
  }
}

/** The server is away again and again. */
async function until<T>(call: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    try {
      const result = await call();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    await wait(200);
  }
}

/** All builds, newest first. */
export async function listBuilds(client: Client): Promise<readonly Build[]> {
  const builds: Build[] = [];
  for await (const build of client.builds.all(SLUG)) builds.push(build);
  return builds;
}
