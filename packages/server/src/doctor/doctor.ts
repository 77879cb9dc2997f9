import { readFile } from 'node:fs/promises';
import type { Config } from '../config-build.ts';
import { hookAddressesOf } from '../connections/hook-addresses.ts';
import { gitServices, openServices } from '../connections/open-services.ts';
import { createScmForge } from '../connections/scm-forge.ts';
import type { Sealer } from '../seal/sealer.ts';
import { createBuiltinForge, type Forge } from '../services/forge.ts';
import type { GitService } from '../services/git-service.ts';
import { findConnectionByName } from '../store/connections.ts';
import type { Database, Db } from '../store/db.ts';
import { checkAddress } from './check-address.ts';
import { checkData, isServerRunning, systemFreeBytes } from './check-data.ts';
import { checkDatabase, checkKey } from './check-database.ts';
import { checkClock, checkGit, checkRunners } from './check-machine.ts';
import { checkRepos } from './check-repos.ts';
import { checkServices } from './check-services.ts';
import { checkSettings, type SettingsSource } from './check-settings.ts';
import { type Diagnosis, failed, warn } from './diagnosis.ts';
import { createLookOnlyBroker } from './look-only-broker.ts';

export interface DoctorOptions extends SettingsSource {
  /** Folders to look for git in, as in PATH. */
  readonly searchPath: string;
  /** What runs pipelines on this machine; asked only when the settings have a runner here. */
  readonly checkEngines: (config: Config) => Promise<readonly Diagnosis[]>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** The one of the system unless given. */
  readonly freeBytes?: (path: string) => Promise<number>;
  /** Milliseconds that one call may take; 10 s unless given. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/**
 * Looks at everything that a server needs, beside a running one or without any, and changes nothing. One line for each
 * thing that was looked at; what cannot be looked at because of another failure is left out.
 */
export async function diagnose(options: DoctorOptions): Promise<readonly Diagnosis[]> {
  const { config, diagnoses } = checkSettings(options);
  const git = await checkGit(options.searchPath);
  if (config === undefined) return [...diagnoses, git];
  const { freeBytes = systemFreeBytes } = options;
  const found = [...diagnoses, ...(await checkData(config.dataFolder, { freeBytes }))];
  const { database, facts, diagnoses: databaseLines } = await checkDatabase(config);
  try {
    found.push(...databaseLines);
    const key = database === undefined ? undefined : await checkKey(config, database);
    if (key !== undefined) found.push(key.diagnosis);
    found.push(git);
    if (config.runner.isEnabled) found.push(...(await options.checkEngines(config)));
    const nowMs = options.nowMs();
    const isRunning = isServerRunning(config.dataFolder);
    if (database !== undefined)
      found.push(await checkRunners(database.db, { now: Math.floor(nowMs / 1000), isRunning }));
    found.push(...(await checkForges(options, config, { database, sealer: key?.sealer })));
    if (facts !== undefined) found.push(...checkClock(facts, nowMs));
    const { publicUrl } = config.server;
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    found.push(...(await checkAddress({ publicUrl, isRunning, nowMs, timeoutMs })));
    return found;
  } finally {
    await database?.close();
  }
}

interface Opened {
  readonly database: Database | undefined;
  readonly sealer: Sealer | undefined;
}

async function checkForges(
  options: DoctorOptions,
  config: Config,
  { database, sealer }: Opened,
): Promise<readonly Diagnosis[]> {
  const nowMs = options.nowMs();
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  try {
    const services = await openForLooking(config, database?.db);
    try {
      const { caPath } = config.services;
      const ca = caPath === '' ? [] : [await readFile(caPath, 'utf8')];
      const { diagnoses, down } = await checkServices({ services, ca, nowMs, timeoutMs });
      if (database === undefined || sealer === undefined || services.all.length === 0) return diagnoses;
      const looking = { db: database.db, sealer, nowMs, down };
      return [...diagnoses, ...(await checkHooks(config, services.all, looking))];
    } finally {
      services.close();
    }
  } catch (error) {
    return [failed('forge', error)];
  }
}

/** The services of the settings, without writing their connections down. */
function openForLooking(config: Config, db: Db | undefined) {
  return openServices({
    config: config.services,
    serverHost: new URL(config.server.publicUrl).hostname,
    logAnswer: () => undefined,
    connect: async (wanted) => ({
      ...wanted,
      id: (db && (await findConnectionByName(db, wanted.name)))?.id ?? 0,
    }),
  });
}

interface Looking {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly nowMs: number;
  readonly down: ReadonlySet<number>;
}

async function checkHooks(
  config: Config,
  all: readonly GitService[],
  { db, sealer, nowMs, down }: Looking,
): Promise<readonly Diagnosis[]> {
  const builtin = await findConnectionByName(db, 'builtin');
  if (builtin === undefined) return [warn('hooks', 'The database does not know its own Git host.')];
  const services = gitServices(all);
  const broker = createLookOnlyBroker({ db, sealer, services, nowMs });
  const { publicUrl } = config.server;
  const { hookBase, hookEvents, clone, pollMs } = config.services;
  const own = { db, builtinConnectionId: builtin.id, publicUrl };
  const forges = new Map<number, Forge>([[builtin.id, createBuiltinForge(own)]]);
  for (const service of all) {
    const hooks = { ...hookAddressesOf(hookBase || publicUrl, all, service), hookEvents };
    const about = { service, broker, ...hooks, hasCloneAccount: clone.account !== undefined };
    forges.set(service.connection.id, createScmForge({ ...about, signerOf: async () => '' }));
  }
  return checkRepos({
    ...{ db, broker, down, builtinConnectionId: builtin.id },
    forgeOf: (id) => forges.get(id) ?? missing(services.require(id)),
    pollSeconds: Math.ceil(pollMs / 1000),
    now: Math.floor(nowMs / 1000),
  });
}

function missing({ title }: GitService): never {
  throw new Error(`${title} has no forge`);
}
