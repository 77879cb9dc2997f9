import { createCipheriv, createDecipheriv } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The text of an encrypted secret document (pipeline.md 2.6): base64 of nonce, AES-256-GCM ciphertext and tag under
 * the key of the repository. `undefined` when the text is damaged or belongs to another key.
 */
export function decryptSecret(data: string, key: string): string | undefined {
  const keyBytes = Buffer.from(key, 'utf8');
  const bytes = Buffer.from(data.replace(/\s/g, ''), 'base64');
  if (keyBytes.length !== KEY_BYTES || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, keyBytes, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (error) {
    // The library has no code for a tag that does not fit, and nothing else can fail here.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/**
 * Encrypts a secret for a document of kind `secret`. `key` is 32 bytes; `nonce` is 12 bytes that were never used with
 * this key before.
 */
export function encryptSecret(text: string, key: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(CIPHER, Buffer.from(key, 'utf8'), nonce, { authTagLength: TAG_BYTES });
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64');
}
