import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { KEY_FILE, openSealer, type SealerOptions } from './open-sealer.ts';

const ONE = 'bea26a2221fd8090ea38720fc445eca6';
const TWO = '589396227fff5a93ba934965e8735f88';

describe('the keys of a server', () => {
  let folder: string;
  let noted: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-seal-'));
    noted = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const notes: SealerOptions['notes'] = {
    list: async () => [...noted],
    add: async (keyId, known) => {
      const isKnown = noted.every((id) => known.has(id));
      if (isKnown && !noted.includes(keyId)) noted.push(keyId);
      return [...noted];
    },
  };
  const open = (patch: Partial<SealerOptions> = {}) =>
    openSealer({ dataFolder: folder, secret: '', previous: [], notes, ...patch });

  it('[scm X17] are made at the first start, for the account of the server alone, and found again', async () => {
    const first = await open();
    const sealed = first.seal('hunter2', 'here');
    assert.match(await readFile(join(folder, KEY_FILE), 'utf8'), /^[0-9a-f]{64}\n$/);
    assert.equal((await stat(join(folder, KEY_FILE))).mode & 0o777, 0o600);
    assert.equal((await open()).open(sealed, 'here'), 'hunter2');
    assert.deepEqual(await readdir(folder), [KEY_FILE]);
    assert.deepEqual(noted, [first.keyId]);
  });

  it('are the same for two servers that start together', async () => {
    const sealers = await Promise.all([open(), open(), open()]);
    assert.equal(new Set(sealers.map(({ keyId }) => keyId)).size, 1);
    assert.deepEqual(await readdir(folder), [KEY_FILE]);
  });

  it('[ops C62] of other than 32 characters stop the start', async () => {
    for (const secret of [ONE.slice(1), `${ONE}0`, `${ONE.slice(1)}é`]) {
      await assert.rejects(open({ secret }), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'config-value');
        assert.match(error.message, /DRONE_DATABASE_SECRET needs a key of 32 characters/);
        assert.ok(!error.message.includes(secret));
        return true;
      });
    }
    await rejectsWith('config-value', open({ secret: ONE, previous: ['short'] }));
    assert.deepEqual(noted, []);
    await open({ secret: ONE });
  });

  it('[scm X17] that have gone stop the start, and no new key file takes their place', async () => {
    await open();
    await rm(join(folder, KEY_FILE));
    await rejectsWith('database-key', open());
    assert.deepEqual(await readdir(folder), []);
    await rejectsWith('database-key', open({ secret: ONE }));
    assert.equal(noted.length, 1);
  });

  it('are replaced by a setting while the older one stays given, and both are noted until then', async () => {
    const first = await open({ secret: ONE });
    const second = await open({ secret: TWO, previous: [ONE] });
    assert.deepEqual(noted, [first.keyId, second.keyId]);
    assert.equal(second.open(first.seal('x', 'here'), 'here'), 'x');
    await rejectsWith('database-key', open({ secret: ONE }));
    await rejectsWith('database-key', open({ secret: TWO }));
  });

  it('in a file still open what it has sealed when a setting takes over', async () => {
    const sealed = (await open()).seal('hunter2', 'here');
    const second = await open({ secret: ONE });
    assert.equal(second.open(sealed, 'here'), 'hunter2');
    assert.equal(second.isOld(sealed), true);
  });

  it('in a damaged file stop the start', async () => {
    for (const text of ['', 'zz', 'a'.repeat(63), `${'a'.repeat(64)}b`]) {
      await writeFile(join(folder, KEY_FILE), text);
      await rejectsWith('database-key', open());
    }
  });

  it('that are not those of a faster server of the same database stop the start', async () => {
    await rejectsWith('database-key', open({ notes: { ...notes, add: async () => ['00000000'] } }));
  });
});
