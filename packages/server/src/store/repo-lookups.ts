import type { Repo } from '@sortie/core/repo';
import { sql } from 'kysely';
import type { Db, Tx } from './db.ts';
import { readMeta, removeMeta, writeMeta } from './meta.ts';
import { toRepo } from './repo-rows.ts';

/** Two slugs that differ in upper and lower case only are the same repository at every Git service. */
export async function findRepoBySlugInAnyCase(db: Db, slug: string): Promise<Repo | undefined> {
  const row = await db
    .selectFrom('repos')
    .selectAll()
    .where(sql`lower(slug)`, '=', slug.toLowerCase())
    .orderBy('id')
    .executeTakeFirst();
  return row && toRepo(row);
}

/** Those of the connection that have one of these uids, by uid. */
export async function findReposByUids(
  db: Db,
  connectionId: number,
  uids: readonly string[],
): Promise<ReadonlyMap<string, Repo>> {
  const found = new Map<string, Repo>();
  for (let from = 0; from < uids.length; from += UIDS_PER_QUERY) {
    const rows = await db
      .selectFrom('repos')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('uid', 'in', uids.slice(from, from + UIDS_PER_QUERY))
      .execute();
    for (const row of rows) found.set(row.uid, toRepo(row));
  }
  return found;
}

/** Databases bound the number of parameters of one query. */
const UIDS_PER_QUERY = 500;

/** A repository of the connection that belongs neither to the login nor to what it was shown (uids); the newest one. */
export async function findForeignRepo(
  db: Db,
  place: { readonly connectionId: number; readonly login: string; readonly shown: ReadonlySet<string> },
): Promise<Repo | undefined> {
  const rows = await db
    .selectFrom('repos')
    .select(['id', 'uid'])
    .where('connection_id', '=', place.connectionId)
    .where('missing_count', '=', 0)
    .where(sql`lower(namespace)`, '<>', place.login.toLowerCase())
    .orderBy('id', 'desc')
    .execute();
  const id = rows.find((row) => !place.shown.has(row.uid))?.id;
  if (id === undefined) return undefined;
  return toRepo(await db.selectFrom('repos').selectAll().where('id', '=', id).executeTakeFirstOrThrow());
}

/** Ids of the connections that have repositories in a namespace, whatever its case. */
export async function listConnectionsOfNamespace(db: Db, namespace: string): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('repos')
    .select('connection_id')
    .distinct()
    .where(sql`lower(namespace)`, '=', namespace.toLowerCase())
    .execute();
  return rows.map((row) => row.connection_id);
}

/**
 * Whether what belongs to the namespace of a repository, such as its secrets, is for this repository too. Anybody can make an
 * organisation of the same name at another Git service, so it is for the connection that had repositories in it first: as
 * `keepNamespace` has noted, or that of the oldest repository.
 */
export async function isOfNamespace(
  db: Db,
  { namespace, connectionId }: Pick<Repo, 'namespace' | 'connectionId'>,
): Promise<boolean> {
  const noted = await readMeta(db, holderKey(namespace));
  const holder = noted === undefined ? await findFirstConnection(db, namespace) : Number(noted);
  return holder === undefined || holder === connectionId;
}

/**
 * To be called before a repository moves into a namespace: one that is older than all that are there must not make its
 * connection the first. An organisation can be renamed to the name of another one at another Git service.
 */
export async function keepNamespace(tx: Tx, namespace: string): Promise<void> {
  const key = holderKey(namespace);
  if ((await readMeta(tx, key)) !== undefined) return;
  const holder = await findFirstConnection(tx, namespace);
  if (holder !== undefined) await writeMeta(tx, key, String(holder));
}

/**
 * To be called when a repository leaves a namespace, for good or for another one. When it was the last one, whoever takes the
 * name at another Git service must not get what belongs to it.
 */
export async function keepLeftNamespace(tx: Tx, namespace: string): Promise<void> {
  if (await hasBelongings(tx, namespace)) await keepNamespace(tx, namespace);
}

/**
 * To be called before a secret or template of a namespace is made: it is for the connection that has the namespace now, also
 * when all repositories of that are gone one day. While nothing belongs to a namespace, a connection that has no
 * repositories in it any more is forgotten.
 */
export async function settleNamespace(tx: Tx, namespace: string): Promise<void> {
  const key = holderKey(namespace);
  const noted = await readMeta(tx, key);
  if (noted !== undefined && !(await hasBelongings(tx, namespace))) {
    const used = await listConnectionsOfNamespace(tx, namespace);
    if (!used.includes(Number(noted))) await removeMeta(tx, key);
  }
  await keepNamespace(tx, namespace);
}

/** Whether secrets or templates belong to it. */
async function hasBelongings(db: Db, namespace: string): Promise<boolean> {
  for (const table of ['secrets', 'templates'] as const) {
    const row = await db
      .selectFrom(table)
      .select('id')
      .where(sql`lower(namespace)`, '=', namespace.toLowerCase())
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

function holderKey(namespace: string): string {
  return `namespace-holder:${namespace.toLowerCase()}`;
}

async function findFirstConnection(db: Db, namespace: string): Promise<number | undefined> {
  const first = await db
    .selectFrom('repos')
    .select('connection_id')
    .where(sql`lower(namespace)`, '=', namespace.toLowerCase())
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return first?.connection_id;
}
