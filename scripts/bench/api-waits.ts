import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '@sortie/testing/server-process';
import { ask, type WaitResult } from './api-client.ts';
import type { ApiData } from './api-data.ts';
import { type Figure, figureOf } from './figure.ts';
import { readProcessFigures } from './process-figures.ts';

const MANY = 1_000;
const RUNS = 5;
/** So that the requests have all come in and the server has come to rest. */
const SETTLE_MS = 2_000;

export interface WaitScene {
  readonly client: ChildProcess;
  readonly server: ServerProcess;
  readonly data: ApiData;
}

/** What requests that wait for a build cost, and how soon they hear of its change. */
export async function measureWaits(scene: WaitScene): Promise<readonly Figure[]> {
  const one: number[] = [];
  const last: number[] = [];
  const grown: number[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    one.push((await waitAndChange(scene, 1)).lastMs);
    const many = await waitAndChange(scene, MANY);
    last.push(many.lastMs);
    grown.push(many.grownBytes / 1e6);
  }
  // Memory that the first turn has asked for is used again by the others.
  const [memory = Number.NaN] = grown;
  return [
    figureOf({ name: 'one open wait, until answered', unit: 'ms', note: 'aim: at most 50' }, one),
    figureOf(
      { name: `${MANY} open waits, until all are answered`, unit: 'ms', note: 'aim: at most 300' },
      last,
    ),
    figureOf({ name: `${MANY} open waits, memory`, unit: 'MB', note: 'aim: below 100' }, [memory]),
  ];
}

async function waitAndChange(
  { client, server, data }: WaitScene,
  connections: number,
): Promise<WaitResult & { readonly grownBytes: number }> {
  const number = addPendingBuild(data);
  const order = {
    port: Number(new URL(server.url).port),
    path: `/api/repos/${data.slug}/builds/${number}?wait=300`,
    authorization: `Bearer ${server.token}`,
    connections,
  };
  const pid = server.child.pid ?? 0;
  const before = await readProcessFigures(pid);
  await ask(client, { ...order, kind: 'wait' });
  await delay(SETTLE_MS);
  const during = await readProcessFigures(pid);
  const result = await ask<WaitResult>(client, { ...order, kind: 'change' });
  return { ...result, grownBytes: during.rssBytes - before.rssBytes };
}

/** Puts a build into the repository for which there is no runner, and returns its number. */
function addPendingBuild({ folder, slug }: ApiData): number {
  const database = new DatabaseSync(join(folder, 'database.sqlite'), { timeout: 5_000 });
  const sql = `update repos set counter = counter + 1 where slug = ? returning id, counter`;
  const row = database.prepare(sql).get(slug);
  const [repo, number] = [Number(row?.id), Number(row?.counter)];
  const now = Math.floor(Date.now() / 1000);
  const build = database
    .prepare('insert into builds (repo_id, number, ref, created) values (?, ?, ?, ?) returning id')
    .get(repo, number, 'refs/heads/main', now);
  database
    .prepare(
      "insert into stages (repo_id, build_id, number, name, type, depends_on, labels) values (?, ?, 1, 'default', 'none', '[]', '{}')",
    )
    .run(repo, Number(build?.id));
  database.close();
  return number;
}
