import type { NodeDetails, RunnerIdentity } from '@sortie/core/runner';
import { type Selectable, sql } from 'kysely';
import { parseStringMap, parseStrings, toFlag, toJson } from './columns.ts';
import { type Db, locksRows } from './db.ts';
import { isDuplicateKey } from './driver-errors.ts';
import { givenRows } from './given-rows.ts';
import { toLabelText } from './stage-rows.ts';
import type { RunnersTable } from './tables-runners.ts';

/** A runner that has asked for work, or a node that somebody has written down. Times are unix seconds. */
export interface RegisteredRunner extends RunnerIdentity {
  /** Unique; in the order of creation. */
  readonly nodeId: number;
  /** 0 when it has never been there. */
  readonly lastContact: number;
  /** When it last asked for work. */
  readonly lastPoll: number;
  /** A paused runner is handed nothing; what it runs goes on. */
  readonly isPaused: boolean;
  /** A protected one cannot be removed. */
  readonly isProtected: boolean;
  readonly details: NodeDetails;
  readonly created: number;
}

export type RunnerDraft = Omit<RegisteredRunner, 'nodeId' | 'lastContact' | 'lastPoll'>;
export type RunnerPatch = Partial<
  Pick<RegisteredRunner, 'capacity' | 'labels' | 'isPaused' | 'isProtected' | 'details'>
>;

/** Notes what a runner says and that it was here; a pause stays. `registrar` is what it counts for from now on. */
export function upsertRunner(db: Db, runner: RunnerIdentity, now: number, registrar = ''): Promise<void> {
  return upsertRunners(db, [runner], now, registrar);
}

/** `upsertRunner` for several in one statement, which locks their rows in the order of their names. */
export async function upsertRunners(
  db: Db,
  runners: readonly RunnerIdentity[],
  now: number,
  registrar: string,
): Promise<void> {
  const rows = runners.map(({ name, types, platform, labels, capacity, version }) => ({
    ...{ name, types: toJson(types), labels: toLabelText(labels), capacity, version, registrar },
    ...{ os: platform.os, arch: platform.arch, variant: platform.variant, os_version: platform.version },
    ...{ last_contact: now, last_poll: now },
  }));
  const columns = Object.keys(NOTED_COLUMNS).map((name) => sql.ref(name));
  const changes = columns.map((column) => sql`${column} = excluded.${column}`);
  await retryNumber(() =>
    sql`
      insert into runners (${sql.join(columns)}, created, node_id)
      select ${sql.join(columns)}, last_contact, ${LAST_NODE_ID} + row_number() over (order by name)
      from (${givenRows(db, NOTED_COLUMNS, rows)}) as given where true
      on conflict (name) do update set ${sql.join(changes)}`.execute(db),
  );
}

const NOTED_COLUMNS = {
  ...({ name: 'text', types: 'text', labels: 'text', version: 'text', registrar: 'text' } as const),
  ...({ os: 'text', arch: 'text', variant: 'text', os_version: 'text' } as const),
  ...({ capacity: 'bigint', last_contact: 'bigint', last_poll: 'bigint' } as const),
};
const LAST_NODE_ID = sql<number>`(select coalesce(max(node_id), 0) from runners)`;
/** Two new runners may have seen the same number free; each loss means that another one won. */
const MAX_TRIES = 8;

async function retryNumber<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= MAX_TRIES || !isDuplicateKey(error)) throw error;
    }
  }
}

/** Writes down a node that has not asked for work; `undefined` when the name is taken. */
export async function insertRunner(db: Db, draft: RunnerDraft): Promise<RegisteredRunner | undefined> {
  const { platform } = draft;
  const values = {
    name: draft.name,
    types: toJson(draft.types),
    os: platform.os,
    arch: platform.arch,
    variant: platform.variant,
    os_version: platform.version,
    labels: toLabelText(draft.labels),
    capacity: draft.capacity,
    version: draft.version,
    last_contact: 0,
    is_paused: toFlag(draft.isPaused),
    is_protected: toFlag(draft.isProtected),
    details: JSON.stringify(draft.details),
    created: draft.created,
    node_id: sql<number>`${LAST_NODE_ID} + 1`,
  };
  return retryNumber(async () => {
    const row = await db
      .insertInto('runners')
      .values(values)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
    return row && toRunner(row);
  });
}

/** The runner after the change; `undefined` when there is none. Its labels and capacity are its own again when it asks for work. */
export async function updateRunner(
  db: Db,
  name: string,
  patch: RunnerPatch,
): Promise<RegisteredRunner | undefined> {
  const row = await db
    .updateTable('runners')
    .set({
      capacity: patch.capacity,
      labels: patch.labels && toLabelText(patch.labels),
      is_paused: toFlag(patch.isPaused),
      is_protected: toFlag(patch.isProtected),
      details: patch.details && JSON.stringify(patch.details),
      // Never an empty statement; the name is what it is.
      name,
    })
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirst();
  return row && toRunner(row);
}

/** False when there is none, or it is protected. What it runs goes on; if it asks for work it is there again. */
export async function removeRunner(db: Db, name: string): Promise<boolean> {
  const result = await db
    .deleteFrom('runners')
    .where('name', '=', name)
    .where('is_protected', '=', 0)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Any number that no other lock has. */
const REGISTRY_LOCK = 7_355_611;

/** On PostgreSQL, lets whoever else brings a name into the registry wait until the transaction ends. */
export async function lockRegistry(db: Db): Promise<void> {
  if (locksRows(db)) await sql`select pg_advisory_xact_lock(${REGISTRY_LOCK})`.execute(db);
}

/** Gives a runner the name that it turns out to have; the row goes when there is one of that name already. */
export async function renameRunner(db: Db, from: string, to: string): Promise<void> {
  // Two machines may turn out to have one name at the same moment.
  await lockRegistry(db);
  const known = await findRunner(db, to);
  if (known === undefined)
    await db.updateTable('runners').set({ name: to }).where('name', '=', from).execute();
  else await db.deleteFrom('runners').where('name', '=', from).execute();
}

/** Notes that a runner was here. */
export function touchRunner(db: Db, name: string, now: number): Promise<void> {
  return touchRunners(db, [name], now);
}

/** Notes that these were here; at most a few hundred. */
export async function touchRunners(db: Db, names: readonly string[], now: number): Promise<void> {
  await db
    .updateTable('runners')
    .set({ last_contact: now })
    .where('name', 'in', (eb) =>
      eb
        .selectFrom('runners')
        .select('name')
        .where('name', 'in', names)
        // Whoever has locked one is just noting the same, and two who wait would wait for each other.
        .$if(locksRows(db), (query) => query.forUpdate().skipLocked()),
    )
    .execute();
}

/** By name. */
export async function listRunners(db: Db): Promise<readonly RegisteredRunner[]> {
  return (await db.selectFrom('runners').selectAll().orderBy('name').execute()).map(toRunner);
}

export async function findRunner(db: Db, name: string): Promise<RegisteredRunner | undefined> {
  const row = await db.selectFrom('runners').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toRunner(row);
}

/** False when there is no such runner. */
export async function pauseRunner(db: Db, name: string, isPaused: boolean): Promise<boolean> {
  const result = await db
    .updateTable('runners')
    .set({ is_paused: toFlag(isPaused) })
    .where('name', '=', name)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function toDetails(text: string): NodeDetails {
  const given = parseStringMap(text);
  const { filters } = text === '' ? {} : (JSON.parse(text) as { filters?: unknown });
  return {
    uid: given.uid ?? '',
    provider: given.provider ?? '',
    state: given.state ?? '',
    image: given.image ?? '',
    region: given.region ?? '',
    size: given.size ?? '',
    address: given.address ?? '',
    filters: Array.isArray(filters) ? filters.filter((item) => typeof item === 'string') : [],
    error: given.error ?? '',
    caCert: given.caCert ?? '',
    tlsCert: given.tlsCert ?? '',
    tlsName: given.tlsName ?? '',
    caKeySealed: given.caKeySealed ?? '',
    tlsKeySealed: given.tlsKeySealed ?? '',
  };
}

function toRunner(row: Selectable<RunnersTable>): RegisteredRunner {
  return {
    nodeId: row.node_id,
    name: row.name,
    types: parseStrings(row.types),
    platform: { os: row.os, arch: row.arch, variant: row.variant, version: row.os_version },
    labels: parseStringMap(row.labels),
    capacity: row.capacity,
    version: row.version,
    lastContact: row.last_contact,
    lastPoll: row.last_poll,
    isPaused: row.is_paused === 1,
    isProtected: row.is_protected === 1,
    details: toDetails(row.details),
    created: row.created,
  };
}
