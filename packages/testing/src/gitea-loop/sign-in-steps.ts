import assert from 'node:assert/strict';
import { becomes } from '../becomes.ts';
import type { Loop, LoopStep } from '../gogs-loop/gogs-loop.ts';
import { type Health, readCheck } from '../gogs-loop/read-check.ts';
import type { GiteaUnderTest } from './gitea-loop.ts';

/** From the first sign-in to an active repository. */
export function signInSteps(loop: Loop, gitea: GiteaUnderTest): readonly LoopStep[] {
  const { url, grace, slug, path, as } = loop;
  const listed = async (): Promise<boolean> => {
    const repos = await (await as(grace)).call<{ slug: string }[]>('GET', '/api/user/repos');
    return repos.some((repo) => repo.slug === slug);
  };
  return [
    {
      title: 'the pages of Gitea sign in, and ask for the consent once',
      async run() {
        assert.equal((await gitea.signIn(url, grace)).wasAsked, true);
        assert.equal((await gitea.signIn(url, grace)).wasAsked, false);
        const { login } = await (await as(grace)).call<{ login: string }>('GET', '/api/user');
        assert.equal(login, grace.login);
      },
    },
    {
      title: 'the private repository is in the list that the sign-in has begun to read',
      run: () => becomes(listed, true),
    },
    {
      title:
        'activation puts a webhook in the place of one with a lost secret, and health is unproven while all is empty',
      async run() {
        const client = await as(grace);
        await gitea.addHook(slug, `${url}/hook`);
        const { active } = await client.call<{ active: boolean }>('POST', path);
        assert.equal(active, true);
        assert.equal(await gitea.countHooks(slug), 1);
        const health = await client.call<Health>('GET', `${path}/health?check=true`);
        assert.equal(health.state, 'unproven');
        assert.match(readCheck(health, 'delivery')[1], /ALLOWED_HOST_LIST|Push something/);
      },
    },
  ];
}
