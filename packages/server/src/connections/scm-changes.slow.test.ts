import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { findGit } from '@sortie/githost/git';
import { createGitPool, type GitPool } from '@sortie/githost/git-pool';
import { createMirrors, type Mirrors } from '@sortie/githost/mirror';
import { type CloneWorld, createCloneWorld } from '@sortie/testing/clone-world';
import type { FakePush } from '@sortie/testing/fake-gogs/push';
import type { RepoSource } from '../services/source.ts';
import { sweepMirrors } from '../services/sweep-mirrors.ts';
import { type TriggerDeps, triggerBuild } from '../services/trigger.ts';
import type { TriggerRequest } from '../services/trigger-request.ts';
import { updateRepo } from '../store/repos.ts';
import { createScmChanges, type ScmChangesDeps } from './scm-changes.ts';
import { createScmSource } from './scm-source.ts';

const NO_PROXY = { HTTP_PROXY: undefined, HTTPS_PROXY: undefined, NO_PROXY: undefined };

function pipeline(paths: string): string {
  return `kind: pipeline\ntype: docker\nname: default\ntrigger:\n  paths: ${paths}\nsteps:\n  - name: a\n    image: busybox\n`;
}

describe('what a build of a connected repository changes', () => {
  let world: CloneWorld;
  let repo: Repo;
  let folder: string;
  let pool: GitPool;
  let mirrors: Mirrors;

  beforeEach(async () => {
    world = await createCloneWorld();
    repo = await world.addGogsRepo(await world.addMember('ada'), 'secret');
    folder = await mkdtemp(join(tmpdir(), 'sortie-mirrors-'));
    const git = await findGit({ searchPath: process.env.PATH ?? '' });
    pool = createGitPool({ git, root: folder, limits: { children: 2, waiting: 0, childMs: 60_000 } });
    mirrors = createMirrors({ root: folder, pool, maxBytes: 1 << 20, warn: () => undefined });
  });
  afterEach(async () => {
    await pool.close();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  function changesOf(patch: Partial<ScmChangesDeps> = {}): NonNullable<RepoSource['changedFiles']> {
    const { service, access } = world;
    const transport = { proxy: NO_PROXY };
    return createScmChanges({ service, access, mirrors, transport, warn: () => undefined, ...patch });
  }

  /** Pushes and triggers as the webhook does. */
  async function pushed(before: string, change: FakePush, patch: Partial<TriggerRequest> = {}) {
    const after = world.gogs.push(repo.slug, change);
    const { service, broker } = world;
    const source = { ...createScmSource({ service, broker }), changedFiles: changesOf() };
    const noted = (_message: string, error: unknown): never => {
      throw error;
    };
    const convert = {
      jsonnet: { isEnabled: false, importLimit: 0 },
      starlark: { isEnabled: false, steps: 0, outputBytes: 0 },
    };
    const deps: TriggerDeps = {
      ...{ db: world.db, events: world.events, wake: world.queue.wake, stop: world.queue.stop },
      ...{ sealer: world.sealer, now: world.now, source, instance: 'ci', convert, reportFailure: noted },
    };
    const outcome = await triggerBuild(deps, {
      ...{ repo, origin: '@hook', event: 'push', action: '', ref: 'refs/heads/main', before, after },
      ...{ source: 'main', target: 'main', sender: 'ada', title: '', message: '', link: '' },
      ...{ params: {}, cron: '', deployTo: '' },
      ...patch,
    });
    return { after, kind: outcome.kind };
  }

  it('[scm M41] [scm M3] renames, changed types and names with spaces are built by path filters, other files are not', async () => {
    const start = { 'old.txt': 'moves', 'a link': 'text', 'docs/a b.md': 'x', other: 'x' };
    const first = world.gogs.push(repo.slug, { files: start });
    const cases: readonly [string, FakePush['files']][] = [
      ['[old.txt]', { 'old.txt': undefined, 'new.txt': 'moves' }],
      ['[new.txt]', { 'new.txt': undefined, 'newer.txt': 'moves' }],
      ['["a link"]', { 'a link': { kind: 'symlink', target: 'other' } }],
      ['["docs/a b.md"]', { 'docs/a b.md': 'y' }],
    ];
    let before = first;
    for (const [paths, files] of cases) {
      before = world.gogs.push(repo.slug, { files: { '.drone.yml': pipeline(paths) } });
      const { kind, after } = await pushed(before, { files });
      assert.equal(kind, 'built', paths);
      before = after;
    }
    before = world.gogs.push(repo.slug, { files: { '.drone.yml': pipeline('[docs/**]') } });
    assert.equal((await pushed(before, { files: { other: 'y' } })).kind, 'skipped');
  });

  it('counts as everything where it is not known: a new branch, a forced push, a fetch that takes too long', async () => {
    const files = { '.drone.yml': pipeline('[docs/**]'), other: 'x' };
    const first = world.gogs.push(repo.slug, { files });
    assert.equal((await pushed('0'.repeat(40), { files: { other: 'y' } })).kind, 'built');
    const dropped = world.gogs.push(repo.slug, { files: { other: 'z' } });
    assert.equal((await pushed(dropped, { onto: first, files: { other: 'w' } })).kind, 'built');
    const after = world.gogs.push(repo.slug, { files: { other: '1' } });
    const slow: Mirrors = { ...mirrors, changedFiles: () => new Promise(() => undefined) };
    const changes = changesOf({ mirrors: slow, waitMs: 1 });
    assert.equal(await changes(repo, first, after), undefined);
  });

  it('[scm X19] an address that is not the service’s own is never fetched from', async () => {
    const one = world.gogs.push(repo.slug, { files: { a: '1' } });
    const two = world.gogs.push(repo.slug, { files: { b: '2' } });
    const asked: string[] = [];
    const watched: Mirrors = {
      ...mirrors,
      async changedFiles({ refs }) {
        asked.push(...refs.map(({ remote }) => remote.url));
        return [];
      },
    };
    const changes = changesOf({ mirrors: watched });
    const inside = 'http://169.254.169.254/latest.git';
    assert.equal(await changes({ ...repo, httpUrl: inside }, one, two), undefined);
    const readFrom = { slug: 'eve/x', httpUrl: inside, ref: 'refs/heads/x' };
    await changes(repo, one, two, { ref: 'refs/pull/1/head', target: 'main', readFrom });
    assert.deepEqual([...new Set(asked)], [repo.httpUrl]);
  });

  it('is fetched from the internal address where the server has another one', async () => {
    const one = world.gogs.push(repo.slug, { files: { a: '1' } });
    const two = world.gogs.push(repo.slug, { files: { b: '2' } });
    const internal = world.gogs.url;
    const outside = { ...world.service.driver, link: 'http://git.example.test/' };
    const service = { ...world.service, driver: outside, internalUrl: internal };
    const shown = { ...repo, httpUrl: `http://git.example.test/${repo.slug}.git` };
    const access = { ...world.access, ownCredentials: () => world.access.ownCredentials(repo) };
    assert.deepEqual(await changesOf({ service, access })(shown, one, two), ['b']);
  });

  it('is unknown while nobody has a token for the repository', async () => {
    const one = world.gogs.push(repo.slug, { files: { a: '1' } });
    const two = world.gogs.push(repo.slug, { files: { b: '2' } });
    world.gogs.revokeTokens('ada');
    assert.equal(await changesOf()(repo, one, two), undefined);
  });

  it('mirrors go with their repositories, and the one used last stays when the disk is short', async () => {
    const ada = { login: 'ada', id: repo.userId } as Parameters<CloneWorld['addGogsRepo']>[0];
    const other = await world.addGogsRepo(ada, 'other');
    for (const { slug } of [repo, other]) world.gogs.push(slug, { files: { a: '1' } });
    const compare = async (which: Repo) => {
      const before = world.gogs.push(which.slug, { files: { b: '2' } });
      const after = world.gogs.push(which.slug, { files: { c: '3' } });
      assert.deepEqual(await changesOf()(which, before, after), ['c']);
    };
    await compare(repo);
    await compare(other);
    const sweep = (maxBytes: number) => sweepMirrors({ db: world.db, mirrors, maxBytes });
    assert.equal(await sweep(1 << 20), 0);
    const [latest] = await mirrors.list();
    assert.equal(await sweep(latest?.sizeBytes ?? 0), 1);
    assert.deepEqual(await mirrors.list(), [latest]);
    await updateRepo(world.db, latest?.id ?? 0, { isActive: false });
    assert.equal(await sweep(1 << 20), 1);
    assert.deepEqual(await mirrors.list(), []);
  });
});
