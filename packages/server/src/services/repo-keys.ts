import { randomInt } from 'node:crypto';
import type { Sealer } from '../seal/sealer.ts';
import type { Db } from '../store/db.ts';
import { fillRepoKeys, findRepoKeys, replaceRepoSigner } from '../store/repo-keys.ts';

export interface RepoKeyDeps {
  readonly db: Db;
  readonly sealer: Sealer;
}

/** Drone's keys: 32 letters and digits, used as bytes for HMAC-SHA256 and AES-256 (config-extensions-ops.md 3.4). */
const KEY_CHARACTERS = 32;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Makes the keys that the repository does not have yet: `signer` for its webhooks, `secret` to sign and encrypt with.
 * Two at once agree on one. `db` may be a transaction.
 */
export async function ensureRepoKeys({ db, sealer }: RepoKeyDeps, repoId: number): Promise<void> {
  const keys = await findRepoKeys(db, repoId);
  if (keys === undefined || (keys.signer !== '' && keys.secret !== '')) return;
  await fillRepoKeys(db, repoId, {
    signer: sealer.seal(newKey(), signerPlace(repoId)),
    secret: sealer.seal(newKey(), secretPlace(repoId)),
  });
}

/** The key that signs and encrypts for the repository; empty when it has none. */
export async function openRepoSecret({ db, sealer }: RepoKeyDeps, repoId: number): Promise<string> {
  const sealed = (await findRepoKeys(db, repoId))?.secret ?? '';
  return sealed === '' ? '' : sealer.open(sealed, secretPlace(repoId));
}

/** The secret of the webhooks of the repository; empty when it has none. */
export async function openRepoSigner({ db, sealer }: RepoKeyDeps, repoId: number): Promise<string> {
  const sealed = (await findRepoKeys(db, repoId))?.signer ?? '';
  return sealed === '' ? '' : sealer.open(sealed, signerPlace(repoId));
}

/** As `openRepoSecret`, made at its first use: repositories that a push created were never activated. */
export async function requireRepoSecret(deps: RepoKeyDeps, repoId: number): Promise<string> {
  const known = await openRepoSecret(deps, repoId);
  if (known !== '') return known;
  await ensureRepoKeys(deps, repoId);
  return openRepoSecret(deps, repoId);
}

/**
 * Gives the webhooks of the repository a new secret; the one before is accepted until `expires` (unix seconds). Returns
 * what takes the change back, for when the service does not take it.
 */
export async function rotateRepoSigner(
  { db, sealer }: RepoKeyDeps,
  repoId: number,
  expires: number,
): Promise<() => Promise<void>> {
  const before = (await findRepoKeys(db, repoId))?.signer ?? '';
  const old = before === '' ? '' : sealer.open(before, signerPlace(repoId));
  const previous = old === '' ? '' : sealer.seal(old, previousSignerPlace(repoId));
  const signer = sealer.seal(newKey(), signerPlace(repoId));
  await replaceRepoSigner(db, repoId, { from: before, signer, previous, expires });
  return () => replaceRepoSigner(db, repoId, { from: signer, signer: before, previous: '', expires: 0 });
}

/** Where the column is, for the sealer. */
export function signerPlace(repoId: number): string {
  return `repos.signer_sealed:${repoId}`;
}

/** Where the column is, for the sealer. */
export function secretPlace(repoId: number): string {
  return `repos.secret_sealed:${repoId}`;
}

/** Where the secret before the last rotation is, for the sealer. */
export function previousSignerPlace(repoId: number): string {
  return `repos.previous_signer_sealed:${repoId}`;
}

function newKey(): string {
  const characters = Array.from({ length: KEY_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return characters.join('');
}
