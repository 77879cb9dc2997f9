import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { findGit } from '@sortie/githost/git';
import { repoDir } from '@sortie/githost/storage';
import { TEST_KEY } from '@sortie/testing/domain-builders';
import { openQueueWorld } from '@sortie/testing/queue-views';
import type { QueueWorld } from '@sortie/testing/queue-world';
import { createWorkingCopy, type WorkingCopy } from '@sortie/testing/server-process';
import { pino } from 'pino';
import { type BuiltinHost, createBuiltinHost } from './git-host.ts';
import { recover, recoverOwed } from './recover.ts';
import { createSealer } from './seal/sealer.ts';
import { createGitRepo, type GitAccessDeps } from './services/git-access.ts';
import { listBuilds } from './store/builds.ts';
import { insertDelivery, listDeliveries } from './store/deliveries.ts';
import { findRepoById, insertRepo } from './store/repos.ts';
import { insertUser } from './store/users.ts';

const PIPELINE =
  'kind: pipeline\ntype: docker\nname: default\nsteps:\n  - name: a\n    image: busybox\n    commands: ["true"]\n';

describe('what a crash interrupted', () => {
  let world: QueueWorld;
  let copy: WorkingCopy;
  let built: BuiltinHost;
  let repo: { readonly id: number; readonly uid: string };
  let head: string;
  const log = pino({ level: 'silent' });

  beforeEach(async () => {
    world = await openQueueWorld();
    copy = await createWorkingCopy();
    const { db, events, queue, now } = world;
    const newUid = () => randomBytes(16).toString('hex');
    const access: GitAccessDeps = {
      db,
      now,
      sealer: createSealer([TEST_KEY]),
      userTokenKey: async () => 'key',
      newUid,
      cloneKey: randomBytes(32),
      builtinConnectionId: 1,
      isPrivateMode: false,
      publicUrl: 'http://ci',
    };
    const failures: string[] = [];
    built = createBuiltinHost({
      dataFolder: join(copy.directory, 'data'),
      git: await findGit({ searchPath: process.env.PATH ?? '' }),
      quotaBytes: 1 << 30,
      access,
      push: {
        db,
        events,
        now,
        wake: queue.wake,
        stop: queue.stop,
        sealer: createSealer([TEST_KEY]),
        newKey: newUid,
        instance: 'ci',
        convert: {
          jsonnet: { isEnabled: false, importLimit: 0 },
          starlark: { isEnabled: false, steps: 0, outputBytes: 0 },
        },
        publicUrl: 'http://ci',
        servedTypes: async () => new Set(['docker']),
        reportFailure: (message, error) => void failures.push(`${message}: ${String(error)}`),
      },
      log,
    });
    const user = await insertUser(db, {
      connectionId: 1,
      uid: 'ada',
      login: 'ada',
      email: '',
      avatar: '',
      isMachine: false,
      isAdmin: true,
      isActive: true,
      isSyncing: false,
      synced: 0,
      created: 1,
      updated: 1,
      lastLogin: 0,
    });
    repo = await createGitRepo(access, { login: 'ada', user, scopes: ['all'] }, 'ada', 'demo');
    await built.host.createStorage(repo);
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '.drone.yml');
    await copy.git('commit', '--quiet', '--message', 'first');
    head = (await copy.git('rev-parse', 'HEAD')).stdout.trim();
  });
  afterEach(async () => {
    await built.host.close();
    await world.close();
    await copy.dispose();
  });

  const deps = () => ({ ...built, builtinConnectionId: 1, log, signal: new AbortController().signal });
  const run = () => recover(deps());
  const buildsOf = () => listBuilds(world.db, repo.id, { limit: 10 });

  it('[scm B12] between the move of a ref and its build makes the missing build once', async () => {
    // Straight into the bare repository: the refs move and nobody is told, as if the server had died right then.
    await copy.git('push', '--quiet', repoDir(join(copy.directory, 'data/git'), repo.uid), 'main');
    await run();
    await run();
    const builds = await buildsOf();
    assert.deepEqual(
      builds.map(({ number, after, ref, status }) => [number, after, ref, status]),
      [[1, head, 'refs/heads/main', 'pending']],
    );
  });

  it('with one repository that cannot be read takes up the others, and that one when it can be', async () => {
    const known = (await findRepoById(world.db, repo.id)) ?? assert.fail();
    const { id: _id, counter: _counter, version: _version, ...rest } = known;
    const other = await insertRepo(world.db, {
      ...rest,
      uid: 'b'.repeat(32),
      name: 'later',
      slug: 'ada/later',
    });
    await built.host.createStorage(other);
    await copy.git('push', '--quiet', repoDir(join(copy.directory, 'data/git'), other.uid), 'main');
    const objects = join(repoDir(join(copy.directory, 'data/git'), repo.uid), 'objects');
    await copy.git('push', '--quiet', join(objects, '..'), 'main');
    await rename(objects, `${objects}.away`);
    await run();
    assert.equal((await listBuilds(world.db, other.id, { limit: 10 })).length, 1);
    assert.deepEqual([...built.owed], [repo.id]);
    await recoverOwed(deps());
    assert.deepEqual([...built.owed], [repo.id]);
    await rename(`${objects}.away`, objects);
    await recoverOwed(deps());
    assert.deepEqual([...built.owed], []);
    assert.equal((await buildsOf()).length, 1);
  });

  it('between the stored delivery and its verdict is taken up again, with the options of the push', async () => {
    await copy.git('push', '--quiet', repoDir(join(copy.directory, 'data/git'), repo.uid), 'main');
    await insertDelivery(world.db, {
      repoId: repo.id,
      event: 'branch',
      key: 'k',
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      after: head,
      sender: 'ada',
      payload: JSON.stringify({ isSkip: false, params: { TARGET: 'staging' } }),
      created: 1,
    });
    await world.db
      .insertInto('git_refs')
      .values({ repo_id: repo.id, ref: 'refs/heads/main', sha: head })
      .execute();
    await run();
    await run();
    const builds = await buildsOf();
    assert.deepEqual(
      builds.map(({ sender, params }) => [sender, params]),
      [['ada', { TARGET: 'staging' }]],
    );
    const [delivery] = await listDeliveries(world.db, repo.id, { limit: 10 });
    assert.deepEqual([delivery?.verdict, delivery?.buildId], ['built', builds[0]?.id]);
  });
});
