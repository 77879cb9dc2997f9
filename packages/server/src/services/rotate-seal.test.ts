import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { aRepo, aUser } from '@sortie/testing/domain-builders';
import { createSealer, type Sealer } from '../seal/sealer.ts';
import { type Database, openDatabase } from '../store/db.ts';
import { findIdentityByUid, insertIdentity, updateIdentity } from '../store/identities.ts';
import { ensureMeta, readMeta } from '../store/meta.ts';
import { insertRepo } from '../store/repos.ts';
import { findSecret } from '../store/secrets.ts';
import { insertUser } from '../store/users.ts';
import { openToken, sealToken } from './identity-tokens.ts';
import { ensureRepoKeys, openRepoSecret, openRepoSigner } from './repo-keys.ts';
import { rotateSeal } from './rotate-seal.ts';
import { changeSecret, createSecret, secretPlaceOf } from './set-secret.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const FLAGS = { allowsPullRequests: false, allowsPullRequestPushes: false };

describe('rotating the key of the database', () => {
  let database: Database;
  let repoId: number;
  const before = createSealer([OLD]);
  const both = createSealer([NEW, OLD]);
  const after = createSealer([NEW]);

  beforeEach(async () => {
    database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    repoId = (await insertRepo(database.db, aRepo())).id;
  });
  afterEach(() => database.close());

  const under = (sealer: Sealer) => ({ db: database.db, sealer, now: () => 1 });

  async function readValue(sealer: Sealer, key: Parameters<typeof findSecret>[1]): Promise<string> {
    const secret = await findSecret(database.db, key);
    return sealer.open(secret?.sealed ?? '', secretPlaceOf(key));
  }

  it('seals everything anew that is sealed anywhere, so that the old key is not needed', async () => {
    const { db } = database;
    for (let at = 0; at < 120; at += 1) {
      await createSecret(under(before), { repoId }, { name: `s${at}`, value: `value ${at}`, ...FLAGS });
    }
    await createSecret(under(before), { namespace: 'Acme' }, { name: 'org', value: 'of acme', ...FLAGS });
    await ensureRepoKeys(under(before), repoId);
    const keys = [await openRepoSecret(under(before), repoId), await openRepoSigner(under(before), repoId)];
    const user = await insertUser(db, aUser());
    const tokenPlace = `users.token_sealed:${user.id}`;
    await db
      .updateTable('users')
      .set({ token_sealed: before.seal('token', tokenPlace) })
      .execute();
    await ensureMeta(db, 'a-key', before.seal('meta', 'meta.value:a-key'));
    await ensureMeta(db, 'a-flag', 'plain');
    const details = { address: 'v1 or so', caKeySealed: before.seal('pem', 'runners.details:r1') };
    await insertRunner(JSON.stringify(details));
    await insertKey(before.seal('print', 'idempotency.fingerprint:user:1:k'), before);

    const first = await rotateSeal(under(both));
    assert.deepEqual(first, { resealed: 128, unreadable: [] });
    assert.equal(await readValue(after, { repoId, name: 's119' }), 'value 119');
    assert.equal(await readValue(after, { namespace: 'acme', name: 'org' }), 'of acme');
    assert.deepEqual(
      [await openRepoSecret(under(after), repoId), await openRepoSigner(under(after), repoId)],
      keys,
    );
    const { token_sealed: token } = await db
      .selectFrom('users')
      .select('token_sealed')
      .executeTakeFirstOrThrow();
    assert.equal(after.open(token, tokenPlace), 'token');
    assert.equal(after.open((await readMeta(db, 'a-key')) ?? '', 'meta.value:a-key'), 'meta');
    assert.equal(await readMeta(db, 'a-flag'), 'plain');
    const runner = await db.selectFrom('runners').select('details').executeTakeFirstOrThrow();
    const { address, caKeySealed } = JSON.parse(runner.details);
    assert.deepEqual([address, after.open(caKeySealed, 'runners.details:r1')], ['v1 or so', 'pem']);
    const stored = await db.selectFrom('idempotency').selectAll().executeTakeFirstOrThrow();
    assert.equal(after.open(stored.fingerprint, 'idempotency.fingerprint:user:1:k'), 'print');
    assert.equal(after.open(stored.body_sealed, `idempotency.body_sealed:${stored.id}`), 'answer');
    assert.deepEqual(await rotateSeal(under(both)), { resealed: 0, unreadable: [] });
  });

  it('[scm X17] tokens of Git services are sealed anew too, and open at their places only', async () => {
    const { db } = database;
    const user = await insertUser(db, aUser());
    const who = { userId: user.id, connectionId: 1, uid: '7', login: 'ada', created: 1 };
    const { id } = await insertIdentity(db, who);
    const token = { access: 'access-7', refresh: 'refresh-7', expires: 0 };
    await updateIdentity(db, id, { ...sealToken(before, id, token), updated: 1 });
    assert.deepEqual(await rotateSeal(under(both)), { resealed: 2, unreadable: [] });
    const stored = await findIdentityByUid(db, 1, '7');
    assert.deepEqual(stored && openToken(after, stored), token);
    assert.throws(() => stored && openToken(after, { ...stored, refreshSealed: stored.accessSealed }), {
      code: 'database-key',
    });
  });

  it('goes on where an interrupted one has ended', async () => {
    for (const name of ['a', 'b', 'c']) {
      await createSecret(under(before), { repoId }, { name, value: name, ...FLAGS });
    }
    await changeSecret(under(both), { repoId, name: 'b' }, { value: 'B' });
    assert.deepEqual(await rotateSeal(under(both)), { resealed: 2, unreadable: [] });
    const values = await Promise.all(['a', 'b', 'c'].map((name) => readValue(after, { repoId, name })));
    assert.deepEqual(values, ['a', 'B', 'c']);
  });

  it('loses no value that is written meanwhile, whatever key it is written with', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `s${at}`);
    for (const name of names) await createSecret(under(before), { repoId }, { name, value: 'old', ...FLAGS });
    const writing = names.map((name, at) =>
      changeSecret(under(at % 2 === 0 ? before : both), { repoId, name }, { value: `new ${at}` }),
    );
    const [report] = await Promise.all([rotateSeal(under(both)), ...writing]);
    assert.deepEqual(report.unreadable, []);
    await rotateSeal(under(both));
    for (const [at, name] of names.entries()) {
      assert.equal(await readValue(after, { repoId, name }), `new ${at}`);
    }
  });

  it('[ops C63] names what no key opens, plain text included, and seals the rest', async () => {
    await createSecret(under(before), { repoId }, { name: 'good', value: 'good', ...FLAGS });
    await createSecret(
      under(createSealer([Buffer.alloc(32, 9)])),
      { repoId },
      { name: 'lost', value: 'x', ...FLAGS },
    );
    await createSecret(under(before), { repoId }, { name: 'plain', value: 'x', ...FLAGS });
    await database.db.updateTable('secrets').set({ sealed: 'plain' }).where('name', '=', 'plain').execute();
    assert.deepEqual(await rotateSeal(under(both)), {
      resealed: 1,
      unreadable: [`secrets.sealed:repo/${repoId}:lost`, `secrets.sealed:repo/${repoId}:plain`],
    });
    assert.equal(await readValue(after, { repoId, name: 'good' }), 'good');
  });

  it('ends with a reason when somebody keeps writing with the old key', async () => {
    await createSecret(under(before), { repoId }, { name: 'a', value: 'a', ...FLAGS });
    const place = secretPlaceOf({ repoId, name: 'a' });
    const stubborn: Sealer = { ...both, seal: (text) => before.seal(text, place) };
    await assert.rejects(
      rotateSeal(under(stubborn)),
      (error) =>
        error instanceof AppError && error.code === 'database-key' && /Restart/.test(error.hint ?? ''),
    );
  });

  async function insertRunner(details: string): Promise<void> {
    await database.db
      .insertInto('runners')
      .values({
        name: 'r1',
        types: '[]',
        os: '',
        arch: '',
        variant: '',
        os_version: '',
        labels: '{}',
        capacity: 1,
        version: '',
        last_contact: 1,
        created: 1,
        details,
      })
      .execute();
  }

  /** Its own id is part of the place of the body. */
  async function insertKey(fingerprint: string, sealer: Sealer): Promise<void> {
    const { id } = await database.db
      .insertInto('idempotency')
      .values({ owner: 'user:1', key: 'k', fingerprint, holder: '', created: 1 })
      .returning('id')
      .executeTakeFirstOrThrow();
    await database.db
      .updateTable('idempotency')
      .set({ body_sealed: sealer.seal('answer', `idempotency.body_sealed:${id}`) })
      .execute();
  }
});
