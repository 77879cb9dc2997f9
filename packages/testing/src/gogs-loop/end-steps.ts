import assert from 'node:assert/strict';
import { awaitBuild } from '../await-build.ts';
import type { Loop, LoopStep } from './gogs-loop.ts';
import { built } from './hook-steps.ts';
import { type Health, readCheck } from './read-check.ts';

/** What goes wrong behind our back, and how it is healed. */
export function endSteps(loop: Loop): readonly LoopStep[] {
  const { gogs, title, grace, bob, slug, path, as, sdk, signInAgain, nextBuild } = loop;
  return [
    {
      title: `whoever loses the right at ${title} finds the repository no more`,
      async run() {
        const client = await as(bob);
        assert.equal(await client.status('GET', path), 200);
        await gogs.setMode(slug, grace, bob);
        await client.call('POST', '/api/user/repos');
        assert.equal(await client.status('POST', `${path}/builds/1`), 404);
        assert.equal(await client.status('GET', path), 404);
      },
    },
    {
      title: 'a push after the token was revoked is a build whose error says whose token',
      async run() {
        const number = await nextBuild();
        await gogs.revokeTokens(grace);
        await gogs.push(slug, grace, { files: { 'README.md': 'without a token\n' } });
        const build = await awaitBuild(await sdk(), slug, number);
        assert.equal(build.status, 'error');
        assert.match(build.error ?? '', new RegExp(`the token of ${grace.login}`));
        const health = await loop.health();
        assert.equal(health.state, 'broken');
        assert.match(
          readCheck(health, 'token')[1],
          new RegExp(`${grace.login} must sign in with ${title} again`),
        );
      },
    },
    {
      title: 'the next sign-in heals it',
      async run() {
        const number = await nextBuild();
        await signInAgain(grace);
        await gogs.push(slug, grace, { files: { 'README.md': 'with a new token\n' } });
        await built(loop, number, /with a new token/);
      },
    },
    {
      title: `a webhook that was deleted at ${title} is named by health and made again by a repair`,
      async run() {
        const number = await nextBuild();
        await gogs.removeHooks(slug, grace);
        const client = await as(grace);
        const health = await client.call<Health>('GET', `${path}/health?check=true`);
        assert.equal(health.state, 'broken');
        const [state, text] = readCheck(health, 'hook');
        assert.equal(state, 'fail');
        assert.match(text, new RegExp(`POST ${path}/repair`));
        await client.call('POST', `${path}/repair`);
        await gogs.push(slug, grace, { files: { 'README.md': 'after the repair\n' } });
        await built(loop, number, /after the repair/);
      },
    },
    {
      title: 'deactivation takes the webhook away',
      async run() {
        const client = await as(grace);
        const { active } = await client.call<{ active: boolean }>('DELETE', path);
        assert.equal(active, false);
        const health = await client.call<Health>('GET', `${path}/health`);
        assert.equal(health.state, 'inactive');
        assert.notEqual(readCheck(health, 'hook')[0], 'ok');
      },
    },
  ];
}
