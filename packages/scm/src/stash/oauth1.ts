import { createSign, type KeyObject } from 'node:crypto';

export interface OAuth1Signer {
  readonly consumerKey: string;
  readonly privateKey: KeyObject;
  /** Unix seconds. */
  now(): number;
  nonce(): string;
}

export interface OAuth1Request {
  readonly method: string;
  /** With its query, which is signed too. */
  readonly url: URL;
  /** Empty before there is one. */
  readonly token: string;
  /** `oauth_callback` or `oauth_verifier`, when the request is part of the sign-in. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** The `Authorization` header of a request that is signed with RSA-SHA1 (RFC 5849 section 3.4). */
export function oauth1Header(signer: OAuth1Signer, request: OAuth1Request): string {
  const parameters: Record<string, string> = {
    oauth_consumer_key: signer.consumerKey,
    oauth_nonce: signer.nonce(),
    oauth_signature_method: 'RSA-SHA1',
    oauth_timestamp: String(signer.now()),
    oauth_version: '1.0',
    ...(request.token !== '' && { oauth_token: request.token }),
    ...request.extra,
  };
  const base = signatureBase(request.method, request.url, parameters);
  const signature = createSign('RSA-SHA1').update(base).sign(signer.privateKey, 'base64');
  const fields = Object.entries({ ...parameters, oauth_signature: signature });
  return `OAuth ${fields.map(([name, value]) => `${name}="${encode(value)}"`).join(', ')}`;
}

/** What is signed: method, address without query, and all parameters in order (RFC 5849 section 3.4.1). */
export function signatureBase(
  method: string,
  url: URL,
  parameters: Readonly<Record<string, string>>,
): string {
  const pairs = [...url.searchParams, ...Object.entries(parameters)].map(([name, value]) => [
    encode(name),
    encode(value),
  ]);
  const sorted = pairs
    .map(([name, value]) => `${name}=${value}`)
    .sort((left, right) => (left < right ? -1 : 1));
  return [method.toUpperCase(), encode(url.origin + url.pathname), encode(sorted.join('&'))].join('&');
}

/** Percent-encoding that leaves only letters, digits, `-`, `.`, `_` and `~` (RFC 5849 section 3.6). */
function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
