import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { aRepo, TEST_KEY } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld, startStep } from '@sortie/testing/http-world';
import { aStageReport, aStepReport } from '@sortie/testing/queue-world';
import { createUserTokenKey, readUserToken, type UserTokenDeps } from '../../auth/user-token.ts';
import { createSealer } from '../../seal/sealer.ts';
import { insertRepo } from '../../store/repos.ts';

/** Both places of the 0.5 API. */
export const MOUNTS = ['', '/v0'] as const;

export interface LegacyWorld extends HttpWorld {
  /** An administrator, a person with read rights, and their headers. */
  readonly root: User;
  readonly reader: User;
  readonly asRoot: Readonly<Record<string, string>>;
  readonly asReader: Readonly<Record<string, string>>;
  /** Public and active; private and active; known and not active. */
  readonly demo: Repo;
  readonly priv: Repo;
  readonly fresh: Repo;
  /** The parts that read the old user token. */
  readonly tokens: UserTokenDeps;
  userToken(user: User): Promise<string>;
  /** A request without credentials unless `headers` has them. */
  ask(method: Method, url: string, input?: AskInput): Promise<Answer>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'HEAD' | 'PUT';

interface AskInput {
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | object;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  json<T>(): T;
}

type Cleanup = { after(work: () => Promise<void>): void };

/** The fixture of api-legacy.md 6.1, without builds. */
export async function openLegacyWorld(
  t: Cleanup,
  options: Parameters<typeof createHttpWorld>[0] = {},
): Promise<LegacyWorld> {
  const world = await createHttpWorld(options);
  t.after(() => world.close());
  const root = await world.addUser({ login: 'root', isAdmin: true, avatar: 'https://example.com/a.png' });
  const reader = await world.addUser({ login: 'bob' });
  const [demo, priv, fresh] = await Promise.all([
    insertRepo(world.db, aRepo({ name: 'demo', visibility: 'public', isPrivate: false, userId: root.id })),
    insertRepo(world.db, aRepo({ name: 'priv', userId: root.id })),
    insertRepo(world.db, aRepo({ name: 'fresh', isActive: false, userId: root.id })),
  ]);
  await world.grant(reader, demo, { read: true, write: false, admin: false });
  const sealer = createSealer([TEST_KEY]);
  const tokens = { db: world.db, sealer, userTokenKey: createUserTokenKey({ db: world.db, sealer }) };
  return {
    ...world,
    ...{ root, reader, demo, priv, fresh, tokens },
    asRoot: await world.bearer(root),
    asReader: await world.bearer(reader),
    userToken: (user) => readUserToken(tokens, user),
    async ask(method, url, { headers = {}, payload } = {}) {
      const answer = await world.app.inject({ method, url, headers, payload });
      return {
        status: answer.statusCode,
        type: String(answer.headers['content-type'] ?? ''),
        body: answer.body,
        bytes: answer.rawPayload,
        headers: answer.headers,
        json: () => answer.json(),
      };
    },
  };
}

/** Build 1 of `demo` has succeeded, 2 has failed, 3 runs; each with a line of log. */
export async function addBuilds(world: LegacyWorld) {
  for (const exitCode of [0, 7]) {
    const run = await startStep(world, { in: world.demo });
    await run.write('hello\n\n');
    await run.write('world\r\n', 3);
    const status = exitCode === 0 ? 'success' : 'failure';
    await world.queue.closeLog(run.lease, run.stepId);
    await world.queue.updateStep(run.lease, aStepReport(run.stepId, { status, exitCode, stopped: 9 }));
    await world.queue.finish(run.lease, aStageReport({ status }));
  }
  return startStep(world, { in: world.demo });
}
