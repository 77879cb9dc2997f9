import { readFile } from 'node:fs/promises';
import { AppError } from '@sortie/core/errors';
import { createBitbucketDriver } from '@sortie/scm/bitbucket/driver';
import type { Driver } from '@sortie/scm/driver';
import { createGiteaDriver } from '@sortie/scm/gitea/driver';
import { createGithubDriver } from '@sortie/scm/github/driver';
import { createGitlabDriver } from '@sortie/scm/gitlab/driver';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import { createStashDriver } from '@sortie/scm/stash/driver';
import { openWire, type Wire } from '@sortie/scm/wire';
import type { ServiceConfig, ServicesConfig } from '../config-services.ts';
import type { GitService, GitServices } from '../services/git-service.ts';
import { ensureConnection } from '../store/connections.ts';
import type { Db } from '../store/db.ts';

export interface OpenServicesDeps {
  readonly db: Db;
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
  const { db, config } = deps;
  const ca = config.caPath === '' ? [] : [await readPem('SORTIE_SERVICE_CA', config.caPath)];
  const closers: (() => void)[] = [];
  const all: GitService[] = [];
  for (const service of config.services) {
    const { kind, title, server: url, skipsVerify } = service;
    const { wire, close } = openWire({ ca, skipVerify: skipsVerify, proxy: config.proxy });
    closers.push(close);
    const connection = await ensureConnection(db, { kind, name: kind, url });
    const driver = await openDriver(
      service,
      service.logsAnswers ? logged(wire, title, deps.logAnswer) : wire,
      deps,
    );
    all.push({ connection, driver, title, skipsVerify });
  }
  return {
    ...gitServices(all),
    close: () => {
      for (const close of closers) close();
    },
  };
}

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
      return createGithubDriver({ ...place, oauth, ...(apiServer === undefined ? {} : { apiServer }) });
    case 'gitlab':
      return createGitlabDriver({ ...place, oauth });
    case 'bitbucket':
      return createBitbucketDriver({ server, wire, oauth });
    case 'stash': {
      const privateKey = await readPem('DRONE_STASH_PRIVATE_KEY', service.privateKeyPath);
      return createStashDriver({ ...place, consumerKey: service.consumerKey, privateKey });
    }
  }
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
