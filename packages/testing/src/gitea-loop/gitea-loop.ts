import { endSteps } from '../gogs-loop/end-steps.ts';
import { type LoopStep, openLoop } from '../gogs-loop/gogs-loop.ts';
import type { GogsPerson, GogsUnderTest } from '../gogs-loop/gogs-under-test.ts';
import { hookSteps } from '../gogs-loop/hook-steps.ts';
import { openSessionClient } from '../gogs-loop/open-loop-client.ts';
import type { ServerProcess } from '../server-process.ts';
import { moveSteps } from './move-steps.ts';
import { pullSteps } from './pull-steps.ts';
import { signInSteps } from './sign-in-steps.ts';

/** What the loop does to a Gitea or Forgejo, beside what it does to a Gogs. */
export interface GiteaUnderTest extends GogsUnderTest {
  /** Through the pages of both, as a browser; `wasAsked` when Gitea wanted a consent. */
  signIn(url: string, who: GogsPerson): Promise<{ readonly cookie: string; readonly wasAsked: boolean }>;
  /** The newest state of each context of a commit. */
  statuses(slug: string, sha: string): Promise<ReadonlyMap<string, string>>;
  changePull(
    slug: string,
    by: GogsPerson,
    pull: number,
    change: { readonly title?: string; readonly state?: 'open' | 'closed' },
  ): Promise<void>;
  merge(slug: string, by: GogsPerson, pull: number): Promise<void>;
  /** Returns the new slug. */
  rename(slug: string, name: string): Promise<string>;
  countHooks(slug: string): Promise<number>;
  /** A webhook with a secret that nobody knows any more. */
  addHook(slug: string, target: string): Promise<void>;
}

/** Everything from the first sign-in to a repository that was renamed behind our back. */
export async function openGiteaLoop(
  gitea: GiteaUnderTest,
  server: Pick<ServerProcess, 'url' | 'token'>,
): Promise<readonly LoopStep[]> {
  const loop = await openLoop(gitea, server, {
    title: 'Gitea',
    openClient: async (url, who) => openSessionClient(url, (await gitea.signIn(url, who)).cookie),
  });
  return [
    ...signInSteps(loop, gitea),
    ...hookSteps(loop),
    ...pullSteps(loop, gitea),
    ...endSteps(loop),
    ...moveSteps(loop, gitea),
  ];
}
