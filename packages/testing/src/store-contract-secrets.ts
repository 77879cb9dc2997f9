import assert from 'node:assert/strict';
import type { Db } from '@sortie/server/store/db';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import { fillRepoKeys, findRepoKeys } from '@sortie/server/store/repo-keys';
import { insertRepo, removeRepo } from '@sortie/server/store/repos';
import { createSealKeyNotes } from '@sortie/server/store/seal-keys';
import { listSealedCells, replaceSealedCell, type SealedColumn } from '@sortie/server/store/sealed-cells';
import {
  findSecret,
  insertSecret,
  listNamespaceSecrets,
  listSealedSecrets,
  listSecrets,
  removeSecret,
  updateSecret,
} from '@sortie/server/store/secrets';
import { aRepo, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const SECRET = {
  name: 'token',
  sealed: 'v1.sealed',
  allowsPullRequests: true,
  allowsPullRequestPushes: false,
  legacy: undefined,
  created: TEST_NOW,
};

async function aHome(db: Db): Promise<{ readonly repoId: number }> {
  return { repoId: (await insertRepo(db, aRepo())).id };
}

/** Secrets, the keys of repositories, and what rotation needs. */
export function keepingSecrets(it: StoreCase): void {
  it('a secret of a repository comes back as it was stored, and goes with the repository', async ({ db }) => {
    const home = await aHome(db);
    const { sealed, ...plain } = SECRET;
    const stored = await insertSecret(db, home, SECRET);
    assert.deepEqual(stored, { ...plain, ...home, id: stored.id, namespace: '', updated: TEST_NOW });
    assert.deepEqual(await findSecret(db, { ...home, name: 'token' }), { ...stored, sealed });
    assert.equal(await findSecret(db, { ...home, name: 'TOKEN' }), undefined);
    assert.equal(await findSecret(db, { repoId: home.repoId + 1, name: 'token' }), undefined);
    assert.equal(await findSecret(db, { namespace: '', name: 'token' }), undefined);
    await removeRepo(db, home.repoId);
    assert.equal(await findSecret(db, { ...home, name: 'token' }), undefined);
  });

  it('a name is taken once in each home; the case of a namespace does not count', async ({ db }) => {
    const home = await aHome(db);
    await insertSecret(db, home, SECRET);
    await assert.rejects(insertSecret(db, home, SECRET), isDuplicateKey);
    await insertSecret(db, { namespace: 'Acme' }, SECRET);
    await assert.rejects(insertSecret(db, { namespace: 'acme' }, SECRET), isDuplicateKey);
    await insertSecret(db, { namespace: 'other' }, { ...SECRET, name: 'a' });
    assert.equal((await findSecret(db, { namespace: 'ACME', name: 'token' }))?.namespace, 'Acme');
    const listed = (await listNamespaceSecrets(db)).map(({ namespace, name }) => `${namespace}/${name}`);
    assert.deepEqual(listed, ['other/a', 'Acme/token']);
    assert.equal((await listSecrets(db, { namespace: 'acme' })).length, 1);
  });

  it('secrets are picked by names in any case, with their values', async ({ db }) => {
    const home = await aHome(db);
    for (const name of ['token', 'TOKEN', 'other']) {
      await insertSecret(db, home, { ...SECRET, name, sealed: `v1.${name}` });
    }
    const found = await listSealedSecrets(db, home, ['Token', 'missing']);
    assert.deepEqual(
      found.map(({ sealed }) => sealed),
      ['v1.token', 'v1.TOKEN'],
    );
    assert.deepEqual(await listSealedSecrets(db, home, []), []);
  });

  it('a change leaves alone what it does not name, and keeps the rules of a 0.5 secret', async ({ db }) => {
    const home = await aHome(db);
    const legacy = { images: ['a'], events: ['push'], skipVerify: true, conceal: false };
    const stored = await insertSecret(db, home, { ...SECRET, legacy });
    const key = { ...home, name: 'token' };
    const changed = await updateSecret(db, key, { allowsPullRequests: false, updated: TEST_NOW + 5 });
    assert.deepEqual(changed, { ...stored, allowsPullRequests: false, updated: TEST_NOW + 5 });
    assert.deepEqual(changed?.legacy, legacy);
    await updateSecret(db, key, { sealed: 'v1.new', updated: TEST_NOW + 6 });
    assert.equal((await findSecret(db, key))?.sealed, 'v1.new');
    assert.equal(await updateSecret(db, { ...home, name: 'other' }, { updated: 1 }), undefined);
    assert.deepEqual([await removeSecret(db, key), await removeSecret(db, key)], [true, false]);
  });

  it('a repository gets each of its keys once', async ({ db }) => {
    const { repoId } = await aHome(db);
    assert.deepEqual(await findRepoKeys(db, repoId), { signer: '', secret: '' });
    await fillRepoKeys(db, repoId, { signer: 'a', secret: 'b' });
    await fillRepoKeys(db, repoId, { signer: 'c', secret: 'd' });
    assert.deepEqual(await findRepoKeys(db, repoId), { signer: 'a', secret: 'b' });
    assert.equal(await findRepoKeys(db, repoId + 1), undefined);
  });

  it('the keys of a database are noted, unless one is noted that is not known', async ({ db }) => {
    const notes = createSealKeyNotes(db);
    assert.deepEqual(await notes.list(), []);
    const one = new Set(['one']);
    const [first, second] = await Promise.all([notes.add('one', one), notes.add('two', new Set(['two']))]);
    assert.deepEqual(first, second, 'of two strangers at once one is noted');
    await notes.keepOnly('one');
    assert.deepEqual(await notes.add('three', new Set(['three'])), ['one']);
    assert.deepEqual(await notes.add('two', new Set(['one', 'two'])), ['one', 'two']);
    assert.deepEqual(await notes.list(), ['one', 'two']);
    await notes.keepOnly('two');
    assert.deepEqual(await notes.list(), ['two']);
  });

  it('sealed values are paged by row and replaced only as they were read', async ({ db }) => {
    for (const name of ['a', 'b', 'c']) await insertSecret(db, { namespace: 'acme' }, { ...SECRET, name });
    const column: SealedColumn = {
      table: 'secrets',
      column: 'sealed',
      key: 'id',
      facts: ['namespace', 'name'],
    };
    const [first, second] = await listSealedCells(db, column, { after: 0, limit: 2 });
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(first.facts, { namespace: 'acme', name: 'a' });
    assert.equal((await listSealedCells(db, column, { after: second.row, limit: 2 })).length, 1);
    assert.equal(await replaceSealedCell(db, column, first, 'v1.new'), true);
    assert.equal(await replaceSealedCell(db, column, first, 'v1.newer'), false);
    assert.equal((await findSecret(db, { namespace: 'acme', name: 'a' }))?.sealed, 'v1.new');
    assert.equal((await findSecret(db, { namespace: 'acme', name: 'b' }))?.sealed, 'v1.sealed');
  });

  it('rows that are named by a text are paged too, and empty values are left out', async ({ db }) => {
    await db
      .insertInto('meta')
      .values([
        { key: 'm2', value: 'two' },
        { key: 'm1', value: '' },
        { key: 'm3', value: 'x' },
      ])
      .execute();
    const column: SealedColumn = { table: 'meta', column: 'value', key: 'key', facts: [] };
    const cells = await listSealedCells(db, column, { after: 'm', limit: 9 });
    assert.deepEqual(cells, [
      { row: 'm2', text: 'two', facts: {} },
      { row: 'm3', text: 'x', facts: {} },
    ]);
  });
}
