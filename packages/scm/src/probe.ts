import type { ConnectionKind } from '@sortie/core/connection';
import { text } from './fields.ts';
import { withSlash } from './rest/service-options.ts';
import type { Wire } from './wire.ts';

/** What a Git service says to a stranger. */
export interface ServiceProbe {
  readonly status: number;
  /** Empty where the service does not tell it to strangers. */
  readonly version: string;
  /** Its clock, in milliseconds since 1970; absent without a `Date` header. */
  readonly dateMs?: number;
}

export interface ProbeRequest {
  readonly kind: ConnectionKind;
  /** Where this server reaches it. */
  readonly base: string;
  readonly wire: Wire;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Where each kind answers strangers, and what tells its version. */
const PLACES: Partial<Readonly<Record<ConnectionKind, { readonly path: string; readonly header?: string }>>> =
  {
    gitea: { path: 'api/v1/version' },
    github: { path: '', header: 'x-github-enterprise-version' },
    stash: { path: 'rest/api/1.0/application-properties' },
  };
/** Of the answer that is read. */
const MAX_BYTES = 64 * 1024;

/** Asks the service for anything, without credentials. Throws what the connection throws. */
export async function probeService({ kind, base, wire, timeout }: ProbeRequest): Promise<ServiceProbe> {
  const { path, header } = PLACES[kind] ?? { path: '' };
  const answer = await wire(new URL(path, withSlash(base)), {
    method: 'GET',
    headers: { accept: '*/*' },
    signal: AbortSignal.timeout(timeout),
    redirect: 'manual',
  });
  const body = await readStart(answer.body);
  const date = Date.parse(answer.headers.get('date') ?? '');
  return {
    status: answer.status,
    version: header === undefined ? versionIn(body) : (answer.headers.get(header) ?? ''),
    ...(Number.isNaN(date) ? {} : { dateMs: date }),
  };
}

async function readStart(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** At most a short word: it is shown to people. */
function versionIn(body: string): string {
  try {
    const version = text(JSON.parse(body) as unknown, 'version');
    return /^[\w.+-]{1,64}$/.test(version) ? version : '';
  } catch (error) {
    // A page, and not JSON: Gogs and GitLab tell strangers nothing.
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}
