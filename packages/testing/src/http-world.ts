import { crc32 } from 'node:zlib';
import { ROUTES } from '@sortie/contract/routes';
import type { OrgRole } from '@sortie/core/access';
import type { Permission, Repo } from '@sortie/core/repo';
import type { Lease } from '@sortie/core/runner';
import type { Scope } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import { buildApp } from '@sortie/server/app';
import type { AppDeps } from '@sortie/server/app-deps';
import type { IdentifyDeps } from '@sortie/server/auth/identify';
import { startSession } from '@sortie/server/auth/sessions';
import { issueToken } from '@sortie/server/auth/tokens';
import { createUserTokenKey } from '@sortie/server/auth/user-token';
import { parseConfig } from '@sortie/server/config';
import type { Config } from '@sortie/server/config-build';
import { createSealer } from '@sortie/server/seal/sealer';
import { createBuiltinForge } from '@sortie/server/services/forge';
import { type Database, openDatabase } from '@sortie/server/store/db';
import { upsertMembership } from '@sortie/server/store/memberships';
import { upsertPermission } from '@sortie/server/store/permissions';
import { insertUser } from '@sortie/server/store/users';
import { Errors } from 'typebox/value';
import { aRunner, aUser, TEST_KEY } from './domain-builders.ts';
import { createFakeSource, type FakeSource } from './fake-source.ts';
import { AT_ONCE, aStep, aStepReport, createQueueWorld, type QueueWorld } from './queue-world.ts';

export type TestServer = ReturnType<typeof buildApp>;

/** A server over an in-memory database, with people who use it. */
export interface HttpWorld extends QueueWorld {
  readonly app: TestServer;
  readonly config: Config;
  /** What identifies callers; its own look at the same database as the server's. */
  readonly auth: IdentifyDeps;
  /** The commits that the API can find. */
  readonly source: FakeSource;
  /** What the server reported as failures of its own. */
  readonly failures: readonly string[];
  addUser(patch?: Partial<Omit<User, 'id'>>): Promise<User>;
  /** The `Authorization` header of a new token of the account. */
  bearer(user: User, scopes?: readonly Scope[]): Promise<{ authorization: string }>;
  /** The `Cookie` header of a new session of the account. */
  cookie(user: User): Promise<{ cookie: string }>;
  grant(user: User, repo: Repo, permission: Permission): Promise<void>;
  /** A new account with a role in a namespace. */
  addOrgMember(login: string, namespace: string, role: OrgRole): Promise<User>;
}

export interface HttpWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly app?: Partial<AppDeps>;
  /** Unless given, a fresh one in memory. */
  readonly database?: Database;
}

export async function createHttpWorld(options: HttpWorldOptions = {}): Promise<HttpWorld> {
  const world = await createQueueWorld(
    options.database ?? (await openDatabase({ driver: 'sqlite', path: ':memory:' })),
  );
  const failures: string[] = [];
  const sealer = createSealer([TEST_KEY]);
  const source = createFakeSource();
  const config = parseConfig(options.env ?? {}, () => '');
  const { publicUrl } = config.server;
  const forge = createBuiltinForge({ db: world.db, builtinConnectionId: 1, publicUrl });
  const app = buildApp({
    config,
    db: world.db,
    logs: world.logs,
    events: world.events,
    now: world.now,
    queue: world.queue,
    sourceOf: () => source,
    sealer,
    forgeOf: () => forge,
    removeGitData: async () => undefined,
    version: { source: 'https://example.com/sortie', version: '0.1.0' },
    webRoot: '/nonexistent/web',
    log: { error: (_fields, message) => void failures.push(message), debug: () => undefined },
    ...options.app,
  });
  checkAnswers(app);
  const userTokenKey = createUserTokenKey({ db: world.db, sealer });
  const session = { secret: config.session.secret, timeoutMs: 3_600_000 };
  const auth = { db: world.db, now: world.now, sealer, userTokenKey, ...session };
  return {
    ...world,
    app,
    auth,
    source,
    config,
    failures,
    addUser: (patch) => insertUser(world.db, aUser(patch)),
    async bearer(user, scopes = ['all']) {
      const { text } = await issueToken(auth, { userId: user.id, name: 'test', scopes, expires: 0 });
      return { authorization: `Bearer ${text}` };
    },
    cookie: async (user) => ({ cookie: `_session_=${await startSession(auth, user)}` }),
    grant: (user, repo, permission) =>
      upsertPermission(
        world.db,
        { userId: user.id, repoId: repo.id },
        { ...permission, synced: world.now() },
      ),
    async addOrgMember(login, namespace, role) {
      const user = await insertUser(world.db, aUser({ login }));
      await upsertMembership(world.db, { userId: user.id, namespace, role, synced: 1 });
      return user;
    },
    async close() {
      await app.close();
      await world.close();
    },
  };
}

/** Fails every request whose JSON answer is not what the contract says, so that all tests prove the contract. */
function checkAnswers(app: TestServer): void {
  const replies = new Map(
    ROUTES.filter((route) => route.reply !== undefined).map((route) => [
      `${route.method} ${route.path}`,
      route.reply ?? {},
    ]),
  );
  app.addHook('onSend', async (request, reply, payload) => {
    const reply200 = replies.get(`${request.method} ${request.routeOptions.url}`);
    if (reply200 === undefined || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    if (!String(reply.getHeader('content-type')).startsWith('application/json')) return payload;
    // Looked at as it is: a world lives for a few answers, and compiling would cost more than they do.
    const [first] = Errors(reply200, JSON.parse(payload));
    if (first !== undefined)
      throw new Error(`${request.url} answers ${first.instancePath} that ${first.message}`);
    return payload;
  });
}

/** A build whose first of two steps runs, and the means to write its log. */
export async function startStep(world: HttpWorld, input: Parameters<HttpWorld['start']>[1] = {}) {
  const { repo, build } = await world.start(undefined, input);
  const assignment = await world.queue.request(aRunner(), AT_ONCE);
  if (assignment === undefined) throw new Error('nothing was handed out');
  const { lease } = assignment;
  const steps = await world.queue.begin(lease, [aStep(), aStep({ number: 2 })]);
  const stepId = steps[0]?.id ?? 0;
  await world.queue.updateStep(lease, aStepReport(stepId));
  const path = `/api/repos/${repo.slug}/builds/${build.number}/logs/1`;
  return { repo, build, lease, stepId, path, write: writer(world, lease, stepId) };
}

/** Appends texts to a log, all in second `second` of the step. */
function writer(world: HttpWorld, lease: Lease, stepId: number) {
  let offset = 0;
  let line = 0;
  return async (text: string, second = 0) => {
    const bytes = Buffer.from(text);
    const marks = [{ line, offset, second }];
    await world.queue.appendLog(lease, stepId, { offset, bytes, checksum: crc32(bytes), marks });
    offset += bytes.length;
    line += text.split('\n').length - 1;
  };
}
