import type { RunnerIdentity } from '@sortie/core/runner';
import { type RawBuilder, sql } from 'kysely';
import { locksRows, type Tx } from './db.ts';
import { KEEPS_PLAN } from './kept-plan.ts';
import { toLabelText } from './stage-rows.ts';

/** Any number that no other lock has. */
const CLAIM_LOCK = 7_400_000_000_000;

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

/** On PostgreSQL so many more are looked for than are wanted: others may just be taking the first ones. */
const SPARE = 8;

/** So many of each repository are looked at first: with several repositories hardly ever more are needed. */
const FRONT = 8;

/** What is looked for. */
export interface ClaimableOptions {
  /** How many are wanted. */
  readonly count: number;
  /** Stages that are not to be found. */
  readonly except: readonly number[];
  /** The only repositories whose stages the runner may have; absent = all. */
  readonly repoIds: readonly number[] | undefined;
}

/** A stage that the runner may have. */
export interface Claimable {
  readonly id: number;
  /** In the queue of its repository, from 1, among those that the runner may have. */
  readonly place: number;
  /** A limit or throttle holds for it: of two who take such stages at once, one has to wait for the other. */
  readonly isBounded: boolean;
}

/**
 * The stages that are next for this runner, in the order in which they are to be handed out, each as if those before it
 * had been: of the repositories with the highest priority, of those the one with the fewest stages in runners' hands,
 * then of the organisation with the fewest, then the oldest. On PostgreSQL there may be more than are wanted.
 *
 * Limits hold within the list. A throttle counts the ones before; and who is first in a group with a limit stays so,
 * since each repository's own order is that of creation.
 */
export async function findClaimable(
  tx: Tx,
  runner: RunnerIdentity,
  options: ClaimableOptions,
): Promise<readonly Claimable[]> {
  const most = options.count + (locksRows(tx) ? SPARE : 0);
  const front = Math.min(most, FRONT);
  const found = await findAmong(tx, runner, { ...options, most, front });
  // Behind the last one that was looked at there may be some that go before others.
  if (front === most || found.every(({ place }) => place < front)) return found;
  return findAmong(tx, runner, { ...options, most, front: most });
}

async function findAmong(
  tx: Tx,
  runner: RunnerIdentity,
  options: ClaimableOptions & { readonly most: number; readonly front: number },
): Promise<readonly Claimable[]> {
  const { except, repoIds, most, front } = options;
  const conditions = [fits(runner), HAS_ROOM];
  if (except.length > 0) conditions.push(sql`stages.id not in (${sql.join([...except])})`);
  if (repoIds !== undefined) conditions.push(sql`stages.repo_id in (${sql.join([...repoIds])})`);
  const fitting = sql.join(conditions, sql` and `);
  // With lists of ids there would be a plan for each length of them.
  const keepsPlan = except.length === 0 && repoIds === undefined ? KEEPS_PLAN : sql``;
  const { rows } = await sql<{ id: number; place: number; is_bounded: number }>`${keepsPlan}
    with recursive held as materialized (
      select repo_id, count(*) as total from stages where ${IS_HELD} group by repo_id),
    busy as materialized (
      select repos.namespace, sum(held.total) as total
      from held inner join repos on repos.id = held.repo_id group by repos.namespace),
    queued as (${QUEUED_REPOS}),
    due as materialized (${locksRows(tx) ? frontByJoin(fitting, front) : frontByList(fitting, front)}),
    shared as materialized (
      select due.*, repos.namespace, repos.priority,
        coalesce(held.total, 0) + due.place as share, coalesce(busy.total, 0) as busy
      from due
      inner join repos on repos.id = due.repo_id
      left join held on held.repo_id = due.repo_id
      left join busy on busy.namespace = repos.namespace
      where due.throttle = 0 or coalesce(held.total, 0) + due.place <= due.throttle),
    turned as (
      select shared.*, busy + row_number() over (
        partition by namespace order by priority desc, share, id) as turn from shared)
    select id, place, case when limit_count = 0 and throttle = 0 then 0 else 1 end as is_bounded
    from turned order by priority desc, share, turn, id limit ${most}`.execute(tx);
  return rows.map(({ id, place, ...row }) => ({ id, place, isBounded: row.is_bounded === 1 }));
}

/** The repositories with stages that are due; goes from one to the next by the index. */
const QUEUED_REPOS = sql`
  select min(stages.repo_id) as repo_id from stages where ${IS_DUE}
  union all
  select (select min(stages.repo_id) from stages where ${IS_DUE} and stages.repo_id > queued.repo_id)
  from queued where queued.repo_id is not null`;

/** The first stages of each repository, with their place in its queue: those behind count as if the first were taken. */
function frontByJoin(fitting: RawBuilder<unknown>, count: number): RawBuilder<unknown> {
  return sql`
    select front.*, queued.repo_id, row_number() over (partition by queued.repo_id order by front.id) as place
    from queued cross join lateral (
      select stages.id, stages.limit_count, stages.throttle from stages
      where stages.repo_id = queued.repo_id and ${IS_DUE} and ${fitting}
      order by stages.id limit ${count}) as front
    where queued.repo_id is not null`;
}

/** As SQLite can do it. */
function frontByList(fitting: RawBuilder<unknown>, count: number): RawBuilder<unknown> {
  return sql`
    select front.id, front.limit_count, front.throttle, front.repo_id,
      row_number() over (partition by front.repo_id order by front.id) as place
    from queued cross join stages as front on front.id in (
      select stages.id from stages
      where stages.repo_id = queued.repo_id and ${IS_DUE} and ${fitting}
      order by stages.id limit ${count})
    where queued.repo_id is not null`;
}

/** Selects of these stages the first ones, in this order, that are still due and that nobody else is just looking at. */
export function stillDue(ids: readonly number[], count: number): RawBuilder<unknown> {
  return sql`
    select stages.id from unnest(${[...ids]}::bigint[]) with ordinality as wanted (id, place)
    inner join stages on stages.id = wanted.id
    where ${IS_STILL_DUE}
    order by wanted.place limit ${count} for update of stages skip locked`;
}

/**
 * On PostgreSQL, lets whoever wants bounded stages wait until the transaction ends. One lock for all repositories: what
 * a claim wants turns out bit by bit, and with a lock for each two claims would wait for each other.
 */
export async function lockBounds(tx: Tx): Promise<void> {
  if (locksRows(tx)) await sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`.execute(tx);
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
