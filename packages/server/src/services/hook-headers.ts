import type { WebhookRequest } from '@sortie/scm/hook-event';

/** Whatever proves that a webhook is genuine, or could be used elsewhere. */
const SECRET = /signature|token|secret|authorization|cookie|password|credential|api-?key|oidc/;
const MAX_HEADERS = 40;
const MAX_LENGTH = 500;
const HIDDEN = '(hidden)';

/** Headers for storing and for the log: those that authenticate the sender are named without their value. */
export function redactHeaders(headers: WebhookRequest['headers']): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).slice(0, MAX_HEADERS);
  return Object.fromEntries(
    entries.map(([name, value = '']) => {
      const text = typeof value === 'string' ? value : value.join(', ');
      return [name.slice(0, MAX_LENGTH), SECRET.test(name) ? HIDDEN : cut(text)];
    }),
  );
}

/** A body for the log: early versions of Gogs put the secret into it. */
export function redactBody(body: Uint8Array, limit: number): string {
  const text = new TextDecoder().decode(body.subarray(0, limit)).toWellFormed();
  return text
    .replace(/("(?:\w*_)?(?:secret|token|password)"\s*:\s*)"(?:[^"\\]|\\.)*"?/gi, `$1"${HIDDEN}"`)
    .replace(/((?:^|[&?])(?:secret|(?:access_)?token)=)[^&]*/gi, `$1${HIDDEN}`);
}

/** PostgreSQL stores no NUL and no half of a surrogate pair. */
function cut(text: string): string {
  return text.slice(0, MAX_LENGTH).replaceAll('\0', '').toWellFormed();
}
