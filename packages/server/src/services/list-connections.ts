import type { Connection } from '@sortie/core/connection';
import { AppError, explainError } from '@sortie/core/errors';
import { isScmError } from '@sortie/scm/errors';
import type { ServiceProbe } from '@sortie/scm/probe';
import { countActiveRepos, listConnections } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import type { ForgeOf } from './forge.ts';
import type { GitService, GitServices } from './git-service.ts';

export interface ListConnectionsDeps {
  readonly db: Db;
  readonly services?: GitServices;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
}

/** One connection and how it stands. */
export interface ConnectionView extends Connection {
  readonly title: string;
  /** False when the settings of a Git service have been taken away. */
  readonly isConnected: boolean;
  readonly skipsVerify: boolean;
  /** Active ones. */
  readonly repos: number;
  readonly hookUrl?: string;
  readonly hasStatuses?: boolean;
  /** Absent where nothing has to be reached. */
  readonly answer?: ServiceAnswer;
}

/** What a Git service answered to a call without credentials. */
export type ServiceAnswer =
  | {
      readonly isReachable: true;
      /** Empty where the service does not tell it. */
      readonly version: string;
      /** Seconds that its clock is ahead of ours; absent when it does not tell. */
      readonly skew?: number;
    }
  | { readonly isReachable: false; readonly message: string; readonly hint?: string };

/** All connections of the server, oldest first; every connected service is asked, at the same time. */
export async function viewConnections(deps: ListConnectionsDeps): Promise<readonly ConnectionView[]> {
  const connections = await listConnections(deps.db);
  const counts = await countActiveRepos(deps.db);
  return Promise.all(
    connections.map(async (connection) => {
      const repos = counts.get(connection.id) ?? 0;
      const service = deps.services?.find(connection.id);
      if (service !== undefined) return { ...(await viewService(deps, service)), repos };
      // The built-in host is part of this server, and whoever signs people in has no repositories.
      const needsNothing = connection.kind === 'builtin' || connection.kind === 'oidc';
      const title = connection.kind === 'builtin' ? 'Built-in Git host' : connection.name;
      return { ...connection, title, isConnected: needsNothing, skipsVerify: false, repos };
    }),
  );
}

async function viewService(
  { forgeOf, now }: ListConnectionsDeps,
  service: GitService,
): Promise<Omit<ConnectionView, 'repos'>> {
  const { connection, title, skipsVerify } = service;
  const { webhooks } = forgeOf(connection.id);
  return {
    ...{ ...connection, title, skipsVerify, isConnected: true },
    ...(webhooks === undefined ? {} : { hookUrl: webhooks.target, hasStatuses: webhooks.hasStatuses }),
    answer: await askService(service, now() * 1000),
  };
}

/** Whether the service answers. `nowMs` is what its clock is compared with. */
export async function askService(
  { probe, title, connection }: Pick<GitService, 'probe' | 'title' | 'connection'>,
  nowMs: number,
): Promise<ServiceAnswer> {
  if (probe === undefined) return { isReachable: true, version: '' };
  try {
    return readProbe(await probe(), title, nowMs);
  } catch (error) {
    if (error instanceof AppError) return { isReachable: false, message: explainError(error) };
    const reason = isScmError(error) || error instanceof Error ? reasonOf(error) : String(error);
    return {
      isReachable: false,
      message: `${title} cannot be reached at ${connection.url} (${reason}).`,
      hint: hintFor(reason, title),
    };
  }
}

function readProbe({ status, version, dateMs }: ServiceProbe, title: string, nowMs: number): ServiceAnswer {
  if (status >= 500) {
    return {
      isReachable: false,
      message: `${title} answers with status ${status}.`,
      hint: `Look at the log of ${title}, and at the proxy in front of it.`,
    };
  }
  const skew = dateMs === undefined ? {} : { skew: Math.round((dateMs - nowMs) / 1000) };
  return { isReachable: true, version, ...skew };
}

function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code === '' || error.message.includes(code) ? error.message || code : `${code}: ${error.message}`;
}

function hintFor(reason: string, title: string): string {
  if (/CERT|certificate|self.signed|UNABLE_TO/i.test(reason))
    return `Trust the certificate with SORTIE_SERVICE_CA, or give ${title} one that is valid.`;
  if (/ENOTFOUND|EAI_AGAIN/.test(reason))
    return 'The name cannot be resolved from here; check the address in the settings, or set the internal one.';
  return `Check that ${title} runs and that this machine reaches it; a proxy is set with HTTPS_PROXY.`;
}
