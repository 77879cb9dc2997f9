import { generateKeyPairSync } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { createBitbucketDriver } from '@sortie/scm/bitbucket/driver';
import type { Driver } from '@sortie/scm/driver';
import { createGiteaDriver } from '@sortie/scm/gitea/driver';
import { createGithubDriver } from '@sortie/scm/github/driver';
import { createGitlabDriver } from '@sortie/scm/gitlab/driver';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import { createStashDriver } from '@sortie/scm/stash/driver';
import { aRepo, TEST_KEY } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import type { ServiceKind } from '../config-services.ts';
import { gitServices } from '../connections/open-services.ts';
import { createSealer } from '../seal/sealer.ts';
import type { GitService } from '../services/git-service.ts';
import { ensureRepoKeys, openRepoSigner } from '../services/repo-keys.ts';
import { ensureConnection } from '../store/connections.ts';
import { openDatabase } from '../store/db.ts';
import { insertRepo } from '../store/repos.ts';

/** A server with all services at once, none of which can be asked anything: only their webhooks arrive. */
export interface ServicesWorld extends HttpWorld {
  readonly services: readonly GitService[];
  /** A repository of the service with this uid, and the secret of its hook. */
  addHooked(kind: ServiceKind, uid: string): Promise<{ readonly repo: Repo; readonly signer: string }>;
  post(headers: Readonly<Record<string, string>>, payload: Uint8Array): Promise<Answer>;
}

type Answer = Awaited<ReturnType<HttpWorld['app']['inject']>>;
type Cleanup = { after(work: () => Promise<void>): void };

export async function openServicesWorld(
  t: Cleanup,
  kinds: readonly ServiceKind[] = ['gogs', 'gitea', 'github', 'gitlab', 'bitbucket', 'stash'],
): Promise<ServicesWorld> {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  const services: GitService[] = [];
  for (const kind of kinds) {
    const connection = await ensureConnection(database.db, { kind, name: kind, url: PLACES[kind] });
    services.push({ connection, driver: driverOf(kind), title: kind, skipsVerify: false });
  }
  const broker = {
    use: async () => {
      throw new AppError('service-unavailable', 'The service cannot be asked here.');
    },
  };
  const app = { services: gitServices(services), broker, hookWaitMs: 120_000 };
  const world = await createHttpWorld({ database, app });
  t.after(() => world.close());
  const owner = await world.addUser();
  const keys = { db: world.db, sealer: createSealer([TEST_KEY]) };
  let count = 0;
  return {
    ...world,
    services,
    async addHooked(kind, uid) {
      const connection = services.find((service) => service.connection.kind === kind)?.connection;
      count += 1;
      const place = { connectionId: connection?.id ?? 0, uid, name: `hooked-${count}` };
      const repo = await insertRepo(world.db, aRepo({ ...place, userId: owner.id }));
      await ensureRepoKeys(keys, repo.id);
      return { repo, signer: await openRepoSigner(keys, repo.id) };
    },
    post: (headers, payload) =>
      world.app.inject({ method: 'POST', url: '/hook', headers, payload: Buffer.from(payload) }),
  };
}

/** As in the fixtures of `scm`. */
const PLACES: Readonly<Record<ServiceKind, string>> = {
  gogs: 'http://gogs.example.test:3000/',
  gitea: 'http://git.example.test/',
  github: 'https://github.com/',
  gitlab: 'https://gitlab.com/',
  bitbucket: 'https://bitbucket.org/',
  stash: 'http://stash.example.test:7990/',
};

function driverOf(kind: ServiceKind): Driver {
  const oauth = { clientId: 'id', clientSecret: 'secret', scope: '' };
  const wire = async () => Promise.reject(new TypeError('nothing is asked here'));
  const place = { server: PLACES[kind], wire };
  switch (kind) {
    case 'gogs':
      return createGogsDriver({ ...place, serverHost: 'ci.example.test' });
    case 'gitea':
      return createGiteaDriver({ ...place, oauth });
    case 'github':
      return createGithubDriver({ ...place, oauth });
    case 'gitlab':
      return createGitlabDriver({ ...place, oauth });
    case 'bitbucket':
      return createBitbucketDriver({ ...place, oauth });
    case 'stash': {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return createStashDriver({ ...place, consumerKey: 'key', privateKey: pem });
    }
  }
}
