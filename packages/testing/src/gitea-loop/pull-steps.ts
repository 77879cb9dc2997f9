import assert from 'node:assert/strict';
import { becomes } from '../becomes.ts';
import type { Loop, LoopStep } from '../gogs-loop/gogs-loop.ts';
import { built } from '../gogs-loop/hook-steps.ts';
import type { GiteaUnderTest } from './gitea-loop.ts';

/** Statuses, and the life of a pull request from a branch. */
export function pullSteps(loop: Loop, gitea: GiteaUnderTest): readonly LoopStep[] {
  const { grace, slug, nextBuild } = loop;
  const work = (text: string) =>
    gitea.push(slug, grace, { branch: 'work', files: { 'README.md': `${text}\n` } });
  return [
    {
      title: 'the result is a status of the commit at Gitea',
      async run() {
        const { after } = await (await loop.sdk()).builds.get(slug, 1);
        const state = async () =>
          (await gitea.statuses(slug, after)).get('continuous-integration/drone/push');
        await becomes(state, 'success');
      },
    },
    {
      title: 'a pull request from a branch is built when it is opened, and when its branch moves',
      async run() {
        const first = await nextBuild();
        const opened = await work('of the work');
        await built(loop, first, /event push/);
        const pull = await gitea.openPull(slug, grace, { fork: slug, head: 'work', title: 'Some work' });
        const build = await built(loop, first + 1, /event pull_request[\s\S]*of the work/);
        assert.deepEqual([build.action, build.after, build.source], ['opened', opened, 'work']);
        const moved = await work('of more work');
        const builds = [await built(loop, first + 2, /more work/), await built(loop, first + 3, /more work/)];
        assert.deepEqual(builds.map(({ event, after }) => `${event} ${after}`).sort(), [
          `pull_request ${moved}`,
          `push ${moved}`,
        ]);
        await liveOn(loop, gitea, pull);
      },
    },
  ];
}

/** A new title and closing build nothing; reopening and merging do. */
async function liveOn(loop: Loop, gitea: GiteaUnderTest, pull: number): Promise<void> {
  const { grace, slug, nextBuild } = loop;
  const next = await nextBuild();
  await gitea.changePull(slug, grace, pull, { title: 'WIP: some work' });
  await gitea.changePull(slug, grace, pull, { title: 'Some work', state: 'closed' });
  await gitea.changePull(slug, grace, pull, { state: 'open' });
  const reopened = await built(loop, next, /event pull_request/);
  assert.equal(reopened.action, 'reopened');
  await gitea.merge(slug, grace, pull);
  const merged = await built(loop, next + 1, /event push, branch main[\s\S]*more work/);
  assert.match(merged.message, /Some work/);
}
