import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, getCACertificates, type TLSSocket } from 'node:tls';
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts';

export interface CertificateRequest {
  /** An `https:` address. */
  readonly url: URL;
  /** What is at this address, for the sentence. */
  readonly what: string;
  /** Certificates in PEM that are trusted beside the usual ones. */
  readonly ca: readonly string[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly timeoutMs: number;
}

const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Whether the certificate at an address is valid, and for how long still. */
export async function checkCertificate(request: CertificateRequest): Promise<Diagnosis> {
  const { what, url, nowMs } = request;
  try {
    const { certificate, problem } = await readCertificate(request);
    const until = Date.parse(certificate.valid_to);
    const from = Date.parse(certificate.valid_from);
    const day = Number.isNaN(until) ? 'an unknown day' : new Date(until).toISOString().slice(0, 10);
    const renew = 'Renew it; whatever renews it by itself (certbot, the proxy) has a log.';
    if (until <= nowMs) return fail('tls', `The certificate of ${what} expired on ${day}.`, renew);
    if (from > nowMs)
      return fail('tls', `The certificate of ${what} is not valid yet.`, 'Check the clock of this machine.');
    if (problem !== undefined) {
      const hint =
        'Give it one that covers the name and comes with its whole chain, or trust it: SORTIE_SERVICE_CA for Git services, NODE_EXTRA_CA_CERTS for everything.';
      return fail('tls', `The certificate of ${what} is not trusted (${problem}).`, hint);
    }
    const days = Math.floor((until - nowMs) / DAY_MS);
    const message = `The certificate of ${what} is valid until ${day}.`;
    return days < SOON_DAYS ? warn('tls', `${message} That is in ${days} days.`, renew) : ok('tls', message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('tls', `${url.host} offers no TLS (${reason}).`, `Check that ${what} is at this address.`);
  }
}

interface Seen {
  readonly certificate: DetailedPeerCertificate;
  /** Why it is not trusted. */
  readonly problem: string | undefined;
}

function readCertificate({ url, ca, timeoutMs }: CertificateRequest): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket: TLSSocket = connect({
    host,
    port: Number(url.port || 443),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca.length === 0 ? {} : { ca: [...getCACertificates(), ...ca] }),
    // It is looked at, and nothing is sent over the connection.
    rejectUnauthorized: false,
  });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
  socket.once('error', reject);
  socket.once('secureConnect', () => {
    const problem = socket.authorized ? undefined : String(socket.authorizationError);
    resolve({ certificate: socket.getPeerCertificate(true), problem });
    socket.destroy();
  });
  return promise;
}
