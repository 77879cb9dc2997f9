import type { Template } from '@sortie/core/template';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Db } from './db.ts';
import type { TemplatesTable } from './tables-repos.ts';

export type NewTemplate = Omit<Template, 'id'>;

/** The namespace in any case, the name exactly. */
export interface TemplateKey {
  readonly namespace: string;
  readonly name: string;
}

/** By name; those of every namespace, ordered by namespace first, without one. */
export async function listTemplates(db: Db, namespace?: string): Promise<readonly Template[]> {
  const rows = await db
    .selectFrom('templates')
    .selectAll()
    .$if(namespace !== undefined, (query) => query.where(isNamespace(namespace ?? '')))
    .orderBy(sql`lower(namespace)`)
    .orderBy('name')
    .execute();
  return rows.map(toTemplate);
}

export async function findTemplate(db: Db, key: TemplateKey): Promise<Template | undefined> {
  const row = await db
    .selectFrom('templates')
    .selectAll()
    .where(isNamespace(key.namespace))
    .where('name', '=', key.name)
    .executeTakeFirst();
  return row && toTemplate(row);
}

/** Fails with a duplicate key (`isDuplicateKey`) when the namespace has a template of this name. */
export async function insertTemplate(db: Db, template: NewTemplate): Promise<Template> {
  return toTemplate(
    await db.insertInto('templates').values(template).returningAll().executeTakeFirstOrThrow(),
  );
}

/** The template after the change; `undefined` when there is none. A taken key fails as in `insertTemplate`. */
export async function updateTemplate(
  db: Db,
  key: TemplateKey,
  patch: Partial<Pick<Template, 'namespace' | 'data'>> & Pick<Template, 'updated'>,
): Promise<Template | undefined> {
  const row = await db
    .updateTable('templates')
    .set(patch)
    .where(isNamespace(key.namespace))
    .where('name', '=', key.name)
    .returningAll()
    .executeTakeFirst();
  return row && toTemplate(row);
}

/** False when there is none. */
export async function removeTemplate(db: Db, key: TemplateKey): Promise<boolean> {
  const result = await db
    .deleteFrom('templates')
    .where(isNamespace(key.namespace))
    .where('name', '=', key.name)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

function isNamespace(namespace: string) {
  return sql<boolean>`lower(namespace) = lower(${namespace})`;
}

function toTemplate(row: Selectable<TemplatesTable>): Template {
  const { id, namespace, name, data, created, updated } = row;
  return { id, namespace, name, data, created, updated };
}
