import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientOf } from '@sortie/testing/await-build';
import { createWorkingCopy, pushUrl } from '@sortie/testing/server-process';
import { wait } from './processes.ts';
import type { Random } from './random.ts';
import { type Script, SECRET_NAME } from './workload.ts';

export type Client = ReturnType<typeof clientOf>;
export type Build = Awaited<ReturnType<Client['builds']['get']>>;
/** The one repository of the run. */
export const SLUG = 'ada/nemesis';

export interface ServerAddress {
  readonly url: string;
  readonly token: string;
}

/** No more builds than this are open at once. */
const MAX_OPEN = 10;
const OPEN: ReadonlySet<string> = new Set(['pending', 'running', 'waiting_on_dependencies']);

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
    if (index === 0) await clientOf(server).request('POST', `/api/repos/${SLUG}/secrets`, { json });
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

/** Asks for builds, and cancels some, until the signal. Every request is repeated until it has an answer. */
export async function drive(
  server: ServerAddress,
  {
    scripts,
    random,
    name,
    signal,
  }: { scripts: readonly Script[]; random: Random; name: string; signal: AbortSignal },
): Promise<Driven> {
  const cancelled = new Set<number>();
  const violations: string[] = [];
  let requested = 0;
  while (!signal.aborted) {
    await wait(random.between(100, 700));
    const { branch } = random.pick(scripts);
    const isCancel = random.next() < 0.15;
    if ((await countOpen(server)) >= MAX_OPEN) continue;
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

async function countOpen(server: ServerAddress): Promise<number> {
  const builds = await until(() => clientOf(server).builds.list(SLUG, { perPage: 100 }));
  return builds.filter(({ status }) => OPEN.has(status)).length;
}

/** Waits until no build is open; the numbers of those that still are when the time is up. */
export async function settle(server: ServerAddress, limitMs: number): Promise<readonly number[]> {
  const end = Date.now() + limitMs;
  for (;;) {
    const builds = await until(() => listBuilds(clientOf(server)));
    const open = builds.filter(({ status, cancelling }) => OPEN.has(status) || cancelling === true);
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
