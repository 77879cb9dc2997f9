import type { Status } from '@sortie/core/status';
import { type Selectable, sql } from 'kysely';
import { locksRows, type Tx } from './db.ts';
import { givenRows } from './given-rows.ts';
import { KEEPS_PLAN } from './kept-plan.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';
import type { StagesTable } from './tables-builds.ts';

/** An offered stage and the runner of that name that says it takes it. */
export interface OfferKey {
  readonly stageId: number;
  readonly machine: string;
}

/** An offer with all that decides who may accept it. */
export interface OpenOffer {
  readonly stage: LeasedStage;
  readonly buildStatus: Status;
  readonly repo: { readonly namespace: string; readonly slug: string; readonly isTrusted: boolean };
  readonly tokenId: number;
  readonly poller: string;
  /** False when the poller had never accepted anything. */
  readonly isNamed: boolean;
  /** Whether the registry has the runner that accepts. */
  readonly isKnown: boolean;
  /** The registry still has the poller by the name that stood for it: from now on the one of who accepts. */
  readonly isFirst: boolean;
}

/**
 * Of these offers, each of another stage, the ones that nothing is special about: they are still open, and neither is
 * the runner paused nor has one of ours its name. Until the transaction ends nobody else changes their builds and stages;
 * those that somebody else has locked are left out, so that nobody waits here.
 */
export async function lockPlainOffers(tx: Tx, wanted: readonly OfferKey[]): Promise<readonly OpenOffer[]> {
  const rows = wanted.map(({ stageId, machine }) => ({ stage_id: stageId, runner: machine }));
  const found = await sql<OfferRow>`${KEEPS_PLAN}
    with wanted as (${givenRows(tx, { stage_id: 'bigint', runner: 'text' }, rows)})
    select stages.*, builds.status as build_status, repos.namespace, repos.slug, repos.is_trusted,
      rpc_leases.token_id, rpc_leases.poller, rpc_leases.machine as offered_machine,
      case when known.name is null then 0 else 1 end as is_known,
      case when ${IS_FIRST} then 1 else 0 end as is_first
    from wanted
    inner join stages on stages.id = wanted.stage_id
    inner join builds on builds.id = stages.build_id
    inner join repos on repos.id = stages.repo_id
    inner join rpc_leases on rpc_leases.stage_id = stages.id and rpc_leases.fence = stages.fence
    left join runners as known on known.name = wanted.runner
    left join runners as asked on asked.name = stages.lease_runner
    where stages.status = 'pending' and stages.lease_kind = 'rpc-offer'
      and coalesce(known.version, '') = '' and coalesce(known.is_paused, 0) = 0
      and (asked.is_paused = 0 or not ${IS_FIRST})
    ${locksRows(tx) ? LOCK : sql``}`.execute(tx);
  return found.rows.map((row) => ({
    stage: toLeasedStage(row),
    buildStatus: row.build_status,
    repo: { namespace: row.namespace, slug: row.slug, isTrusted: row.is_trusted === 1 },
    tokenId: row.token_id,
    poller: row.poller,
    isNamed: row.offered_machine !== '',
    isKnown: row.is_known === 1,
    isFirst: row.is_first === 1,
  }));
}

const IS_FIRST = sql`(
  asked.name is not null and rpc_leases.machine = '' and stages.lease_runner <> wanted.runner)`;

/** Builds only against changes: the stages of one may be accepted in several transactions at once. */
const LOCK = sql`for share of builds skip locked for update of stages skip locked`;

type OfferRow = Selectable<StagesTable> & {
  readonly build_status: Status;
  readonly namespace: string;
  readonly slug: string;
  readonly is_trusted: number;
  readonly token_id: number;
  readonly poller: string;
  readonly offered_machine: string;
  readonly is_known: number;
  readonly is_first: number;
};

/** Who accepts an offer that is locked. */
export interface PlainAcceptance extends OfferKey {
  readonly fence: number;
  readonly runnerKey: string;
}

/** The offers become leases of their runners, each under the version that counts up. Returns the stages as they are then. */
export async function acceptPlainOffers(
  tx: Tx,
  acceptances: readonly PlainAcceptance[],
  { nowMs, expiresMs }: { readonly nowMs: number; readonly expiresMs: number },
): Promise<readonly LeasedStage[]> {
  const rows = acceptances.map(({ stageId, fence, machine, runnerKey }) => ({
    stage_id: stageId,
    offered_fence: fence,
    runner: machine,
    runner_key: runnerKey,
  }));
  const accepted = sql`accepted as (${givenRows(tx, ACCEPTED_COLUMNS, rows)})`;
  const noteLeases = sql`
    update rpc_leases set runner_key = accepted.runner_key, machine = accepted.runner,
      accepted_ms = ${nowMs}, signal_ms = ${nowMs}
    from accepted
    where rpc_leases.stage_id = accepted.stage_id and rpc_leases.fence = accepted.offered_fence`;
  // PostgreSQL does both in one statement; SQLite has no way to, and nothing between two statements that costs time.
  if (!locksRows(tx)) await sql`with ${accepted} ${noteLeases}`.execute(tx);
  const noted = locksRows(tx) ? sql`, noted as (${noteLeases})` : sql``;
  const written = await sql<Selectable<StagesTable>>`${KEEPS_PLAN}
    with ${accepted} ${noted}
    update stages set lease_runner = accepted.runner, lease_expires_ms = ${expiresMs}, lease_kind = 'rpc',
      machine = accepted.runner, version = stages.version + 1, updated = ${Math.floor(nowMs / 1000)}
    from accepted
    where stages.id = accepted.stage_id and stages.fence = accepted.offered_fence
    returning *`.execute(tx);
  return written.rows.map(toLeasedStage);
}

const ACCEPTED_COLUMNS = {
  stage_id: 'bigint',
  offered_fence: 'bigint',
  runner: 'text',
  runner_key: 'text',
} as const;
