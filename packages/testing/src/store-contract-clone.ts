import assert from 'node:assert/strict';
import { findBuild, findBuildById, insertBuild, updateBuild } from '@sortie/server/store/builds';
import { inTransaction } from '@sortie/server/store/db';
import { insertRepo } from '@sortie/server/store/repos';
import { aBuildDraft, aRepo, NEW_BUILD } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

/** Where builds are cloned from. */
export function keepingClones(it: StoreCase): void {
  it('a build remembers where its commit is read, also after a change, and others name no such place', async ({
    db,
  }) => {
    const repo = await insertRepo(db, aRepo());
    const readFrom = {
      slug: 'eve/hello',
      httpUrl: 'https://git.example/eve/hello.git',
      ref: 'refs/heads/a b',
    };
    const insert = (patch: Parameters<typeof aBuildDraft>[0]) =>
      inTransaction(db, (tx) => insertBuild(tx, { ...aBuildDraft(patch), ...NEW_BUILD, repoId: repo.id }));
    const away = await insert({ readFrom });
    const here = await insert({});
    assert.deepEqual(away.readFrom, readFrom);
    assert.equal('readFrom' in here, false);
    await inTransaction(db, (tx) => updateBuild(tx, away.id, { status: 'running' }, away));
    assert.deepEqual((await findBuildById(db, away.id))?.readFrom, readFrom);
    assert.deepEqual((await findBuild(db, repo.id, away.number))?.readFrom, readFrom);
  });
}
