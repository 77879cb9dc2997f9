import type { Repo } from '@sortie/core/repo';
import type { Db } from './db.ts';

/** What is needed to choose among all repositories. */
export type RepoPlace = Pick<Repo, 'id' | 'slug' | 'namespace' | 'visibility'>;

/** Every repository, by slug; a few short columns of each, so that patterns can be matched against all of them. */
export async function listRepoPlaces(db: Db): Promise<readonly RepoPlace[]> {
  const rows = await db
    .selectFrom('repos')
    .select(['id', 'slug', 'namespace', 'visibility'])
    .orderBy('slug')
    .execute();
  return rows.map(({ id, slug, namespace, visibility }) => ({ id, slug, namespace, visibility }));
}

/** Where a secret of this very name is. */
export interface SecretPlaces {
  readonly repoIds: ReadonlySet<number>;
  /** In order; `GLOBAL_NAMESPACE` stands for the server. */
  readonly namespaces: readonly string[];
}

export async function findSecretPlaces(db: Db, name: string): Promise<SecretPlaces> {
  const rows = await db
    .selectFrom('secrets')
    .select(['repo_id', 'namespace'])
    .where('name', '=', name)
    .orderBy('namespace')
    .execute();
  return {
    repoIds: new Set(rows.flatMap((row) => (row.repo_id === null ? [] : [row.repo_id]))),
    namespaces: rows.flatMap((row) => (row.repo_id === null ? [row.namespace] : [])),
  };
}
