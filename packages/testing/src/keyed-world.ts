import { toWireBuild, WireBuild } from '@sortie/contract/builds';
import { defineRoute } from '@sortie/contract/route';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { createRateLimiter } from '@sortie/server/auth/rate-limit';
import { createIdempotency } from '@sortie/server/routes/idempotency';
import { createMount, type Handler } from '@sortie/server/routes/mount';
import { createSealer } from '@sortie/server/seal/sealer';
import { createBuild } from '@sortie/server/services/create-build';
import type { Database } from '@sortie/server/store/db';
import { insertRepo } from '@sortie/server/store/repos';
import { insertUser } from '@sortie/server/store/users';
import { aBuildDraft, aRepo, aUser, TEST_NOW } from './domain-builders.ts';
import { createHttpWorld, type HttpWorld, type TestServer } from './http-world.ts';

/** A route that makes a build, whatever it is sent. */
const makeBuild = defineRoute({
  id: 'testMakeBuild',
  method: 'POST',
  path: '/api/test-builds/:place',
  access: 'user',
  scope: 'any',
  summary: 'Makes a build',
  reply: WireBuild,
});

export interface KeyedServerOptions {
  /** Awaited before the build is made, and between its commit and the answer. */
  readonly before?: () => Promise<void> | void;
  readonly after?: () => Promise<void> | void;
  readonly waitMs?: number;
  readonly elapsedMs?: () => number;
  /** Instead of making a build. */
  readonly handler?: Handler<typeof makeBuild>;
}

/** Servers with one more POST route over one database, all of whose callers there are the same person. */
export interface KeyedWorld {
  /** Another server process. */
  serve(options?: KeyedServerOptions): Promise<TestServer>;
  /** Sends the request with this key. */
  post(app: TestServer, key: string | undefined, options?: PostOptions): ReturnType<typeof send>;
  countBuilds(): Promise<number>;
  /** Moves the clock; seconds. */
  advance(seconds: number): void;
  close(): Promise<void>;
}

export interface PostOptions {
  readonly url?: string;
  readonly body?: string;
  readonly type?: string;
}

export async function createKeyedWorld(database: Database): Promise<KeyedWorld> {
  const { db } = database;
  const repo = await insertRepo(db, aRepo());
  const user = await insertUser(db, aUser());
  const servers: HttpWorld[] = [];
  let clock = TEST_NOW;
  const now = () => clock;
  return {
    async serve(options = {}) {
      const world = await createHttpWorld({
        database: { ...database, close: async () => undefined },
        app: { now },
      });
      servers.push(world);
      addRoute(world, { now, repo, user }, options);
      return world.app;
    },
    post: send,
    async countBuilds() {
      return (await db.selectFrom('builds').select('id').execute()).length;
    },
    advance(seconds) {
      clock += seconds;
    },
    async close() {
      for (const world of servers) await world.close();
      await database.close();
    },
  };
}

function send(app: TestServer, key: string | undefined, { url, body, type }: PostOptions = {}) {
  return app.inject({
    method: 'POST',
    url: url ?? '/api/test-builds/here',
    headers: {
      'content-type': type ?? 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    payload: body ?? '{"a":1}',
  });
}

interface Shared {
  readonly now: () => number;
  readonly repo: Repo;
  readonly user: User;
}

function addRoute(world: HttpWorld, { now, repo, user }: Shared, options: KeyedServerOptions): void {
  const { db, config } = world;
  const log = { error: () => undefined };
  const sealer = createSealer([Buffer.alloc(32, 7)]);
  const { signal: closing } = new AbortController();
  const mount = createMount(world.app, {
    auth: { ...world.auth, now },
    limiter: createRateLimiter({ now, ...config.limits }),
    log,
    server: config.server,
    http: config.http,
    idempotency: createIdempotency({
      ...{ db, sealer, now, closing, log },
      ...{ waitMs: options.waitMs, elapsedMs: options.elapsedMs },
    }),
  });
  const makes: Handler<typeof makeBuild> = async (call) => {
    await options.before?.();
    const creating = { db, events: { publish: () => undefined }, wake: () => undefined, now };
    const input = { repo, draft: aBuildDraft(), stages: [], within: call.noteBuild };
    const build = await createBuild(creating, input);
    await options.after?.();
    call.reply.header('x-made', String(build.number));
    return toWireBuild(build);
  };
  mount(makeBuild, options.handler ?? makes, {
    admit: async () => ({ caller: { via: 'session', user } }),
  });
}
