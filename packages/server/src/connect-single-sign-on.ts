import { openWire, type Wire, type WireResponse } from '@sortie/scm/wire';
import type { CustomFetch } from 'openid-client';
import { createOidcProvider } from './auth/oidc.ts';
import type { Config } from './config-build.ts';
import { readServiceCa } from './connections/open-services.ts';
import type { SingleSignOn } from './services/sign-in-ways.ts';
import { ensureConnection } from './store/connections.ts';
import type { Db } from './store/db.ts';

export interface OpenSingleSignOn extends SingleSignOn {
  /** Closes the idle connections. */
  close(): void;
}

/** A document of an identity provider that is longer is none. */
const MAX_BYTES = 1024 * 1024;

/**
 * The identity provider of the settings, over the same kind of connection as the Git services: their certificates and
 * proxies. It is not asked anything before somebody signs in. Throws `config-value`.
 */
export async function connectSingleSignOn(
  config: Pick<Config, 'services' | 'signIn'>,
  { db, now }: { readonly db: Db; readonly now: () => number },
): Promise<OpenSingleSignOn | undefined> {
  const settings = config.signIn.oidc;
  if (settings === undefined) return undefined;
  const { caPath, proxy } = config.services;
  const { wire, close } = openWire({ ca: await readServiceCa(caPath), proxy });
  const connection = await ensureConnection(db, { kind: 'oidc', name: 'oidc', url: settings.issuer });
  const { title } = settings;
  const provider = createOidcProvider({ settings, title, now, fetch: fetchOver(wire) });
  return { connection, title, provider, close };
}

/** The connection in the form that openid-client takes. */
function fetchOver(wire: Wire): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const text = typeof body === 'string' || body instanceof URLSearchParams ? String(body) : undefined;
    const answer = await wire(new URL(url), {
      method,
      headers: { ...headers },
      ...(text === undefined ? {} : { body: text }),
      signal: signal ?? AbortSignal.timeout(15_000),
      redirect: 'manual',
    });
    const bytes = await readBody(answer);
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : bytes, { status: answer.status, headers: answer.headers });
  };
}

async function readBody({ body }: WireResponse): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error('The answer of the identity provider is larger than 1 MiB.');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
