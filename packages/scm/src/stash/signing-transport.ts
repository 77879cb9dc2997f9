import { isScmError } from '../errors.ts';
import type { ScmToken } from '../objects.ts';
import type { ScmRequest, Transport } from '../transport.ts';
import { type OAuth1Signer, oauth1Header } from './oauth1.ts';

/** Pauses between tries in milliseconds. */
const PAUSES = [500, 1_500] as const;
const MAX_PAUSE = 25_000;

/**
 * A transport that signs each request for the token. A signature is good for one request, so repeats are made here,
 * where they can be signed anew, and not below.
 */
export function createSigningTransport(
  transport: Transport,
  deps: { readonly signer: OAuth1Signer; readonly sleep: (duration: number) => Promise<void> },
  token: ScmToken,
): Transport {
  const sendOnce = (request: ScmRequest) => {
    const url = new URL(request.path, transport.base);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const method = request.method ?? 'GET';
    const authorization = oauth1Header(deps.signer, { method, url, token: token.access });
    const headers = { ...request.headers, ...(token.access !== '' && { authorization }) };
    return transport.send({ ...request, headers, tries: 1 });
  };
  return {
    base: transport.base,
    async send(request) {
      if (request.method !== undefined && request.method !== 'GET') return sendOnce(request);
      for (const pause of PAUSES) {
        try {
          return await sendOnce(request);
        } catch (error) {
          if (!isScmError(error, 'unavailable', 'rate-limited')) throw error;
          const asked = ((error.retryAt ?? 0) - deps.signer.now()) * 1000;
          if (asked > MAX_PAUSE) throw error;
          await deps.sleep(Math.max(asked, pause));
        }
      }
      return sendOnce(request);
    },
  };
}
