/** Answers that a repeat may cure. */
export const TRANSIENT: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const BACKOFF = [500, 1_500, 4_000] as const;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

/** Milliseconds to wait before the next try: what the service asks for, else a growing pause. */
export function delayOf(headers: Headers | undefined, attempt: number, now: number): number {
  const asked = headers && (retryAfter(headers, now) ?? untilReset(headers, now));
  return asked ?? BACKOFF[Math.min(attempt, BACKOFF.length) - 1] ?? 500;
}

/** `Retry-After` in milliseconds from now: seconds or a date. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Until the window of a used-up rate limit ends, in milliseconds. GitHub, Gitea and GitLab send Unix seconds. */
function untilReset(headers: Headers, now: number): number | undefined {
  for (const prefix of ['x-ratelimit-', 'ratelimit-']) {
    if (headers.get(`${prefix}remaining`)?.trim() !== '0') continue;
    const reset = headers.get(`${prefix}reset`)?.trim() ?? '';
    if (/^\d{1,12}$/.test(reset)) return Math.max(0, Number(reset) * 1000 - now);
  }
  return undefined;
}

/** Unix seconds at which the rate limit ends when a 403 is one (as GitHub answers), else undefined. */
export function rateLimitOf(answer: Answer, now: number): number | undefined {
  if (answer.status !== 403) return undefined;
  const delay = retryAfter(answer.headers, now) ?? untilReset(answer.headers, now);
  return delay === undefined ? undefined : Math.ceil((now + delay) / 1000);
}

/** Whether the error came from DNS, TCP or TLS rather than from what the service wrote. */
export function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return !code.startsWith('HPE_') && !code.startsWith('ERR_INVALID');
}
