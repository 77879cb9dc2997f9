import { AppError } from '@sortie/core/errors';
import { sql } from 'kysely';
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

/** Sealed, both of them; `from` is the signer that is replaced. */
export interface SignerChange {
  readonly from: string;
  readonly signer: string;
  readonly previous: string;
  /** Unix seconds until which the previous one is accepted. */
  readonly expires: number;
}

/** Replaces the secret of the webhooks. Throws `conflict` when another one than `from` is there. */
export async function replaceRepoSigner(db: Db, repoId: number, change: SignerChange): Promise<void> {
  const result = await db
    .updateTable('repos')
    .set({
      signer_sealed: change.signer,
      previous_signer_sealed: change.previous,
      previous_signer_expires: change.expires,
    })
    .where('id', '=', repoId)
    .where('signer_sealed', '=', change.from)
    .executeTakeFirst();
  if (result.numUpdatedRows > 0n) return;
  throw new AppError('conflict', 'The secret of the webhooks is being changed by somebody else.', {
    hint: 'Repeat the call.',
  });
}

/** A rotation whose previous secret is not accepted any more since `expires` (unix seconds). */
export interface EndedRotation {
  readonly repoId: number;
  readonly expires: number;
}

/**
 * Repositories whose previous secret has had its time; their older hooks may still be there. In any order: those that a
 * service refuses for good would otherwise stand in the way of the others.
 */
export async function listEndedRotations(
  db: Db,
  now: number,
  limit: number,
): Promise<readonly EndedRotation[]> {
  const rows = await db
    .selectFrom('repos')
    .select(['id', 'previous_signer_expires'])
    .where('previous_signer_expires', '>', 0)
    .where('previous_signer_expires', '<=', now)
    .orderBy(sql`random()`)
    .limit(limit)
    .execute();
  return rows.map((row) => ({ repoId: row.id, expires: row.previous_signer_expires }));
}

/** Forgets the previous secret; with `keepsDate` the rotation still counts as unfinished. */
export async function forgetPreviousSigner(
  db: Db,
  repoId: number,
  { now, keepsDate }: { readonly now: number; readonly keepsDate: boolean },
): Promise<void> {
  await db
    .updateTable('repos')
    .set({ previous_signer_sealed: '', ...(keepsDate ? {} : { previous_signer_expires: 0 }) })
    .where('id', '=', repoId)
    .where('previous_signer_expires', '<=', now)
    .execute();
}
