import type { Client } from '@sortie/sdk/client';
import { clientOf } from '../await-build.ts';
import type { ServerProcess } from '../server-process.ts';
import { endSteps } from './end-steps.ts';
import type { GogsPerson, GogsUnderTest } from './gogs-under-test.ts';
import { hookSteps } from './hook-steps.ts';
import { type LoopClient, openLoopClient } from './open-loop-client.ts';
import type { Health } from './read-check.ts';
import { signInSteps } from './sign-in-steps.ts';

/** One thing that is proved; steps build upon each other. */
export interface LoopStep {
  /** What is proved, as a sentence. */
  readonly title: string;
  run(): Promise<void>;
}

/** What the steps share: a private repository of `grace`, in which `bob` works and which `eve` reads. */
export interface Loop {
  readonly gogs: GogsUnderTest;
  /** Name of the service, as the server shows it. */
  readonly title: string;
  readonly url: string;
  readonly grace: GogsPerson;
  readonly bob: GogsPerson;
  readonly eve: GogsPerson;
  readonly slug: string;
  /** Path of the repository in the API. */
  readonly path: string;
  /** The person at the server, who signs in at the first use and stays. */
  as(who: GogsPerson): Promise<LoopClient>;
  /** Signs in again, and is used from now on. */
  signInAgain(who: GogsPerson): Promise<LoopClient>;
  sdk(): Promise<Client>;
  /** Health of the repository as an administrator of the server sees it, whoever has lost which token. */
  health(): Promise<Health>;
  /** The number that the next build gets. */
  nextBuild(): Promise<number>;
}

/** Everything from the first sign-in to the hook that somebody deleted, with a server that is connected to the Gogs. */
export async function openGogsLoop(
  gogs: GogsUnderTest,
  server: Pick<ServerProcess, 'url' | 'token'>,
): Promise<readonly LoopStep[]> {
  const loop = await openLoop(gogs, server, { title: 'Gogs', openClient: openLoopClient });
  return [...signInSteps(loop), ...hookSteps(loop), ...endSteps(loop)];
}

/** The people and the repository; `openClient` signs in. */
export async function openLoop(
  gogs: GogsUnderTest,
  { url, token }: Pick<ServerProcess, 'url' | 'token'>,
  service: {
    readonly title: string;
    readonly openClient: (url: string, who: GogsPerson) => Promise<LoopClient>;
  },
): Promise<Loop> {
  const [grace, bob, eve] = [
    await gogs.addUser('grace'),
    await gogs.addUser('bob'),
    await gogs.addUser('eve'),
  ];
  const slug = await gogs.addRepo(grace, 'secret');
  await gogs.setMode(slug, grace, bob, 'write');
  await gogs.setMode(slug, grace, eve, 'read');
  const clients = new Map<string, LoopClient>();
  const signInAgain = async (who: GogsPerson): Promise<LoopClient> => {
    const client = await service.openClient(url, who);
    clients.set(who.login, client);
    return client;
  };
  const as = async (who: GogsPerson) => clients.get(who.login) ?? signInAgain(who);
  const path = `/api/repos/${slug}`;
  return {
    ...{ gogs, title: service.title, url, grace, bob, eve, slug, path, as, signInAgain },
    async health() {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}${path}/health?check=true`, { headers });
      return (await answer.json()) as Health;
    },
    sdk: async () => clientOf({ url, token: (await as(grace)).token }),
    nextBuild: async () => 1 + (await (await as(grace)).call<{ counter: number }>('GET', path)).counter,
  };
}
