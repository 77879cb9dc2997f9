import { readFile } from 'node:fs/promises';
import type { Connection } from '@sortie/core/connection';
import { AppError } from '@sortie/core/errors';
import { createBitbucketDriver } from '@sortie/scm/bitbucket/driver';
import type { Driver } from '@sortie/scm/driver';
import { createGiteaDriver } from '@sortie/scm/gitea/driver';
import { createGithubDriver } from '@sortie/scm/github/driver';
import { createGitlabDriver } from '@sortie/scm/gitlab/driver';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import { probeService } from '@sortie/scm/probe';
import { createStashDriver } from '@sortie/scm/stash/driver';
import { openWire, type Wire } from '@sortie/scm/wire';
import type { ServiceConfig, ServicesConfig } from '../config-services.ts';
import type { GitService, GitServices } from '../services/git-service.ts';

export interface OpenServicesDeps {
  /** Finds the connection of these settings, or makes it. */
  readonly connect: (wanted: Omit<Connection, 'id'>) => Promise<Connection>;
  readonly config: ServicesConfig;
  /** Host name of this server, for the names of tokens. */
  readonly serverHost: string;
  /** Told of every answer of a service whose `DRONE_…_DEBUG` is on. */
  readonly logAnswer: (fields: Readonly<Record<string, unknown>>) => void;
}

export interface OpenServices extends GitServices {
  /** Closes the idle connections. */
  close(): void;
}

/**
 * Connects the Git services of the settings: a row of `connections` and a driver for each. Throws `config-value` for a
 * file of the settings that cannot be read.
 */
export async function openServices(deps: OpenServicesDeps): Promise<OpenServices> {
  const { config } = deps;
  const ca = await readServiceCa(config.caPath);
  const closers: (() => void)[] = [];
  const all: GitService[] = [];
  for (const service of config.services) {
    const { kind, title, server: url, skipsVerify } = service;
    const { wire, close } = openWire({ ca, skipVerify: skipsVerify, proxy: config.proxy });
    closers.push(close);
    const connection = await deps.connect({ kind, name: kind, url });
    const driver = await openDriver(
      service,
      service.logsAnswers ? logged(wire, title, deps.logAnswer) : wire,
      deps,
    );
    const { redirectUrl, internalUrl } = service;
    all.push({
      ...{ connection, driver, title, skipsVerify },
      probe: () => probeService({ kind, base: service.internalUrl ?? url, wire, timeout: PROBE_TIMEOUT_MS }),
      ...(redirectUrl === undefined ? {} : { redirectUrl }),
      ...(internalUrl === undefined ? {} : { internalUrl }),
    });
  }
  return {
    ...gitServices(all),
    close: () => {
      for (const close of closers) close();
    },
  };
}

/** Whoever asks how the services are waits for this answer. */
const PROBE_TIMEOUT_MS = 10_000;

/** The services in the order in which they are given. */
export function gitServices(all: readonly GitService[]): GitServices {
  const find = (id: number): GitService | undefined => all.find(({ connection }) => connection.id === id);
  return {
    all,
    find,
    require: (id) => find(id) ?? fail(id),
    byName: (name) => all.find(({ connection }) => connection.name === name),
  };
}

function fail(id: number): never {
  throw new AppError(
    'service-missing',
    `The Git service of connection ${id} is not connected to this server.`,
    {
      hint: 'Give the server the settings of the service again, for example DRONE_GOGS_SERVER.',
    },
  );
}

async function openDriver(service: ServiceConfig, wire: Wire, deps: OpenServicesDeps): Promise<Driver> {
  const { server, internalUrl, apiServer, oauth } = service;
  const place = { server, wire, ...(internalUrl === undefined ? {} : { internalUrl }) };
  switch (service.kind) {
    case 'gogs':
      return createGogsDriver({ ...place, serverHost: deps.serverHost });
    case 'gitea':
      return createGiteaDriver({ ...place, oauth });
    case 'github':
      return createGithubDriver({
        ...place,
        oauth,
        acceptsSha1: service.acceptsSha1 === true,
        ...(apiServer === undefined ? {} : { apiServer }),
      });
    case 'gitlab':
      return createGitlabDriver({ ...place, oauth });
    case 'bitbucket':
      return createBitbucketDriver({
        server,
        wire,
        oauth,
        ...(apiServer === undefined ? {} : { apiServer }),
      });
    case 'stash': {
      const privateKey = await readPem('DRONE_STASH_PRIVATE_KEY', service.privateKeyPath);
      return createStashDriver({ ...place, consumerKey: service.consumerKey, privateKey });
    }
  }
}

/** The certificates of `SORTIE_SERVICE_CA`; none for an empty path. Throws `config-value`. */
export async function readServiceCa(path: string): Promise<readonly string[]> {
  return path === '' ? [] : [await readPem('SORTIE_SERVICE_CA', path)];
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('config-value', `${setting} names a file that cannot be read.`, {
      hint: 'Check the path and that the account of the server may read it.',
      cause: error,
    });
  }
}

/** Without query, headers and body: they hold tokens. */
function logged(wire: Wire, title: string, log: OpenServicesDeps['logAnswer']): Wire {
  return async (url, init) => {
    const response = await wire(url, init);
    log({ service: title, method: init.method, path: url.pathname, status: response.status });
    return response;
  };
}
