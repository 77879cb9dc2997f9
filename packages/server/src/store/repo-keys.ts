import type { Db } from './db.ts';

/** Both keys of a repository, sealed; empty text where there is none yet. */
export interface SealedRepoKeys {
  readonly signer: string;
  readonly secret: string;
}

/** `undefined` when there is no such repository. */
export async function findRepoKeys(db: Db, repoId: number): Promise<SealedRepoKeys | undefined> {
  const row = await db
    .selectFrom('repos')
    .select(['signer_sealed', 'secret_sealed'])
    .where('id', '=', repoId)
    .executeTakeFirst();
  return row && { signer: row.signer_sealed, secret: row.secret_sealed };
}

/** Gives the repository each of the keys that it does not have: of two at once one wins, and the other's is dropped. */
export async function fillRepoKeys(db: Db, repoId: number, keys: SealedRepoKeys): Promise<void> {
  const fill = (column: 'signer_sealed' | 'secret_sealed', sealed: string) =>
    db
      .updateTable('repos')
      .set({ [column]: sealed })
      .where('id', '=', repoId)
      .where(column, '=', '')
      .execute();
  await fill('signer_sealed', keys.signer);
  await fill('secret_sealed', keys.secret);
}
