import { createHmac } from 'node:crypto';
import type { OpenedWebhook, VerifiedWebhook } from '../hook-event.ts';
import { isEqualSecret, isHexHmac } from '../signature.ts';

/** Whether the value is `sha256=` and the hex HMAC of the bytes with one of the secrets. */
export function isHubSignature(value: string, bytes: Uint8Array, secrets: readonly string[]): boolean {
  return isHexHmac(value.startsWith('sha256=') ? value.slice('sha256='.length) : '', bytes, secrets);
}

/** The same with `sha1=`, which only old GitHub Enterprise Servers need. */
export function isSha1HubSignature(value: string, bytes: Uint8Array, secrets: readonly string[]): boolean {
  const given = value.toLowerCase();
  const matches = secrets.map((secret) => {
    const expected = createHmac('sha1', secret).update(bytes).digest('hex');
    return isEqualSecret(`sha1=${expected}`, given) && secret !== '';
  });
  return matches.includes(true);
}

/** Whether the text is one of the secrets, in a time that tells nothing about them. */
export function isSharedSecret(value: string, secrets: readonly string[]): boolean {
  const matches = secrets.map((secret) => isEqualSecret(secret, value) && secret !== '');
  return matches.includes(true);
}

/** Marks a webhook as verified. Called by the verifiers of the services and nobody else. */
export function verifiedIf(isRight: boolean, opened: OpenedWebhook): VerifiedWebhook | undefined {
  // The mark exists in the type only.
  return isRight ? (opened as VerifiedWebhook) : undefined;
}
