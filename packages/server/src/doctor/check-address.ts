import { checkCertificate } from './check-certificate.ts';
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts';

export interface CheckAddressDeps {
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** A server holds the data folder. */
  readonly isRunning: boolean;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly timeoutMs: number;
}

/** Whether the address that people open leads to this server, and its certificate is valid. */
export async function checkAddress(deps: CheckAddressDeps): Promise<readonly Diagnosis[]> {
  const { publicUrl, nowMs, timeoutMs } = deps;
  const url = new URL(publicUrl);
  const what = 'the public address';
  const found: Diagnosis[] = [];
  if (url.protocol === 'https:') found.push(await checkCertificate({ url, what, ca: [], nowMs, timeoutMs }));
  return [...found, await checkReach(deps)];
}

async function checkReach({ publicUrl, isRunning, timeoutMs }: CheckAddressDeps): Promise<Diagnosis> {
  const hint = 'Check DRONE_SERVER_HOST and DRONE_SERVER_PROTO, the name service, and the proxy in front.';
  try {
    const answer = await fetch(`${publicUrl}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = (await answer.text()).slice(0, 100);
    if (answer.status === 200 && text.trim() === 'OK')
      return ok('address', `${publicUrl} leads to a Sortie server.`);
    if (answer.status >= 300 && answer.status < 400)
      return fail(
        'address',
        `${publicUrl} redirects to ${answer.headers.get('location') ?? 'elsewhere'}: Git services do not follow.`,
        'Set DRONE_SERVER_HOST and DRONE_SERVER_PROTO to the final address.',
      );
    return fail('address', `${publicUrl} answers with status ${answer.status}, which is not Sortie.`, hint);
  } catch (error) {
    const reason = reasonOf(error);
    if (!isRunning)
      return warn(
        'address',
        `Nothing answers at ${publicUrl}, and no server runs on this data folder.`,
        'Start it with "sortie serve".',
      );
    return fail('address', `${publicUrl} cannot be reached from this machine (${reason}).`, hint);
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}
