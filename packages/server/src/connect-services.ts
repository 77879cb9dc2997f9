import { type ConnectedClones, connectClones } from './connect-clones.ts';
import { hookAddressesOf } from './connections/hook-addresses.ts';
import { type OpenServices, openServices } from './connections/open-services.ts';
import { createScmForge } from './connections/scm-forge.ts';
import { createScmSource } from './connections/scm-source.ts';
import { createTokenBroker } from './connections/token-broker.ts';
import type { Core } from './core.ts';
import { serviceWarnings } from './service-warnings.ts';
import { createBuiltinForge, type Forge, type ForgeOf } from './services/forge.ts';
import type { TokenBroker } from './services/git-service.ts';
import { connectService } from './services/known-person.ts';
import { findRepoIdentity } from './services/repo-identity.ts';
import { openRepoSigner } from './services/repo-keys.ts';
import type { StartOptions } from './start-options.ts';

/** Everything through which the server speaks to Git services. */
export interface ConnectedServices extends OpenServices {
  readonly broker: TokenBroker;
  readonly forgeOf: ForgeOf;
  /** The copies in which commits of these services are compared. */
  readonly clones: ConnectedClones;
}

/** Opens the Git services of the settings beside the built-in host, and tells the core where to read their repositories. */
export async function connectServices(
  options: Pick<StartOptions, 'config' | 'log' | 'searchPath'>,
  core: Core,
  publicUrl: string,
): Promise<ConnectedServices> {
  const { config, log } = options;
  const { db, sealer, now, nowMs, builtinConnectionId } = core;
  const services = await openServices({
    connect: (wanted) => connectService({ db, now, warn: (sentence) => log.warn({}, sentence) }, wanted),
    config: config.services,
    serverHost: new URL(publicUrl).hostname,
    logAnswer: (fields) => log.info(fields, 'a Git service answered'),
  });
  const broker = createTokenBroker({ db, sealer, services, nowMs });
  const accountOf = (repo: Parameters<typeof findRepoIdentity>[1]) => findRepoIdentity(db, repo);
  const forges = new Map<number, Forge>([
    [builtinConnectionId, createBuiltinForge({ db, builtinConnectionId, publicUrl })],
  ]);
  const hookBase = config.services.hookBase || publicUrl;
  for (const service of services.all) {
    const { hookUrl, formerHookUrls } = hookAddressesOf(hookBase, services.all, service);
    for (const warning of serviceWarnings(service, hookUrl)) log.warn({ service: service.title }, warning);
    const signerOf = ({ id }: { readonly id: number }) => openRepoSigner({ db, sealer }, id);
    const { hookEvents } = config.services;
    const hasCloneAccount = config.services.clone.account !== undefined;
    const hooks = { hookUrl, formerHookUrls, hookEvents };
    const about = { service, broker, ...hooks, signerOf, hasCloneAccount };
    forges.set(service.connection.id, createScmForge(about));
    core.sources.set(service.connection.id, createScmSource({ service, broker, accountOf }));
  }
  return {
    ...services,
    broker,
    clones: await connectClones(options, core, { services: services.all, broker }),
    forgeOf: (connectionId) => forges.get(connectionId) ?? missing(services, connectionId),
  };
}

function missing(services: OpenServices, connectionId: number): never {
  services.require(connectionId);
  throw new Error(`connection ${connectionId} has a service but no forge`);
}
