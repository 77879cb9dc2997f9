import { AppError } from '@sortie/core/errors';
import type Docker from 'dockerode';

/**
 * How to reach the Docker daemon, in the words of the Docker client. Podman's socket does as well, as
 * `unix:///run/podman/podman.sock`: only calls that its compatible service has are used, in their form of API 1.41.
 */
export interface DockerAddress {
  /** As in `DOCKER_HOST`: `unix:///path`, `tcp://host:port`, `http://…`, `https://…`. Default: the usual socket. */
  readonly host?: string;
  /** As in `DOCKER_API_VERSION`: two numbers, such as `1.41`. Default: what the daemon speaks. */
  readonly apiVersion?: string;
  /** Texts in PEM form. With them `tcp` means TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Calls that answer at once when all is well. Pulls, waits and attached streams have no limit of time. */
export const CALL_TIMEOUT_MS = 60_000;

/**
 * A client for the daemon; makes no connection. The library is loaded here and not earlier, because it is large
 * and a server without Docker steps never needs it. Throws `config-value` for an address or a version that it cannot
 * use.
 */
export async function openDocker(address: DockerAddress): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  // Every member is given, because the library would fill the gaps from the environment of the process.
  const version = apiPath(address.apiVersion);
  return new Client({ ...connection(address), version, sshOptions: {}, timeout: 0 });
}

function connection(address: DockerAddress): Docker.DockerOptions {
  const { host = `unix://${DEFAULT_SOCKET}`, tls } = address;
  if (host.startsWith('unix://')) {
    const socketPath = host.slice('unix://'.length) || DEFAULT_SOCKET;
    return { socketPath, host: undefined, port: undefined, protocol: 'http', ...noTls };
  }
  const url = URL.parse(host);
  if (url === null || !['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new AppError('config-value', `${JSON.stringify(host)} is not an address of a Docker daemon.`, {
      hint: 'Use unix:///path/of/socket or tcp://host:port in DOCKER_HOST; for ssh forward the socket.',
    });
  }
  const protocol = tls !== undefined || url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? (protocol === 'https' ? 2376 : 2375) : Number(url.port);
  return { host: url.hostname, port, protocol, socketPath: undefined, ...noTls, ...tls };
}

/** The first part of the path of every call. */
function apiPath(apiVersion: string | undefined): string | undefined {
  if (apiVersion === undefined) return undefined;
  const [, numbers] = /^v?(\d{1,3}\.\d{1,3})$/.exec(apiVersion) ?? [];
  if (numbers !== undefined) return `v${numbers}`;
  const text = `DOCKER_API_VERSION is ${JSON.stringify(apiVersion)}, which is no version of the Docker API.`;
  throw new AppError('config-value', text, { hint: 'Use two numbers, such as 1.41, or leave it out.' });
}

const noTls = { ca: undefined, cert: undefined, key: undefined } as const;
