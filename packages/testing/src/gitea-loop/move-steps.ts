import assert from 'node:assert/strict';
import type { Loop, LoopStep } from '../gogs-loop/gogs-loop.ts';
import { built } from '../gogs-loop/hook-steps.ts';
import type { GiteaUnderTest } from './gitea-loop.ts';

/** A webhook with another secret, and a repository with another name: Gitea goes on answering under the old one. */
export function moveSteps(loop: Loop, gitea: GiteaUnderTest): readonly LoopStep[] {
  const { grace, slug, path, as, nextBuild } = loop;
  return [
    {
      title: 'a test delivery is built, and a new secret comes with a second webhook',
      async run() {
        const client = await as(grace);
        const number = await nextBuild();
        await client.call('POST', path);
        // The test delivery is a push of the newest commit.
        await built(loop, number, /after the repair/);
        await client.call('POST', `${path}/repair?rotate=true`);
        assert.equal(await gitea.countHooks(slug), 2);
        await gitea.push(slug, grace, { files: { 'README.md': 'with a new secret\n' } });
        await built(loop, number + 1, /with a new secret/);
      },
    },
    {
      title:
        'a renamed repository keeps its builds, and deactivation under the old name takes the webhook away',
      async run() {
        const client = await as(grace);
        const { counter } = await client.call<{ counter: number }>('POST', path);
        const renamed = await gitea.rename(slug, 'renamed');
        await client.call('POST', '/api/user/repos');
        const found = await client.call<{ counter: number }>('GET', `/api/repos/${renamed}`);
        assert.ok(counter > 0 && found.counter >= counter);
        assert.equal(await client.status('GET', path), 404);
        const again = await gitea.rename(renamed, 'renamed-again');
        assert.equal(await gitea.countHooks(again), 1);
        await client.call('DELETE', `/api/repos/${renamed}`);
        assert.equal(await gitea.countHooks(again), 0);
      },
    },
  ];
}
