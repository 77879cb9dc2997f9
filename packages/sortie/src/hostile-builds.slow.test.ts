import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Build } from '@sortie/core/build';
import { systemClock } from '@sortie/engine/clock';
import { ExecEngine } from '@sortie/engine/exec/engine';
import { runAssignment } from '@sortie/runner/stage-run';
import { createSecret } from '@sortie/server/services/set-secret';
import { aRunner } from '@sortie/testing/domain-builders';
import { openPullWorld } from '@sortie/testing/pull-world';
import { storedBuild, storedLog } from '@sortie/testing/queue-views';
import { AT_ONCE } from '@sortie/testing/queue-world';

/** A step that names the variables it finds, without their values: those of secrets are masked in logs. */
function listing(names: readonly string[], more = ''): string {
  const lines = names.map((name) => `  - if [ -n "$${name}" ]; then echo "has ${name}"; fi\n`).join('');
  const step = `- name: list\n${more}  commands:\n${lines}  - echo end\n`;
  return `kind: pipeline\ntype: exec\nname: default\nclone: {disable: true}\nsteps:\n${step}`;
}

/** Runs real processes for the builds of a world, as the runner of the server does. */
async function openExec(t: TestContext, world: Awaited<ReturnType<typeof openPullWorld>>['world']) {
  const base = await mkdtemp(join(tmpdir(), 'sortie-hostile-'));
  t.after(() => rm(base, { recursive: true, force: true }));
  const engine = new ExecEngine({ base, owner: 'test', path: '/usr/bin:/bin', user: 'tester' });
  const complain = (_fields: object, message: string): never => assert.fail(message);
  const quiet = (): void => undefined;
  return async (build: Build): Promise<string> => {
    const assignment = await world.queue.request(aRunner({ types: ['exec'] }), AT_ONCE);
    assert.equal(assignment?.build.id, build.id);
    const deps = {
      ...{ service: world.queue, name: 'tester', environ: {}, cloneImage: undefined },
      engines: new Map([['exec', engine]]),
      ...{ logLimitBytes: 100_000, clock: systemClock(), random: () => 0 },
      sleep: async (_ms: number, signal: AbortSignal) =>
        new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      log: { info: quiet, warn: complain, error: complain },
    };
    await runAssignment(deps, assignment, new AbortController().signal);
    const stored = await storedBuild(world, build.id);
    const { text } = await storedLog(world, stored);
    assert.equal(stored.build.status, 'success', text);
    return text;
  };
}

test('[scm X23] a pull request from a fork has no secrets in its processes but those shown to all pull requests', async (t) => {
  const { world, repo, built, post } = await openPullWorld(t);
  const run = await openExec(t, world);
  const flags = (allowsPullRequests: boolean) => ({ allowsPullRequests, allowsPullRequestPushes: false });
  const places = [
    ['OPEN', { repoId: repo.id }, true],
    ['SHUT', { repoId: repo.id }, false],
    ['ORG', { namespace: repo.namespace }, true],
    ['SERVER', { namespace: '__global__' }, true],
  ] as const;
  for (const [name, home, isOpen] of places) {
    await createSecret(world, home, { name, value: `value-of-${name}`, ...flags(isOpen) });
  }
  const names = places.map(([name]) => name);
  const variables = names.map((name) => `    ${name}: {from_secret: ${name}}\n`).join('');
  const files = { '.drone.yml': listing(names, `  environment:\n${variables}`) };
  const sha = world.source.commit('refs/pull/7/head', { files });
  const found = (log: string) => names.filter((name) => log.includes(`\nhas ${name}\n`));

  const forked = await built(sha);
  await post(`${forked.number}/approve`);
  assert.deepEqual(found(await run(forked)), ['OPEN']);
  const own = await built(sha, { sourceRepo: repo.slug });
  assert.deepEqual(found(await run(own)), ['OPEN', 'ORG', 'SERVER']);
  const push = { event: 'push', ref: 'refs/heads/main', source: 'main', sourceRepo: '' } as const;
  assert.deepEqual(found(await run(await built(sha, push))), names);
});

test('[scm X36] nothing that an event says becomes a variable of its own', async (t) => {
  const { world, built } = await openPullWorld(t, { repo: { isPrivate: true, visibility: 'private' } });
  const run = await openExec(t, world);
  const words = ['X', 'TITLE', 'AUTHOR', 'TARGET', 'PARAM'];
  const sha = world.source.commit('refs/pull/7/head', {
    files: { '.drone.yml': listing([...words, 'DRONE_COMMIT_MESSAGE', 'DRONE_COMMIT_AUTHOR_NAME']) },
  });
  const build = await built(sha, {
    message: 'fix\nX=1\u0000X=2\r\nX=3',
    title: 'change\nTITLE=1\u0000',
    source: 'feature\nTARGET=1',
    author: {
      authorLogin: 'eve\nAUTHOR=1',
      authorName: 'Eve\u0000\nAUTHOR=1',
      authorEmail: 'eve@example.com\nAUTHOR=1',
      authorAvatar: '\nAUTHOR=1',
    },
    params: { 'A\nPARAM': '1', B: 'b\nPARAM=1\u0000' },
  });
  const log = await run(build);
  assert.deepEqual(
    words.filter((name) => log.includes(`\nhas ${name}\n`)),
    [],
  );
  for (const name of ['DRONE_COMMIT_MESSAGE', 'DRONE_COMMIT_AUTHOR_NAME']) {
    assert.ok(log.includes(`\nhas ${name}\n`), log);
  }
});
