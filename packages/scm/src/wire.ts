import { lookup as resolveName } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';
import { checkAddress } from './private-address.ts';

export interface WireInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Redirects are the business of the transport, which checks them. */
  readonly redirect: 'manual';
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** Sends one request and follows nothing. The global `fetch` is one; tests give their own. */
export type Wire = (url: URL, init: WireInit) => Promise<WireResponse>;

export interface WireOptions {
  /** Certificates in PEM that are trusted beside the usual ones. */
  readonly ca?: readonly string[];
  /** Accepts any certificate. */
  readonly skipVerify?: boolean;
  /** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, given by the caller: the environment is not read here. */
  readonly proxy?: Readonly<Record<string, string | undefined>>;
  /**
   * Refuses private, loopback and link-local addresses after the name has been resolved, and connects to the very
   * address that was checked. Off for services that an administrator configured. Give no proxy with it: a proxy
   * resolves names itself.
   */
  readonly refusesPrivate?: boolean;
  /** Host names exempt from `refusesPrivate`, compared exactly. */
  readonly privateHosts?: readonly string[];
  /** Milliseconds until the connection stands, TLS included. */
  readonly connectTimeout?: number;
}

export interface OpenWire {
  readonly wire: Wire;
  /** Closes the idle connections. */
  close(): void;
}

const CONNECT_TIMEOUT = 5_000;

/** The connection to Git services: Node's HTTP client with a connect timeout, own CA, proxy and address rules. */
export function openWire(options: WireOptions = {}): OpenWire {
  const tls = { ca: options.ca && [...options.ca], rejectUnauthorized: options.skipVerify !== true };
  const common = { keepAlive: true, maxSockets: 32, proxyEnv: options.proxy };
  const plain = new HttpAgent(common);
  const secure = new HttpsAgent({ ...common, ...trusted(tls) });
  const isExempt = (host: string) => (options.privateHosts ?? []).includes(host);

  const wire: Wire = (url, init) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isGuarded = options.refusesPrivate === true && !isExempt(host);
    if (isGuarded && isIP(host) !== 0) checkAddress(host);
    return exchange(url, init, {
      agent: url.protocol === 'https:' ? secure : plain,
      lookup: isGuarded ? guardedLookup : undefined,
      connectTimeout: options.connectTimeout ?? CONNECT_TIMEOUT,
    });
  };
  return {
    wire: async (url, init) => wire(url, init),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** An explicit `ca` replaces Node's own list, so it is left out when there is none. */
function trusted(tls: { ca: string[] | undefined; rejectUnauthorized: boolean }) {
  if (tls.ca === undefined || tls.ca.length === 0) return { rejectUnauthorized: tls.rejectUnauthorized };
  return { rejectUnauthorized: tls.rejectUnauthorized, ca: [...getCACertificates(), ...tls.ca] };
}

interface Connection {
  readonly agent: HttpAgent;
  readonly lookup: LookupFunction | undefined;
  readonly connectTimeout: number;
}

function exchange(url: URL, init: WireInit, connection: Connection): Promise<WireResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<WireResponse>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, {
    method: init.method,
    headers: { 'accept-encoding': 'identity', ...init.headers },
    agent: connection.agent,
    signal: init.signal,
    ...(connection.lookup && { lookup: connection.lookup }),
  });
  const timer = setTimeout(
    () => request.destroy(new Error('The connection could not be made in time.')),
    connection.connectTimeout,
  );
  const connected = () => clearTimeout(timer);
  request.on('socket', (socket) => {
    if (!socket.connecting) connected();
    else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
  request.once('close', connected);
  request.on('error', reject);
  request.once('response', (answer) => resolve(present(answer)));
  request.end(init.body);
  return promise;
}

function present(answer: IncomingMessage): WireResponse {
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return { status: answer.statusCode ?? 0, headers, body: answer };
}

const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, []);
    try {
      for (const { address } of found) checkAddress(address);
    } catch (cause) {
      return callback(cause instanceof Error ? cause : new Error(String(cause)), []);
    }
    const first = found[0];
    if (options.all || first === undefined) return callback(null, found);
    return callback(null, first.address, first.family);
  });
};
