import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '@sortie/server/store/db';

export interface ApiData {
  /** Data folder of a server. */
  readonly folder: string;
  /** `namespace/name` of a repository with many builds. */
  readonly slug: string;
  /** Number of its newest build that has ten steps. */
  readonly build: number;
}

/** So few that the smallest set still fills one page of builds. */
const REPOS = 4;
const STEPS = 10;
const PIPELINE = 'kind: pipeline\ntype: docker\nname: default\nsteps:\n- name: step\n  image: alpine\n';

/**
 * A data folder with so many builds, spread over four repositories in turns; every second one has a stage of ten steps,
 * so that there are five times as many steps. Made once, and kept in `SORTIE_BENCH_DATA` or the temporary folder.
 */
export async function prepareApiData(builds: number): Promise<ApiData> {
  const last = Math.floor(builds / REPOS);
  const parent = process.env.SORTIE_BENCH_DATA ?? join(tmpdir(), 'sortie-bench-data');
  await mkdir(parent, { recursive: true });
  const unfinished = await mkdtemp(join(parent, 'part-'));
  try {
    const path = join(unfinished, 'database.sqlite');
    const { close } = await openDatabase({ driver: 'sqlite', path });
    await close();
    // Other tables, other data: what an older checkout has made is not measured.
    const folder = join(parent, `api-${builds}-${schemaOf(path)}`);
    if (!existsSync(folder)) {
      fill(path, builds);
      await rename(unfinished, folder);
    }
    return { folder, slug: 'bench/repo-3', build: last - (last % 2) };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function schemaOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('select sql from sqlite_schema order by name').all();
  database.close();
  return hash('sha1', JSON.stringify([rows, statements(0).map((text) => text.replace(/\d{10}/g, ''))])).slice(
    0,
    8,
  );
}

function fill(path: string, builds: number): void {
  const database = new DatabaseSync(path);
  database.exec('pragma synchronous = off; pragma cache_size = -200000; begin');
  for (const statement of statements(builds)) database.exec(statement);
  database.exec('commit; analyze; pragma wal_checkpoint(truncate)');
  database.close();
}

function statements(builds: number): readonly string[] {
  const now = Math.floor(Date.now() / 1000);
  const count = (to: number): string =>
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${to})`;
  return [
    `insert into repos (connection_id, uid, user_id, namespace, name, slug, http_url, link, default_branch, visibility,
      is_private, is_active, config_path, timeout_minutes, counter, created, updated)
    ${count(REPOS)} select 1, printf('%032x', i), 1, 'bench', 'repo-' || i, 'bench/repo-' || i, 'http://localhost/git/bench/repo-' || i,
      'http://localhost/bench/repo-' || i, 'main', 'private', 1, 1, '.drone.yml', 60, ${Math.floor(builds / REPOS)}, ${now}, ${now} from n`,
    `insert into builds (repo_id, number, status, event, link, message, before, after, ref, source, target, author_login,
      author_name, author_email, sender, trigger, started, finished, created, updated, enqueued, config)
    ${count(builds)} select (i - 1) % ${REPOS} + 1, (i - 1) / ${REPOS} + 1, iif((i - 1) / ${REPOS} % 2 = 0, 'skipped', 'success'), 'push',
      'http://localhost/bench/commit/' || i, 'Change number ' || i || ' with a message of the usual length for a commit',
      printf('%040x', i - 1), printf('%040x', i), iif(i % 3 = 0, 'refs/heads/main', 'refs/heads/feature-' || i % 50), 'main', 'main',
      'octocat', 'Octo Cat', 'octocat@example.com', 'octocat', '@hook', ${now}, ${now}, ${now}, ${now}, ${now}, '${PIPELINE}' from n`,
    `insert into stages (repo_id, build_id, number, name, kind, type, status, machine, os, arch, on_success, depends_on, labels,
      started, stopped, created, updated)
    select repo_id, id, 1, 'default', 'pipeline', 'docker', 'success', 'runner-1', 'linux', 'amd64', 1, '[]', '{}',
      created, created, created, created from builds where status = 'success'`,
    `insert into steps (stage_id, number, name, status, image, depends_on, started, stopped)
    ${count(STEPS)} select stages.id, i, 'step-' || i, 'success', 'docker.io/library/alpine:3', '[]', stages.created, stages.created
      from stages cross join n`,
  ];
}
