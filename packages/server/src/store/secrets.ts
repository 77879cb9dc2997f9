import type { LegacySecretRules, Secret } from '@sortie/core/secret';
import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import { toFlag } from './columns.ts';
import type { Db } from './db.ts';
import type { Schema } from './schema.ts';
import type { SecretsTable } from './tables-repos.ts';

/** Where a secret lives: in a repository, or in a namespace (whose case does not count). */
export type SecretHome = { readonly repoId: number } | { readonly namespace: string };

export type SecretKey = SecretHome & { readonly name: string };

/** A secret with its value as it is stored. */
export interface SealedSecret extends Secret {
  readonly sealed: string;
}

export interface NewSecret {
  readonly name: string;
  readonly sealed: string;
  readonly allowsPullRequests: boolean;
  readonly allowsPullRequestPushes: boolean;
  readonly legacy: LegacySecretRules | undefined;
  /** Unix seconds. */
  readonly created: number;
}

/** What is `undefined` stays as it is. */
export interface SecretPatch {
  readonly sealed?: string;
  readonly allowsPullRequests?: boolean;
  readonly allowsPullRequestPushes?: boolean;
  readonly legacy?: LegacySecretRules;
  /** Unix seconds. */
  readonly updated: number;
}

/** By name. */
export async function listSecrets(db: Db, home: SecretHome): Promise<readonly Secret[]> {
  const rows = await db.selectFrom('secrets').selectAll().where(isIn(home)).orderBy('name').execute();
  return rows.map(toSecret);
}

/** Those of every namespace, by name and then by namespace. */
export async function listNamespaceSecrets(db: Db): Promise<readonly Secret[]> {
  const rows = await db
    .selectFrom('secrets')
    .selectAll()
    .where('repo_id', 'is', null)
    .orderBy('name')
    .orderBy(sql`lower(namespace)`)
    .execute();
  return rows.map(toSecret);
}

/** Those whose name is among `names`, compared without regard to case, by id. */
export async function listSealedSecrets(
  db: Db,
  home: SecretHome,
  names: readonly string[],
): Promise<readonly SealedSecret[]> {
  if (names.length === 0) return [];
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const rows = await db.selectFrom('secrets').selectAll().where(isIn(home)).orderBy('id').execute();
  return rows.filter((row) => wanted.has(row.name.toLowerCase())).map(toSealed);
}

/** The name is compared exactly. */
export async function findSecret(db: Db, key: SecretKey): Promise<SealedSecret | undefined> {
  const row = await db
    .selectFrom('secrets')
    .selectAll()
    .where(isIn(key))
    .where('name', '=', key.name)
    .executeTakeFirst();
  return row && toSealed(row);
}

/** Fails with a duplicate key (`isDuplicateKey`) when the name is taken. */
export async function insertSecret(db: Db, home: SecretHome, secret: NewSecret): Promise<Secret> {
  const row = await db
    .insertInto('secrets')
    .values({
      repo_id: 'repoId' in home ? home.repoId : null,
      namespace: 'repoId' in home ? '' : home.namespace,
      name: secret.name,
      sealed: secret.sealed,
      allows_pull_requests: toFlag(secret.allowsPullRequests),
      allows_pull_request_pushes: toFlag(secret.allowsPullRequestPushes),
      legacy: secret.legacy === undefined ? '' : JSON.stringify(secret.legacy),
      created: secret.created,
      updated: secret.created,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toSecret(row);
}

/** The secret after the change; `undefined` when there is none. */
export async function updateSecret(db: Db, key: SecretKey, patch: SecretPatch): Promise<Secret | undefined> {
  const row = await db
    .updateTable('secrets')
    .set({
      sealed: patch.sealed,
      allows_pull_requests: toFlag(patch.allowsPullRequests),
      allows_pull_request_pushes: toFlag(patch.allowsPullRequestPushes),
      legacy: patch.legacy && JSON.stringify(patch.legacy),
      updated: patch.updated,
    })
    .where(isIn(key))
    .where('name', '=', key.name)
    .returningAll()
    .executeTakeFirst();
  return row && toSecret(row);
}

/** False when there is none. */
export async function removeSecret(db: Db, key: SecretKey): Promise<boolean> {
  const result = await db
    .deleteFrom('secrets')
    .where(isIn(key))
    .where('name', '=', key.name)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

function isIn(home: SecretHome) {
  return (eb: ExpressionBuilder<Schema, 'secrets'>) => {
    if ('repoId' in home) return eb('repo_id', '=', home.repoId);
    return eb.and([eb('repo_id', 'is', null), sql<boolean>`lower(namespace) = lower(${home.namespace})`]);
  };
}

function toSealed(row: Selectable<SecretsTable>): SealedSecret {
  return { ...toSecret(row), sealed: row.sealed };
}

function toSecret(row: Selectable<SecretsTable>): Secret {
  return {
    id: row.id,
    repoId: row.repo_id ?? 0,
    namespace: row.namespace,
    name: row.name,
    allowsPullRequests: row.allows_pull_requests === 1,
    allowsPullRequestPushes: row.allows_pull_request_pushes === 1,
    legacy: row.legacy === '' ? undefined : toLegacyRules(JSON.parse(row.legacy)),
    created: row.created,
    updated: row.updated,
  };
}

/** The column holds what `insertSecret` wrote; whatever else stands there restricts to nothing. */
function toLegacyRules(value: unknown): LegacySecretRules {
  const rules = typeof value === 'object' && value !== null ? { ...value } : {};
  const list = (item: unknown) =>
    Array.isArray(item) ? item.filter((text) => typeof text === 'string') : [];
  const at = (key: string): unknown => Object.entries(rules).find(([name]) => name === key)?.[1];
  return {
    images: list(at('images')),
    events: list(at('events')),
    skipVerify: at('skipVerify') === true,
    conceal: at('conceal') === true,
  };
}
