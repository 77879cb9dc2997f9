import assert from 'node:assert/strict';
import type { Build } from '@sortie/sdk/types';
import { awaitBuild, logOf } from '../await-build.ts';
import { becomes } from '../becomes.ts';
import type { Loop, LoopStep } from './gogs-loop.ts';
import { type Health, readCheck } from './read-check.ts';

export const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: show
    commands:
      - echo "event $DRONE_BUILD_EVENT, branch $DRONE_BRANCH, tag $DRONE_TAG"
      - cat README.md
`;

/** What the service tells of: pushes, tags, branches, and a pull request from a fork. */
export function hookSteps(loop: Loop): readonly LoopStep[] {
  const { gogs, grace, bob, slug, path, as, nextBuild } = loop;
  return [
    {
      title: 'the first push arrives as a webhook, health becomes ok, and the private repository is cloned',
      async run() {
        const after = await gogs.push(slug, grace, {
          files: { '.drone.yml': PIPELINE, 'README.md': 'first read me\n' },
        });
        await arrive(loop);
        const build = await built(loop, 1, /event push, branch main[\s\S]*first read me/);
        assert.deepEqual([build.event, build.after], ['push', after]);
      },
    },
    {
      title: 'a push of somebody else to a new branch is built, and its deletion builds nothing',
      async run() {
        const number = await nextBuild();
        const change = { branch: 'topic/one', files: { 'README.md': 'of the branch\n' } };
        const after = await gogs.push(slug, bob, change);
        const build = await built(loop, number, /branch topic\/one[\s\S]*of the branch/);
        assert.deepEqual([build.after, build.sender], [after, bob.login]);
        await gogs.deleteBranch(slug, bob, 'topic/one');
        const events = async () => {
          const rows = await (await as(grace)).call<{ event: string; verdict: string }[]>(
            'GET',
            `${path}/deliveries`,
          );
          return rows.some(({ event, verdict }) => event === 'delete' && verdict === 'ignored');
        };
        await becomes(events, true);
        assert.equal(await nextBuild(), number + 1);
      },
    },
    ...[false, true].map((isAnnotated) => ({
      title: `${isAnnotated ? 'an annotated' : 'a light'} tag is built at its commit`,
      async run() {
        const number = await nextBuild();
        const name = isAnnotated ? 'v2.0' : 'v1.0';
        await gogs.tag(slug, grace, { name, isAnnotated });
        const build = await built(
          loop,
          number,
          new RegExp(`event tag[\\s\\S]*tag ${name}[\\s\\S]*first read me`),
        );
        const first = await (await loop.sdk()).builds.get(slug, 1);
        assert.deepEqual([build.ref, build.after], [`refs/tags/${name}`, first.after]);
      },
    })),
    {
      title: 'a pull request from a fork is built at its head',
      run: () => buildPull(loop),
    },
  ];
}

/** Resolves when a webhook with a right signature has been here; fails with the setting to check. */
async function arrive({ as, grace, path }: Loop): Promise<void> {
  let hint = '';
  const client = await as(grace);
  const read = async () => {
    const health = await client.call<Health>('GET', `${path}/health`);
    const [state, text] = readCheck(health, 'delivery');
    hint = text;
    return [state, ['ok', 'degraded'].includes(health.state)];
  };
  await becomes(read, ['ok', true], () => hint);
}

/** The build, green, with this in the log of its step. */
export async function built({ sdk, slug }: Loop, number: number, wanted: RegExp): Promise<Build> {
  const client = await sdk();
  const build = await awaitBuild(client, slug, number);
  assert.equal(build.status, 'success', JSON.stringify(build));
  assert.match(await logOf(client, slug, build, 'show'), wanted);
  return build;
}

async function buildPull(loop: Loop): Promise<void> {
  const { gogs, eve, slug, nextBuild } = loop;
  const number = await nextBuild();
  const fork = await gogs.fork(slug, eve);
  const change = { branch: 'feature', files: { 'README.md': 'from the fork\n' } };
  const after = await gogs.push(fork, eve, change);
  const pull = await gogs.openPull(slug, eve, { fork, head: 'feature', title: 'A feature' });
  const build = await built(loop, number, /event pull_request, branch main[\s\S]*from the fork/);
  assert.deepEqual([build.after, build.ref, build.target], [after, `refs/pull/${pull}/head`, 'main']);
}
