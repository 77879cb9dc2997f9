import type { AddressInfo } from 'node:net';
import type { ConnectionKind } from '@sortie/core/connection';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Driver } from '@sortie/scm/driver';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import type { ScmToken } from '@sortie/scm/objects';
import { probeService } from '@sortie/scm/probe';
import { openWire } from '@sortie/scm/wire';
import { gitServices } from '@sortie/server/connections/open-services';
import { createScmForge } from '@sortie/server/connections/scm-forge';
import { createScmSource } from '@sortie/server/connections/scm-source';
import { createTokenBroker } from '@sortie/server/connections/token-broker';
import { createSealer } from '@sortie/server/seal/sealer';
import { createBuiltinForge, type Forge, type ForgeOf } from '@sortie/server/services/forge';
import type { GitService, TokenBroker } from '@sortie/server/services/git-service';
import { sealToken } from '@sortie/server/services/identity-tokens';
import { findRepoIdentity } from '@sortie/server/services/repo-identity';
import { openRepoSigner } from '@sortie/server/services/repo-keys';
import type { RepoSource } from '@sortie/server/services/source';
import { ensureConnection } from '@sortie/server/store/connections';
import { openDatabase } from '@sortie/server/store/db';
import { findIdentityOfUser, insertIdentity, updateIdentity } from '@sortie/server/store/identities';
import { TEST_KEY } from './domain-builders.ts';
import { type FakeGogs, type FakeGogsOptions, startFakeGogs } from './fake-gogs/fake-gogs.ts';
import { createHttpWorld, type HttpWorld, type HttpWorldOptions } from './http-world.ts';

/** A server that listens, and a fake Gogs that it is connected to. Their webhooks and calls really travel. */
export interface ServiceWorld extends HttpWorld {
  readonly gogs: FakeGogs;
  readonly service: GitService;
  readonly broker: TokenBroker;
  readonly forgeOf: ForgeOf;
  readonly sourceOf: (repo: Pick<Repo, 'connectionId'>) => RepoSource | undefined;
  /** Address of the server without a trailing slash. */
  readonly url: string;
  /** An account of the service (the password is `Pw-LOGIN`) and of this server, with a token that works. */
  addMember(login: string, patch?: Partial<Omit<User, 'id'>>): Promise<User>;
  /** Gives the account another token. */
  setToken(user: User, token: Partial<ScmToken> & Pick<ScmToken, 'access'>): Promise<void>;
}

export interface ServiceWorldOptions extends HttpWorldOptions {
  readonly gogs?: FakeGogsOptions;
  /** Another driver in the place of that of the fake Gogs. */
  readonly driver?: (gogs: FakeGogs) => Driver;
  /** What the connection is said to be; `gogs` unless given. */
  readonly kind?: ConnectionKind;
}

/** Opens both. Close the world when the test ends. */
export async function createServiceWorld(options: ServiceWorldOptions = {}): Promise<ServiceWorld> {
  const gogs = await startFakeGogs(options.gogs);
  const { wire, close: closeWire } = openWire();
  const database = options.database ?? (await openDatabase({ driver: 'sqlite', path: ':memory:' }));
  const { db } = database;
  const connection = await ensureConnection(db, {
    kind: options.kind ?? 'gogs',
    name: 'gogs',
    url: gogs.url,
  });
  const driver =
    options.driver?.(gogs) ??
    createGogsDriver({ server: gogs.url, serverHost: 'ci.example.test', wire, sleep: async () => undefined });
  const probe = () => probeService({ kind: 'gogs', base: gogs.url, wire, timeout: 60_000 });
  const service: GitService = { connection, driver, title: 'Gogs', skipsVerify: false, probe };
  const services = gitServices([service]);
  const sealer = createSealer([TEST_KEY]);
  const clock: { now: () => number } = { now: () => 0 };
  const broker = createTokenBroker({ db, sealer, services, nowMs: () => clock.now() * 1000 });
  const forges = new Map<number, Forge>();
  const sources = new Map<number, RepoSource>([
    [connection.id, createScmSource({ service, broker, accountOf: (repo) => findRepoIdentity(db, repo) })],
  ]);
  const forgeOf = (id: number): Forge => forges.get(id) ?? missing(id);
  const sourceOf = ({ connectionId }: { readonly connectionId: number }) => sources.get(connectionId);
  const app = {
    services,
    broker,
    forgeOf,
    sourceOf,
  };
  const world = await createHttpWorld({ ...options, database, app: { ...app, ...options.app } });
  clock.now = world.now;
  await world.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = world.app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const hookEvents = ['branch', 'deployment', 'push', 'tag', 'pull_request'] as const;
  const signerOf = ({ id }: { readonly id: number }) => openRepoSigner({ db, sealer }, id);
  forges.set(1, createBuiltinForge({ db, builtinConnectionId: 1, publicUrl: url }));
  forges.set(
    connection.id,
    createScmForge({ service, broker, hookUrl: `${url}/hook`, hookEvents, signerOf }),
  );
  const setToken: ServiceWorld['setToken'] = async (user, token) => {
    const identity = await findIdentityOfUser(db, user.id, connection.id);
    if (identity === undefined) throw new Error(`${user.login} is no account of the service`);
    const sealed = sealToken(sealer, identity.id, { refresh: '', expires: 0, ...token });
    await updateIdentity(db, identity.id, { ...sealed, updated: world.now() });
  };
  return {
    ...world,
    gogs,
    service,
    broker,
    forgeOf,
    sourceOf,
    url,
    setToken,
    async addMember(login, patch = {}) {
      const known = gogs.addUser(login);
      const uid = String(known.id);
      const user = await world.addUser({ login, uid, connectionId: connection.id, ...patch });
      const identity = { userId: user.id, connectionId: connection.id, uid, login, created: world.now() };
      await insertIdentity(db, identity);
      await setToken(user, { access: gogs.addToken(login) });
      return user;
    },
    async close() {
      await world.close();
      closeWire();
      await gogs.close();
    },
  };
}

function missing(id: number): never {
  throw new Error(`no Git service has the connection ${id}`);
}
