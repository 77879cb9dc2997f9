import type { RunnerIdentity } from '@sortie/core/runner';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { locksRows, type Tx } from './db.ts';
import { type LeasedStage, toLabelText, toLeasedStage } from './stage-rows.ts';
import type { StagesTable } from './tables-builds.ts';

/** Base of the locks that claims for one limited repository take turns on; the repository's id is added. */
export const CLAIM_LOCK = 7_400_000_000_000;

/** As the partial indexes of the queue say it, word by word. */
const IS_DUE = sql`stages.status = 'pending' and stages.lease_runner = ''`;
/** For a row that was found by its id: written so that no planner looks for it by the index of all that is due. */
const IS_STILL_DUE = sql`coalesce(stages.status, '') = 'pending' and coalesce(stages.lease_runner, '') = ''`;
const IS_HELD = sql`(status = 'running' or (status = 'pending' and lease_runner <> ''))`;

/**
 * A pipeline's own limit is first come, first served among those of its name or group: what is in a runner's hands
 * comes first, then older ones although they wait. All places are counted in one go, and only when a stage with a limit
 * is looked at. A repository's throttle counts what runs or has been handed out, so that a stage no runner can take
 * blocks nobody.
 */
export const HAS_ROOM = sql<boolean>`
  (stages.limit_count = 0 or stages.id in (
    select queued.id from (
      select id, limit_count, row_number() over (
        partition by repo_id, limit_group, case when limit_group = '' then name else '' end
        order by case when ${IS_HELD} then 0 else 1 end, id) as place
      from stages where status in ('pending', 'running')) as queued
    where queued.place <= queued.limit_count))
  and (stages.throttle = 0 or stages.throttle > (
    select count(*) from stages as other
    where (other.status = 'running' or (other.status = 'pending' and other.lease_runner <> ''))
      and other.repo_id = stages.repo_id and other.id <> stages.id))`;

/** So many of each repository are looked at before all of them are: others may just be looking at the first ones. */
const FRONT = 8;
/** And so many in all. */
const MOST = 40;

export interface ClaimableOptions {
  /** Stages that are not to be found. */
  readonly except: readonly number[];
  /** The only repositories whose stages the runner may have; absent = all. */
  readonly repoIds: readonly number[] | undefined;
}

/**
 * The stage that is next for this runner: of the repository with the fewest stages in runners' hands, then of the
 * organisation with the fewest, then the oldest; `undefined` without one. A stage that another transaction is just
 * looking at is passed over, and counts as in hands.
 */
export async function findClaimable(
  tx: Tx,
  runner: RunnerIdentity,
  options: ClaimableOptions,
): Promise<LeasedStage | undefined> {
  if (!locksRows(tx)) return findAmong(tx, runner, { ...options, candidates: firstOfEach, most: 1 });
  const front = await findAmong(tx, runner, { ...options, candidates: frontOfEach, most: MOST });
  return front ?? findAmong(tx, runner, { ...options, candidates: allOfEach, most: Number.MAX_SAFE_INTEGER });
}

interface Search extends ClaimableOptions {
  /** Ids with their repository and their place in its queue, of the stages that meet the condition. */
  readonly candidates: (fitting: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** How many of them are tried at most. */
  readonly most: number;
}

async function findAmong(
  tx: Tx,
  runner: RunnerIdentity,
  { except, repoIds, candidates, most }: Search,
): Promise<LeasedStage | undefined> {
  const conditions = [fits(runner), HAS_ROOM];
  if (except.length > 0) conditions.push(sql`stages.id not in (${sql.join([...except])})`);
  if (repoIds !== undefined) conditions.push(sql`stages.repo_id in (${sql.join([...repoIds])})`);
  const fitting = sql.join(conditions, sql` and `);
  // As a list, PostgreSQL knows that they are few and looks them up by the index.
  const isRanked = locksRows(tx)
    ? sql`stages.id = any (array(select id from ranked))`
    : sql`stages.id in (select id from ranked)`;
  const { rows } = await sql<Selectable<StagesTable>>`
    with held as materialized (select repo_id, count(*) as total from stages where ${IS_HELD} group by repo_id),
    busy as materialized (
      select repos.namespace, sum(held.total) as total
      from held inner join repos on repos.id = held.repo_id group by repos.namespace),
    due as materialized (${candidates(fitting)}),
    ranked as materialized (
      select due.id, row_number() over (
        order by coalesce(held.total, 0) + due.place, coalesce(busy.total, 0) + due.place, due.id) as rank
      from due
      inner join repos on repos.id = due.repo_id
      left join held on held.repo_id = due.repo_id
      left join busy on busy.namespace = repos.namespace
      order by rank limit ${sql.lit(most)})
    select stages.* from stages
    where ${isRanked} and ${IS_STILL_DUE}
    order by (select rank from ranked where ranked.id = stages.id)
    limit 1 ${locksRows(tx) ? sql`for update of stages skip locked` : sql``}`.execute(tx);
  const [row] = rows;
  return row && toLeasedStage(row);
}

/** One writer at a time: nobody can be looking at the first one. */
function firstOfEach(fitting: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select min(id) as id, repo_id, 1 as place from stages where ${IS_DUE} and ${fitting} group by repo_id`;
}

/** Those behind the first ones count as if the first ones were taken. Goes from repository to repository by the index. */
function frontOfEach(fitting: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    with recursive queued as (
      (select stages.repo_id from stages where ${IS_DUE} order by stages.repo_id limit 1)
      union all
      select (select stages.repo_id from stages where ${IS_DUE} and stages.repo_id > queued.repo_id
        order by stages.repo_id limit 1)
      from queued where queued.repo_id is not null)
    select front.id, queued.repo_id, front.place from queued cross join lateral (
      select fits.id, row_number() over (order by fits.id) as place from (
        select stages.id from stages where stages.repo_id = queued.repo_id and ${IS_DUE} and ${fitting}
        order by stages.id limit ${sql.lit(FRONT)}) as fits) as front
    where queued.repo_id is not null`;
}

function allOfEach(fitting: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select id, repo_id, row_number() over (partition by repo_id order by id) as place
    from stages where ${IS_DUE} and ${fitting}`;
}

/** True when the stage, which the transaction has locked, may still be handed to this runner. */
export async function isClaimable(tx: Tx, runner: RunnerIdentity, id: number): Promise<boolean> {
  const { rows } = await sql`
    select id from stages where stages.id = ${id} and ${IS_DUE} and ${fits(runner)} and ${HAS_ROOM}`.execute(
    tx,
  );
  return rows.length > 0;
}

/** What the filter of the runner says (api-v1.md 4.4). */
function fits({ platform, types, labels }: RunnerIdentity): RawBuilder<unknown> {
  const conditions = [
    sql`stages.kind = 'pipeline'`,
    sql`stages.type in (${sql.join([...types, ''])})`,
    sql`stages.labels = ${toLabelText(labels)}`,
  ];
  if (Object.values(platform).some((value) => value !== '')) {
    conditions.push(
      sql`stages.os = ${platform.os} and stages.arch = ${platform.arch}`,
      sql`stages.variant in ('', ${platform.variant}) and stages.os_version in ('', ${platform.version})`,
    );
  }
  return sql.join(conditions, sql` and `);
}
