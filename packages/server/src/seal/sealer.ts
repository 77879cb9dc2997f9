import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '@sortie/core/errors';

/** Keeps values unreadable in the database, so that a copy of it alone gives nothing away (scm.md X17). */
export interface Sealer {
  /** Names the key that seals. */
  readonly keyId: string;
  /** `place` is table, column and row, for example `secrets.sealed:17`: a value moved elsewhere does not open. */
  seal(text: string, place: string): string;
  /** Throws `database-key` when the value was sealed by a key that is not known, or has been changed or moved. */
  open(sealed: string, place: string): string;
  /** True when a value was sealed by another key than the present one. */
  isOld(sealed: string): boolean;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Version 1: AES-256-GCM; key id, then nonce, ciphertext and tag in base64url. */
const SEALED = /^v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/;

/** The first key seals; all of them open. Each has 32 bytes. */
export function createSealer(keys: readonly [Buffer, ...Buffer[]]): Sealer {
  const known = new Map(keys.map((key) => [keyIdOf(key), key]));
  const [current] = keys;
  const keyId = keyIdOf(current);
  return {
    keyId,
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `v1.${keyId}.${sealed.toString('base64url')}`;
    },
    open(sealed, place) {
      const [, id = '', payload = ''] = SEALED.exec(sealed) ?? [];
      const key = known.get(id);
      if (key === undefined) throw unknownKey(id);
      const bytes = Buffer.from(payload, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (error) {
        throw new AppError('database-key', `The encrypted value at ${place} has been changed or moved.`, {
          hint: 'Restore it from a backup, or write the value anew.',
          cause: error,
        });
      }
    },
    isOld: (sealed) => SEALED.exec(sealed)?.[1] !== keyId,
  };
}

/** True for what `seal` returns, whatever the key. */
export function isSealed(text: string): boolean {
  return SEALED.test(text);
}

/** Which key it is, without saying anything about it. */
export function keyIdOf(key: Buffer): string {
  if (key.length !== KEY_BYTES) throw new TypeError(`a key has ${KEY_BYTES} bytes`);
  return createHash('sha256').update('sortie key id ').update(key).digest('hex').slice(0, 8);
}

function unknownKey(id: string): AppError {
  return new AppError('database-key', `No key ${id === '' ? '' : `${id} `}is known for an encrypted value.`, {
    hint: 'Give the key that was used in DRONE_DATABASE_SECRET or SORTIE_DATABASE_SECRET_PREVIOUS.',
  });
}
