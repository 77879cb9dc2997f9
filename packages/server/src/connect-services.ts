import { type OpenServices, openServices } from './connections/open-services.ts';
import { createScmForge } from './connections/scm-forge.ts';
import { createScmSource } from './connections/scm-source.ts';
import { createTokenBroker } from './connections/token-broker.ts';
import type { Core } from './core.ts';
import { createBuiltinForge, type Forge, type ForgeOf } from './services/forge.ts';
import type { TokenBroker } from './services/git-service.ts';
import { openRepoSigner } from './services/repo-keys.ts';
import type { StartOptions } from './start-options.ts';

/** Everything through which the server speaks to Git services. */
export interface ConnectedServices extends OpenServices {
  readonly broker: TokenBroker;
  readonly forgeOf: ForgeOf;
}

/** Opens the Git services of the settings beside the built-in host, and tells the core where to read their repositories. */
export async function connectServices(
  { config, log }: Pick<StartOptions, 'config' | 'log'>,
  core: Core,
  publicUrl: string,
): Promise<ConnectedServices> {
  const { db, sealer, nowMs, builtinConnectionId } = core;
  const services = await openServices({
    db,
    config: config.services,
    serverHost: new URL(publicUrl).hostname,
    logAnswer: (fields) => log.info(fields, 'a Git service answered'),
  });
  const broker = createTokenBroker({ db, sealer, services, nowMs });
  const forges = new Map<number, Forge>([
    [builtinConnectionId, createBuiltinForge({ db, builtinConnectionId, publicUrl })],
  ]);
  const hookUrl = `${config.services.hookBase || publicUrl}/hook`;
  for (const service of services.all) {
    if (service.skipsVerify)
      log.warn({ service: service.title }, 'the certificate of the Git service is not checked');
    const signerOf = ({ id }: { readonly id: number }) => openRepoSigner({ db, sealer }, id);
    const { hookEvents } = config.services;
    forges.set(service.connection.id, createScmForge({ service, broker, hookUrl, hookEvents, signerOf }));
    core.sources.set(service.connection.id, createScmSource({ service, broker }));
  }
  return {
    ...services,
    broker,
    forgeOf: (connectionId) => forges.get(connectionId) ?? missing(services, connectionId),
  };
}

function missing(services: OpenServices, connectionId: number): never {
  services.require(connectionId);
  throw new Error(`connection ${connectionId} has a service but no forge`);
}
