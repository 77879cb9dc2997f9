import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
} from '@sortie/testing/server-process';

const SLUG = 'ada/once';
const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: only
    commands: [echo done]
`;

/**
 * Holds the server up between the commit of a build and its answer: SQLite counts for minutes before it lets an
 * answer be stored.
 */
const HOLD_UP = `create trigger hold_up before update of body_sealed on idempotency when new.body_sealed <> ''
begin
  select count(*) from (with recursive c(n) as (select 1 union all select n + 1 from c where n < 2000000000) select n from c);
end`;

test('[sdk S24] a server killed between the commit of a build and its answer answers the repetition with that build', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'sortie-once-'));
  t.after(() => rm(data, { recursive: true, force: true, maxRetries: 3 }));
  const copy = await createWorkingCopy();
  t.after(() => copy.dispose());
  const env = { SORTIE_RUNNER_ENGINES: '' };
  const first = await startServerProcess({ data, env });
  await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
  await copy.git('add', '.');
  await copy.git('commit', '--quiet', '--message', 'once');
  await copy.git('push', pushUrl(first, SLUG), 'main');

  const database = new DatabaseSync(join(data, 'database.sqlite'));
  database.exec('pragma busy_timeout = 120000');
  database.exec(HOLD_UP);
  const lost = trigger(first).then(
    () => assert.fail('the first request has been answered'),
    () => undefined,
  );
  while (countBuilds(database) < 2) await delay(5);
  await first.stop('SIGKILL');
  await lost;
  database.exec('drop trigger hold_up');
  database.close();

  const second = await startServerProcess({ data, env });
  t.after(() => second.stop('SIGKILL'));
  const answer = await trigger(second);
  assert.deepEqual([answer.status, answer.body.number], [200, 2]);
  const again = await trigger(second);
  assert.deepEqual(again.body, answer.body);
  assert.equal(again.replayed, 'true');
  const list = await fetch(`${second.url}/api/repos/${SLUG}/builds`, { headers: bearer(second) });
  const builds = (await list.json()) as readonly { readonly number: number }[];
  assert.deepEqual(
    builds.map(({ number }) => number),
    [2, 1],
  );
});

function countBuilds(database: DatabaseSync): number {
  const row = database.prepare('select count(*) as count from builds').get();
  return Number(row?.count);
}

function bearer(server: ServerProcess): Record<string, string> {
  return { authorization: `Bearer ${server.token}` };
}

async function trigger(server: ServerProcess) {
  const answer = await fetch(`${server.url}/api/repos/${SLUG}/builds?branch=main`, {
    method: 'POST',
    headers: { ...bearer(server), 'idempotency-key': 'only-once' },
  });
  const body = (await answer.json()) as { readonly number: number };
  return { status: answer.status, body, replayed: answer.headers.get('idempotency-replayed') };
}
