import { isRecord } from './fields.ts';
import type { WebhookRefusal, WebhookRequest } from './hook-event.ts';

/** Bytes of a webhook body. */
export const MAX_WEBHOOK_BYTES = 10 * 1024 * 1024;

const MAX_DEPTH = 64;

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
  if (isTooDeep(signedBytes)) return refuse('the body is nested too deeply');
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

/** Counts brackets outside of strings, in one pass and without recursion. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isText) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) isText = false;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return false;
}

/** The decoded bytes of the only field `payload` of a form. */
function payloadField(form: Uint8Array): Uint8Array | undefined {
  const fields = Buffer.from(form.buffer, form.byteOffset, form.byteLength).toString('latin1').split('&');
  const values = fields.filter((field) => field.startsWith('payload=')).map((field) => field.slice(8));
  const [value] = values;
  return value === undefined || values.length > 1 ? undefined : decodeForm(value);
}

/** Percent-decoding to bytes; undefined where a `%` is not followed by two hex digits. */
function decodeForm(value: string): Uint8Array | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) return undefined;
  const text = value.replaceAll('+', ' ');
  return Buffer.from(
    text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
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
