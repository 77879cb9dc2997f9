import assert from 'node:assert/strict';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import {
  findTemplate,
  insertTemplate,
  listTemplates,
  removeTemplate,
  updateTemplate,
} from '@sortie/server/store/templates';
import { TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const TEMPLATE = {
  namespace: 'Octo',
  name: 'go.yaml',
  data: 'kind: pipeline',
  created: TEST_NOW,
  updated: TEST_NOW,
};

/** Templates of namespaces. */
export function keepingTemplates(it: StoreCase): void {
  it('a template is found by namespace in any case and by its exact name', async ({ db }) => {
    const stored = await insertTemplate(db, TEMPLATE);
    assert.deepEqual(stored, { ...TEMPLATE, id: stored.id });
    assert.deepEqual(await findTemplate(db, { namespace: 'octo', name: 'go.yaml' }), stored);
    assert.equal(await findTemplate(db, { namespace: 'octo', name: 'GO.yaml' }), undefined);
    assert.equal(await findTemplate(db, { namespace: 'other', name: 'go.yaml' }), undefined);
  });

  it('a namespace has a template name once, other namespaces have their own', async ({ db }) => {
    await insertTemplate(db, TEMPLATE);
    await assert.rejects(insertTemplate(db, { ...TEMPLATE, namespace: 'octo' }), isDuplicateKey);
    await insertTemplate(db, { ...TEMPLATE, namespace: 'other' });
    await insertTemplate(db, { ...TEMPLATE, name: 'a.star' });
    const names = (await listTemplates(db, 'OCTO')).map(({ name }) => name);
    assert.deepEqual(names, ['a.star', 'go.yaml']);
    assert.equal((await listTemplates(db)).length, 3);
  });

  it('a template can be changed, moved and removed', async ({ db }) => {
    const stored = await insertTemplate(db, TEMPLATE);
    const key = { namespace: 'octo', name: 'go.yaml' };
    const changed = await updateTemplate(db, key, { data: 'new', updated: TEST_NOW + 5 });
    assert.deepEqual(changed, { ...stored, data: 'new', updated: TEST_NOW + 5 });
    await updateTemplate(db, key, { namespace: 'other', updated: TEST_NOW + 6 });
    assert.equal(await updateTemplate(db, key, { data: 'x', updated: TEST_NOW }), undefined);
    assert.equal(await removeTemplate(db, key), false);
    assert.equal(await removeTemplate(db, { ...key, namespace: 'other' }), true);
    assert.deepEqual(await listTemplates(db), []);
  });
}
