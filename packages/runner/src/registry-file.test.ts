import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readRegistryFile } from './registry-file.ts';

it('the logins of a file of docker login are read, and what is wrong with it is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-registry-'));
  const path = join(folder, 'config.json');
  await assert.rejects(readRegistryFile(path), { code: 'config-value', message: /cannot be read/ });
  await writeFile(path, 'no json');
  await assert.rejects(readRegistryFile(path), { code: 'config-value', message: /holds no logins/ });
  const auth = Buffer.from('ada:p:w').toString('base64');
  await writeFile(path, JSON.stringify({ auths: { 'ghcr.io': { auth } } }));
  assert.deepEqual(await readRegistryFile(path), [{ address: 'ghcr.io', username: 'ada', password: 'p:w' }]);
  await rm(folder, { recursive: true });
});
