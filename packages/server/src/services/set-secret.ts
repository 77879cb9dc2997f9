import { AppError } from '@sortie/core/errors';
import {
  isSecretName,
  type LegacySecretRules,
  MAX_SECRET_BYTES,
  matchesAny,
  type Secret,
} from '@sortie/core/secret';
import type { Sealer } from '../seal/sealer.ts';
import { type Db, inTransaction } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { settleNamespace } from '../store/repo-lookups.ts';
import { findSecret, insertSecret, type SecretHome, type SecretKey, updateSecret } from '../store/secrets.ts';

export interface SetSecretDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  /** Unix seconds. */
  readonly now: () => number;
}

export interface SecretDraft {
  readonly name: string;
  readonly value: string;
  readonly allowsPullRequests: boolean;
  readonly allowsPullRequestPushes: boolean;
}

/** What is `undefined` stays as it is. */
export type SecretChange = Partial<Omit<SecretDraft, 'name'>>;

/**
 * A new secret. Throws `secret-invalid` for a name or value that cannot be used, `already-exists` for a name that is
 * taken.
 */
export async function createSecret(
  deps: SetSecretDeps,
  home: SecretHome,
  draft: SecretDraft,
): Promise<Secret> {
  requireSecretName(draft.name);
  requireSecretValue(draft.value);
  const { name, value, allowsPullRequests, allowsPullRequestPushes } = draft;
  const sealed = deps.sealer.seal(value, secretPlaceOf({ ...home, name }));
  const rules = { allowsPullRequests, allowsPullRequestPushes, legacy: undefined };
  try {
    return await insertOne(deps.db, home, { name, sealed, ...rules, created: deps.now() });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw new AppError('already-exists', `There is a secret called ${JSON.stringify(name)} already.`, {
      hint: 'Change that one, or take another name.',
      cause: error,
    });
  }
}

/** The secret after the change; `undefined` when there is none. Throws `secret-invalid`. */
export async function changeSecret(
  deps: SetSecretDeps,
  key: SecretKey,
  change: SecretChange,
): Promise<Secret | undefined> {
  const { value, ...flags } = change;
  if (value !== undefined) requireSecretValue(value);
  return inTransaction(deps.db, async (tx) => {
    const known = await findSecret(tx, key);
    if (known === undefined) return undefined;
    const sealed = value === undefined ? undefined : deps.sealer.seal(value, secretPlaceOf(key));
    const legacy = known.legacy && admitPullRequests(known.legacy, flags.allowsPullRequests);
    return updateSecret(tx, key, { sealed, ...flags, legacy, updated: deps.now() });
  });
}

/**
 * The upsert of the 0.5 API: replaces value and rules of the secret, or makes it. The value may be empty. Throws
 * `secret-invalid`.
 */
export async function putLegacySecret(
  deps: SetSecretDeps,
  home: SecretHome,
  draft: { readonly name: string; readonly value: string; readonly rules: LegacySecretRules },
): Promise<Secret> {
  const { name, value, rules: legacy } = draft;
  requireSecretName(name);
  if (value !== '') requireSecretValue(value);
  const sealed = deps.sealer.seal(value, secretPlaceOf({ ...home, name }));
  const allowsPullRequests = matchesAny(legacy.events, 'pull_request');
  const now = deps.now();
  for (;;) {
    const changed = await updateSecret(
      deps.db,
      { ...home, name },
      { sealed, allowsPullRequests, legacy, updated: now },
    );
    if (changed !== undefined) return changed;
    const rules = { allowsPullRequests, allowsPullRequestPushes: false, legacy };
    try {
      return await insertOne(deps.db, home, { name, sealed, ...rules, created: now });
    } catch (error) {
      // Somebody made it meanwhile, so that it can be changed now.
      if (!isDuplicateKey(error)) throw error;
    }
  }
}

function insertOne(db: Db, home: SecretHome, secret: Parameters<typeof insertSecret>[2]): Promise<Secret> {
  if (!('namespace' in home)) return insertSecret(db, home, secret);
  return inTransaction(db, async (tx) => {
    await settleNamespace(tx, home.namespace);
    return insertSecret(tx, home, secret);
  });
}

/** Where the value of a secret is, for the sealer. The case of a namespace does not count. */
export function secretPlaceOf(key: SecretKey): string {
  const home = 'repoId' in key ? `repo/${key.repoId}` : `org/${key.namespace.toLowerCase()}`;
  return `secrets.sealed:${home}:${key.name}`;
}

/** Throws `secret-invalid` for a name that no secret can have. */
export function requireSecretName(name: string): void {
  if (isSecretName(name)) return;
  throw new AppError('secret-invalid', 'Invalid Secret Name', {
    hint: 'Use 1 to 500 letters (A to Z), digits, "-", "_" and ".".',
  });
}

/** Throws `secret-invalid` for a value that cannot be a secret. */
export function requireSecretValue(value: string): void {
  const hint = complaintAbout(value);
  if (hint !== undefined) throw new AppError('secret-invalid', 'Invalid Secret Value', { hint });
}

function complaintAbout(value: string): string | undefined {
  if (value === '') return 'Give the value as "data"; it cannot be empty.';
  if (value.includes('\0')) return 'The value holds a NUL character, which no variable can.';
  if (!value.isWellFormed()) return 'The value holds half of a character, which cannot be written as UTF-8.';
  if (Buffer.byteLength(value) > MAX_SECRET_BYTES)
    return `The value is longer than ${MAX_SECRET_BYTES} bytes.`;
  return undefined;
}

/** Version 1 knows one switch; a 0.5 secret that gets it switched on must name the event too. */
function admitPullRequests(rules: LegacySecretRules, isAllowed: boolean | undefined): LegacySecretRules {
  if (isAllowed !== true || matchesAny(rules.events, 'pull_request')) return rules;
  return { ...rules, events: [...rules.events, 'pull_request'] };
}
