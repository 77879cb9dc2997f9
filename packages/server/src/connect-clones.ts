import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';
import { findGit } from '@sortie/githost/git';
import { createGitPool } from '@sortie/githost/git-pool';
import { createMirrors, type Mirrors } from '@sortie/githost/mirror';
import { createScmChanges } from './connections/scm-changes.ts';
import type { Core } from './core.ts';
import { createCloneAccess } from './services/clone-access.ts';
import type { GitService, TokenBroker } from './services/git-service.ts';
import { findRepoIdentity, useRepoToken } from './services/repo-identity.ts';
import { sweepMirrors } from './services/sweep-mirrors.ts';
import type { StartOptions } from './start-options.ts';
import { repeat } from './timers/repeat.ts';
import { writeAuthorities } from './write-authorities.ts';

/** What this server keeps of repositories elsewhere. */
export interface ConnectedClones {
  /** Removes the copy of a repository. */
  forget(repoId: number): Promise<void>;
  close(): Promise<void>;
}

interface Connected {
  readonly services: readonly GitService[];
  readonly broker: TokenBroker;
}

const SWEEP_INTERVAL_MS = 3_600_000;
const FETCH_LIMIT_MS = 300_000;
/** Fetches and comparisons at once. */
const GIT_CHILDREN = 4;
/** One repository may take this part of the disk for all mirrors. */
const LARGEST_PART = 4;

/** Tells the core who may fetch the repositories of the Git services, and how their commits are compared. */
export async function connectClones(
  options: Pick<StartOptions, 'config' | 'log' | 'searchPath'>,
  core: Core,
  { services, broker }: Connected,
): Promise<ConnectedClones> {
  if (services.length === 0) return { forget: async () => undefined, close: async () => undefined };
  const { config, log } = options;
  const { clone, proxy } = config.services;
  const accountOf = (repo: Parameters<typeof findRepoIdentity>[1]) => findRepoIdentity(core.db, repo);
  const warn = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    log.warn(fields, message);
  const opened = await openMirrors(options);
  for (const service of services) {
    const { id } = service.connection;
    const access = createCloneAccess({
      ...{ service, warn, ...clone },
      useRepoToken: (repo, call) => useRepoToken({ broker, accountOf }, repo, call),
    });
    core.cloneAccess.set(id, access);
    const source = core.sources.get(id);
    if (opened === undefined || source === undefined) continue;
    const { mirrors, caPath } = opened;
    const transport = { proxy, ...(caPath === undefined ? {} : { caPath }) };
    const changedFiles = createScmChanges({ service, access, mirrors, transport, warn });
    core.sources.set(id, { ...source, changedFiles });
  }
  if (opened === undefined) return { forget: async () => undefined, close: async () => undefined };
  const stopSweep = startSweep(options, core, opened.mirrors);
  return {
    forget: (repoId) => opened.mirrors.remove(repoId),
    close: async () => {
      await stopSweep();
      await opened.close();
    },
  };
}

interface OpenMirrors {
  readonly mirrors: Mirrors;
  readonly caPath: string | undefined;
  close(): Promise<void>;
}

/** `undefined` without git: then nobody knows what a build changes, and path filters let everything through. */
async function openMirrors({
  config,
  log,
  searchPath,
}: Pick<StartOptions, 'config' | 'log' | 'searchPath'>): Promise<OpenMirrors | undefined> {
  const git = await findGit({ searchPath }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    return undefined;
  });
  if (git === undefined) return undefined;
  const root = join(config.dataFolder, 'mirrors');
  await mkdir(root, { recursive: true, mode: 0o700 });
  const limits = { children: GIT_CHILDREN, waiting: 0, childMs: FETCH_LIMIT_MS };
  const pool = createGitPool({ git, root, limits });
  const maxBytes = Math.floor(config.services.clone.mirrorBytes / LARGEST_PART);
  const warn = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    log.warn(fields, message);
  const mirrors = createMirrors({ root, pool, maxBytes, warn });
  return { mirrors, caPath: await writeAuthorities(root, config.services.caPath), close: pool.close };
}

function startSweep(
  { config, log }: Pick<StartOptions, 'config' | 'log'>,
  { db }: Core,
  mirrors: Mirrors,
): () => Promise<void> {
  const pass = async (): Promise<void> => {
    const count = await sweepMirrors({ db, mirrors, maxBytes: config.services.clone.mirrorBytes });
    if (count > 0) log.info({ count }, 'copies of repositories that are not needed any more were removed');
  };
  const onFailure = (err: unknown): void =>
    log.error({ err }, 'copies of repositories could not be looked through');
  const first = pass().catch(onFailure);
  const stop = repeat(pass, { everyMs: SWEEP_INTERVAL_MS, onFailure });
  return async () => {
    await Promise.all([first, stop()]);
  };
}
