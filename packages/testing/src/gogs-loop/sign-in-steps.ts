import assert from 'node:assert/strict';
import { becomes } from '../becomes.ts';
import type { Loop, LoopStep } from './gogs-loop.ts';
import { type Health, readCheck } from './read-check.ts';

/** From the first sign-in to an active repository. */
export function signInSteps(loop: Loop): readonly LoopStep[] {
  const { gogs, grace, slug, path, as, signInAgain } = loop;
  /** The tokens that the server has made, as Gogs lists them. */
  const countTokens = async (): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${grace.login}:${grace.password}`).toString('base64')}`;
    const url = `${gogs.url}api/v1/users/${grace.login}/tokens`;
    const answer = await fetch(url, { headers: { authorization } });
    const tokens = (await answer.json()) as { name: string }[];
    return tokens.filter(({ name }) => name.startsWith('ci-')).length;
  };
  const listed = async (): Promise<boolean> => {
    const repos = await (await as(grace)).call<{ slug: string }[]>('GET', '/api/user/repos');
    return repos.some((repo) => repo.slug === slug);
  };
  return [
    {
      title: 'name and password of Gogs sign in, and leave one access token there',
      async run() {
        const { login } = await (await as(grace)).call<{ login: string }>('GET', '/api/user');
        assert.equal(login, grace.login);
        assert.equal(await countTokens(), 1);
      },
    },
    {
      title: 'a second sign-in makes no second token, and a wrong password gets nobody in',
      async run() {
        await signInAgain(grace);
        assert.equal(await countTokens(), 1);
        await assert.rejects(signInAgain({ ...grace, password: `${grace.password}-wrong` }), /is not let in/);
      },
    },
    {
      title: 'the private repository is in the list that the sign-in has begun to read',
      run: () => becomes(listed, true),
    },
    {
      title: 'activation makes the webhook, and health is unproven until one has arrived',
      async run() {
        const client = await as(grace);
        const { active } = await client.call<{ active: boolean }>('POST', path);
        assert.equal(active, true);
        const health = await client.call<Health>('GET', `${path}/health?check=true`);
        assert.equal(health.state, 'unproven');
        assert.deepEqual([readCheck(health, 'hook')[0], readCheck(health, 'delivery')[0]], ['ok', 'warn']);
      },
    },
  ];
}
