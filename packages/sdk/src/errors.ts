/** What went wrong: the server refused, the network failed, time ran out, or the answer made no sense. */
export type ErrorKind = 'api' | 'network' | 'timeout' | 'decode';

export interface SortieErrorFields {
  readonly kind: ErrorKind;
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly errorCode?: string;
  readonly hint?: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error of this client. `status` is 0 when no answer came; `code` equals `status`, as in Drone's error
 * bodies; `errorCode` is the stable string. It never carries a header or a token.
 */
export class SortieError extends Error {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly code: number;
  readonly errorCode: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly retryAfterMs: number | undefined;
  /** The problem body as sent, with further members such as `step_status`. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(message: string, fields: SortieErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'SortieError';
    this.kind = fields.kind;
    this.status = fields.status ?? 0;
    this.code = this.status;
    this.errorCode = fields.errorCode ?? fields.kind;
    this.hint = fields.hint;
    this.requestId = fields.requestId;
    this.method = fields.method;
    this.path = fields.path;
    this.retryAfterMs = fields.retryAfterMs;
    this.body = fields.body ?? {};
  }
}

/** True for an answer of the server with status 404: missing, or hidden from this caller. */
export function isNotFound(error: unknown): error is SortieError {
  return error instanceof SortieError && error.status === 404;
}

/** True when the server does not know who is asking. */
export function isUnauthorized(error: unknown): error is SortieError {
  return error instanceof SortieError && error.status === 401;
}

/** Reads an error answer of any shape: a problem body, Drone's `{message}`, or plain text. */
export async function errorFromResponse(
  response: Response,
  request: { readonly method: string; readonly path: string },
): Promise<SortieError> {
  const body = parseObject(await response.text());
  const message = text(body.message) ?? text(body.detail) ?? text(body.title) ?? `HTTP ${response.status}`;
  return new SortieError(message, {
    kind: 'api',
    ...request,
    status: response.status,
    errorCode: text(body.error_code) ?? `http-${response.status}`,
    hint: text(body.hint),
    requestId: response.headers.get('x-request-id') ?? text(body.request_id),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    body,
  });
}

function retryAfterMs(value: string | null): number | undefined {
  if (value === null || !/^\d{1,6}$/.test(value)) return undefined;
  return Number(value) * 1000;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseObject(source: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
