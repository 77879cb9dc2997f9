import { isRecord } from './fields.ts';
import type { WebhookRefusal, WebhookRequest } from './hook-event.ts';

/** Bytes of a webhook body. */
export const MAX_WEBHOOK_BYTES = 10 * 1024 * 1024;

const MAX_DEPTH = 64;
/** A push of 10,000 commits has some 60,000 and 170,000 of them; a body made of nothing else would take seconds to read. */
const MAX_CONTAINERS = 250_000;
const MAX_MEMBERS = 500_000;

export interface WebhookBody {
  readonly kind: 'body';
  /** What the service signed: the raw body, or the decoded `payload` of a form. */
  readonly signedBytes: Uint8Array;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A refusal with status 400, or another one. The message must not contain text of the sender. */
export function refuse(message: string, status: WebhookRefusal['status'] = 400): WebhookRefusal {
  return { kind: 'refused', status, message };
}

/** Reads the JSON object of a webhook; `acceptsForm` also reads the field `payload` of a form. Never throws. */
export function readWebhookBody(
  { headers, rawBody }: WebhookRequest,
  acceptsForm: boolean,
): WebhookBody | WebhookRefusal {
  if (rawBody.byteLength > MAX_WEBHOOK_BYTES) return refuse('the body is larger than 10 MiB', 413);
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return refuse('the body is compressed', 415);
  const type = headerOf(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  const isForm = acceptsForm && type === 'application/x-www-form-urlencoded';
  const signedBytes = isForm ? payloadField(rawBody) : rawBody;
  if (signedBytes === undefined) return refuse('the form does not hold exactly one readable payload');
  if (signedBytes[0] === 0xef && signedBytes[1] === 0xbb)
    return refuse('the body begins with a byte order mark');
  const excess = findExcess(signedBytes);
  if (excess !== undefined) return refuse(excess);
  const body = parse(signedBytes);
  return isRecord(body) ? { kind: 'body', signedBytes, body } : refuse('the body is not a JSON object');
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // the caller refuses everything that is no object, so the reason is lost on purpose
  }
}

/** Counts brackets and colons outside of strings, in one pass and without recursion. */
function findExcess(bytes: Uint8Array): string | undefined {
  let [depth, containers, members] = [0, 0, 0];
  let isText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isText) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) isText = false;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x3a) members += 1;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      containers += 1;
      if (depth > MAX_DEPTH) return 'the body is nested too deeply';
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  const isTooMuch = containers > MAX_CONTAINERS || members > MAX_MEMBERS;
  return isTooMuch ? 'the body holds too many objects, lists or members' : undefined;
}

/** The decoded bytes of the only field `payload` of a form. */
function payloadField(form: Uint8Array): Uint8Array | undefined {
  const fields = Buffer.from(form.buffer, form.byteOffset, form.byteLength).toString('latin1');
  const pattern = /(?:^|&)payload=([^&]*)/g;
  const value = pattern.exec(fields)?.[1];
  return value === undefined || pattern.test(fields) ? undefined : decodeForm(value);
}

/** Percent-decoding to bytes, in one pass; undefined where a `%` is not followed by two hex digits. */
function decodeForm(value: string): Uint8Array | undefined {
  const decoded = Buffer.alloc(value.length);
  let length = 0;
  for (let at = 0; at < value.length; at += 1) {
    let byte = value.charCodeAt(at);
    if (byte === 0x2b) byte = 0x20;
    else if (byte === 0x25) {
      byte = hexDigit(value.charCodeAt(at + 1)) * 16 + hexDigit(value.charCodeAt(at + 2));
      if (Number.isNaN(byte)) return undefined;
      at += 2;
    }
    decoded[length] = byte;
    length += 1;
  }
  return decoded.subarray(0, length);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.NaN;
}

type Headers = WebhookRequest['headers'];

/** The value of a header that must occur at most once; undefined when missing. The first one when it is repeated. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : value?.[0];
}

/** Whether the header came twice or as a list. */
export function isRepeated(headers: Headers, name: string): boolean {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return false;
  return typeof value === 'string' ? value.includes(',') : value.length > 1 || (value[0] ?? '').includes(',');
}

/** Whether the text can be the id of a delivery: printable ASCII without spaces, at most 128 characters. */
export function isDeliveryId(value: string): boolean {
  return /^[\x21-\x7e]{0,128}$/.test(value);
}
