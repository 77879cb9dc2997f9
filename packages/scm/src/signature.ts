import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The HMAC-SHA256 of the message under the key's UTF-8 bytes. */
export function hmacSha256(key: string, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** Whether two byte strings are equal. The time tells nothing about where they differ, nor about their lengths. */
export function isEqualSecret(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(sha256(left), sha256(right));
}

function sha256(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}

/** The 32 bytes of a hex SHA-256 in either case, or undefined for any other text. */
export function hexDigest(value: string): Buffer | undefined {
  return /^[0-9a-fA-F]{64}$/.test(value) ? Buffer.from(value, 'hex') : undefined;
}

/**
 * Whether one of the secrets made this hex HMAC-SHA256. Empty secrets never match, and at least one HMAC is made
 * in any case, so that an unknown repository (no secrets) takes as long as a wrong signature.
 */
export function isHexHmac(signature: string, message: Uint8Array, secrets: readonly string[]): boolean {
  const given = hexDigest(signature);
  const usable = secrets.filter((secret) => secret !== '');
  let isRight = false;
  for (const secret of usable.length === 0 ? ['no secret'] : usable) {
    const isMatch = isEqualSecret(hmacSha256(secret, message), given ?? Buffer.alloc(32));
    isRight = isRight || (isMatch && given !== undefined && usable.length > 0);
  }
  return isRight;
}
