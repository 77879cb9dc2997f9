import type { Assignment } from '@sortie/contract/runner';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { createRunnerService, type QueueService } from '@sortie/server/queue/runner-service';
import {
  type CloneAccess,
  type CloneAccessDeps,
  createCloneAccess,
} from '@sortie/server/services/clone-access';
import type { AddressRewrite } from '@sortie/server/services/clone-address';
import { createHandOutParts, type HandOutParts } from '@sortie/server/services/clone-parts';
import { findRepoIdentity, useRepoToken } from '@sortie/server/services/repo-identity';
import { insertRepo } from '@sortie/server/store/repos';
import { aRepo, aRunner, aStageDraft } from './domain-builders.ts';
import type { FakeRepoOptions } from './fake-gogs/fake-gogs.ts';
import { AT_ONCE } from './queue-world.ts';
import { createServiceWorld, type ServiceWorld, type ServiceWorldOptions } from './service-world.ts';

type BuildPatch = NonNullable<NonNullable<Parameters<ServiceWorld['start']>[1]>['build']>;

export interface CloneWorldOptions extends ServiceWorldOptions {
  readonly account?: CloneAccessDeps['account'];
  readonly alwaysUsesCredentials?: boolean;
  readonly rewrites?: readonly AddressRewrite[];
}

/** A server that is connected to a fake Gogs and hands out stages with what they clone with. */
export interface CloneWorld extends ServiceWorld {
  readonly access: CloneAccess;
  readonly parts: HandOutParts;
  readonly stages: QueueService;
  /** What was warned of. */
  readonly warnings: readonly string[];
  /** A repository of the service, private unless said, which `owner` has enabled. */
  addGogsRepo(
    owner: User,
    name: string,
    options?: FakeRepoOptions & { readonly patch?: Partial<Repo> },
  ): Promise<Repo>;
  /** A build of one stage, handed out; `undefined` when it ended before. */
  lease(repo: Repo, build: BuildPatch, type?: string): Promise<Assignment | undefined>;
}

/** Opens both. Close the world when the test ends. */
export async function createCloneWorld(options: CloneWorldOptions = {}): Promise<CloneWorld> {
  const world = await createServiceWorld(options);
  const { db, broker, service } = world;
  const rewrites = options.rewrites ?? [];
  const warnings: string[] = [];
  const accountOf = (repo: Parameters<typeof findRepoIdentity>[1]) => findRepoIdentity(db, repo);
  const access = createCloneAccess({
    service,
    useRepoToken: (repo, call) => useRepoToken({ broker, accountOf }, repo, call),
    ...(options.account === undefined ? {} : { account: options.account }),
    alwaysUsesCredentials: options.alwaysUsesCredentials ?? false,
    rewrites,
    warn: (_fields, message) => void warnings.push(message),
  });
  const parts = createHandOutParts({
    ...{ publicUrl: world.url, pathPrefix: '', version: '0.1.0', now: world.now, rewrites },
    builtinConnectionId: 1,
    isPrivateMode: false,
    cloneKey: Buffer.alloc(32, 3),
    sources: new Map(),
    cloneAccess: new Map([[service.connection.id, access]]),
  });
  const stages = createRunnerService({ ...world, ...parts });
  return {
    ...world,
    access,
    parts,
    stages,
    warnings,
    async addGogsRepo(owner, name, { patch, ...rest } = {}) {
      const namespace = owner.login;
      const slug = `${namespace}/${name}`;
      const { id, isPrivate } = world.gogs.addRepo(slug, { isPrivate: true, ...rest });
      const place = {
        namespace,
        name,
        uid: String(id),
        userId: owner.id,
        connectionId: service.connection.id,
      };
      const httpUrl = `${world.gogs.url}${slug}.git`;
      const visibility = isPrivate ? 'private' : 'public';
      return insertRepo(db, aRepo({ ...place, httpUrl, isPrivate, visibility, ...patch }));
    },
    async lease(repo, build, type = 'exec') {
      await world.start([aStageDraft({ type, name: 'default' })], { in: repo, build });
      return stages.request(aRunner({ types: [type] }), AT_ONCE);
    },
  };
}
