import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { aRunner, TEST_KEY } from '@sortie/testing/domain-builders';
import { lockDataFolder } from '../data-folder.ts';
import { type ActivationWorld, openActivationWorld, PIPELINE } from '../routes/activation.fixture.ts';
import { openDatabase } from '../store/db.ts';
import { upsertRunner } from '../store/runners.ts';
import { checkSettings } from './check-settings.ts';
import type { Diagnosis } from './diagnosis.ts';
import { type DoctorOptions, diagnose } from './doctor.ts';

type Change = Partial<Omit<DoctorOptions, 'env'>> & { readonly env?: Record<string, string> };

interface Report {
  /** State and message of every line of one check. */
  readonly lines: readonly string[];
  /** All remedies of it. */
  readonly hints: string;
  readonly all: readonly Diagnosis[];
}

interface Patient {
  readonly folder: string;
  examine(check: Diagnosis['check'], change?: Change): Promise<Report>;
}

/** A data folder in which no server has ever run. */
async function admit(t: TestContext, settings: Readonly<Record<string, string>> = {}): Promise<Patient> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-doctor-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return {
    folder,
    async examine(check, { env = {}, ...change } = {}) {
      const all = await diagnose({
        env: { SORTIE_DATA: folder, DRONE_SERVER_HOST: '127.0.0.1:9', ...settings, ...env },
        readFile: (path) => readFileSync(path, 'utf8'),
        searchPath: process.env.PATH ?? '',
        nowMs: () => Date.now(),
        checkEngines: async () => [{ check: 'docker', state: 'ok', message: 'Docker answers.' }],
        freeBytes: async () => 50 * 1024 ** 3,
        timeoutMs: 60_000,
        ...change,
      });
      const found = all.filter((diagnosis) => diagnosis.check === check);
      return {
        lines: found.map(({ state, message }) => `${state}: ${message}`),
        hints: found.map(({ hint = '' }) => hint).join(' '),
        all,
      };
    },
  };
}

/** A server with a database, a fake Gogs, an active repository and a runner: all of it well. */
async function admitServer(t: TestContext): Promise<Patient & { readonly world: ActivationWorld }> {
  const settings: Record<string, string> = {};
  const patient = await admit(t, settings);
  const { folder } = patient;
  await writeFile(join(folder, 'secret.key'), TEST_KEY.toString('hex'));
  const database = await openDatabase({ driver: 'sqlite', path: join(folder, 'database.sqlite') });
  const world = await openActivationWorld(t, { database });
  t.after(() => database.close());
  settings.DRONE_GOGS_SERVER = world.gogs.url;
  settings.DRONE_SERVER_HOST = new URL(world.url).host;
  await upsertRunner(world.db, aRunner(), Math.floor(Date.now() / 1000));
  await world.enable();
  world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  await world.gogs.settled();
  // The clock of the world stands in another year than that of the doctor.
  await world.db
    .updateTable('builds')
    .set({ created: Math.floor(Date.now() / 1000) })
    .execute();
  return { ...patient, world };
}

test('of a server that is well, the doctor finds nothing to do and changes nothing', async (t) => {
  const { world, examine } = await admitServer(t);
  const dump = async () => ({
    health: await world.db.selectFrom('repo_health').selectAll().execute(),
    identities: await world.db.selectFrom('identities').selectAll().execute(),
    connections: await world.db.selectFrom('connections').selectAll().execute(),
    meta: await world.db.selectFrom('meta').selectAll().execute(),
  });
  const before = await dump();
  const { all } = await examine('settings');
  assert.deepEqual(
    all.filter(({ state }) => state !== 'ok'),
    [],
  );
  const checks = [...new Set(all.map(({ check }) => check))];
  assert.deepEqual(checks, [
    ...['settings', 'data', 'disk', 'database', 'key', 'git', 'docker', 'runner'],
    ...['forge', 'clock', 'tokens', 'hooks', 'address'],
  ]);
  assert.deepEqual(await dump(), before);
});

test('a setting that cannot be used fails, an unknown one is named with the nearest, an empty one too', async (t) => {
  const { examine } = await admit(t);
  const bad = await examine('settings', { env: { DRONE_RUNNER_CAPACITY: 'many' } });
  assert.match(bad.lines.join(), /^fail: DRONE_RUNNER_CAPACITY /);
  assert.ok(bad.all.some(({ check }) => check === 'git'));
  const odd = await examine('settings', { env: { SORTIE_LEESE: '90s', DRONE_GIT_USERNAME: '' } });
  assert.match(odd.lines.join('\n'), /warn: SORTIE_LEESE .* did you mean SORTIE_LEASE\?/);
  assert.match(odd.lines.join('\n'), /warn: DRONE_GIT_USERNAME is set to nothing\./);
});

test('a service that cannot call back is told from the settings alone', () => {
  const env = {
    DRONE_GITEA_SERVER: 'https://git.example.test',
    DRONE_GITEA_CLIENT_ID: 'x',
    DRONE_GITEA_CLIENT_SECRET: 'y',
  };
  const [odd] = checkSettings({ env, readFile: () => '' }).diagnoses;
  assert.equal(
    odd?.message,
    'Gitea (https://git.example.test/) cannot send webhooks to http://localhost:8080.',
  );
  assert.match(odd?.hint ?? '', /DRONE_SERVER_HOST.*SORTIE_POLL_INTERVAL/);
});

test('a data folder that is a file, one without room, and one that is not there yet are told apart', async (t) => {
  const { examine, folder } = await admit(t);
  const path = join(folder, 'file');
  await writeFile(path, '');
  const file = await examine('data', { env: { SORTIE_DATA: path } });
  assert.match(file.lines.join(), /^fail: .* is no folder\.$/);
  const full = await examine('disk', { freeBytes: async () => 1024 ** 2 });
  assert.match(full.lines.join(), /^fail: 0\.0 GiB are free/);
  assert.match(full.hints, /SORTIE_RETENTION/);
  const little = await examine('disk', { freeBytes: async () => 1024 ** 3 });
  assert.match(little.lines.join(), /^warn: 1\.0 GiB/);
  const fresh = await examine('data', { env: { SORTIE_DATA: join(folder, 'new') } });
  assert.match(fresh.lines.join(), /^warn: .* the first start makes it\.$/);
});

test('a database of a newer release, a damaged one and a lost key fail', async (t) => {
  const { examine, folder, world } = await admitServer(t);
  await rm(join(folder, 'secret.key'));
  await world.db.insertInto('meta').values({ key: 'seal-key-id', value: 'abcdef' }).execute();
  const lost = await examine('key');
  assert.match(lost.lines.join(), /^fail: The key of what the database keeps encrypted is missing\.$/);
  assert.match(lost.hints, /Restore secret\.key/);
  await world.db.insertInto('migrations').values({ number: 999, name: 'future', applied: 1 }).execute();
  const newer = await examine('database');
  assert.match(newer.lines.join(), /^fail: The database has version 999, this Sortie knows \d+\.$/);
  const path = join(folder, 'damaged.sqlite');
  await writeFile(path, 'this is no database, and long enough to be looked at as one');
  const damaged = await examine('database', { env: { DRONE_DATABASE_DATASOURCE: path } });
  assert.match(damaged.lines.join(), /^fail: /);
});

test('git that is missing fails with what to install', async (t) => {
  const { examine, folder } = await admit(t);
  const { lines, hints } = await examine('git', { searchPath: folder });
  assert.deepEqual(lines, ['fail: The git program was not found.']);
  assert.match(hints, /Install git 2\.31 or newer/);
});

test('without a runner a server that runs fails; one that does not run is only told of', async (t) => {
  const { examine, folder } = await admitServer(t);
  const later = { nowMs: () => Date.now() + 121_000 };
  assert.match((await examine('runner', later)).lines.join(), /^warn: No runner has been heard of lately/);
  t.after(lockDataFolder(folder));
  assert.match((await examine('data')).lines.join(), /a server runs on it\.$/);
  assert.match((await examine('runner', later)).lines.join(), /^fail: No runner has been heard of/);
});

test('a service that is down fails with its address', async (t) => {
  const { examine } = await admit(t);
  const { lines, hints } = await examine('forge', { env: { DRONE_GOGS_SERVER: 'http://127.0.0.1:9' } });
  assert.match(
    lines.join(),
    /^fail: Gogs cannot be reached at http:\/\/127\.0\.0\.1:9\/ \(connect ECONNREFUSED/,
  );
  assert.match(hints, /Check that Gogs runs/);
});

test('a dead token of an owner and a hook that is gone fail', async (t) => {
  const { examine, world } = await admitServer(t);
  world.fake.hooks.length = 0;
  const gone = await examine('hooks');
  assert.match(
    gone.lines.join(),
    /^fail: ada\/demo: Gogs has no webhook to http:\/\/127\.0\.0\.1:\d+\/hook\.$/,
  );
  assert.match(gone.hints, /POST \/api\/repos\/ada\/demo\/repair/);
  world.gogs.revokeTokens('ada');
  const dead = await examine('tokens');
  assert.deepEqual(dead.lines, ['fail: ada: Gogs refuses the token of ada.']);
  assert.match(dead.hints, /sign in with Gogs again/);
});

test('a hook that nothing has come from names the allow-list', async (t) => {
  const { examine, world } = await admitServer(t);
  await world.db.updateTable('repo_health').set({ last_delivery: 0 }).execute();
  const { lines, hints } = await examine('hooks');
  assert.match(lines.join(), /^warn: ada\/demo: No webhook has arrived yet/);
  assert.match(hints, /LOCAL_NETWORK_ALLOWLIST/);
});

test('a clock that is wrong is seen at the service, and at builds from the future', async (t) => {
  const { examine } = await admitServer(t);
  const fast = await examine('clock', { nowMs: () => Date.now() + 3_600_000 });
  assert.match(fast.lines.join(), /fail: The clock of Gogs is 3[56]\d\d s behind that of this machine\./);
  assert.match(fast.hints, /chrony/);
  const slow = await examine('clock', { nowMs: () => Date.now() - 86_400_000 });
  assert.match(slow.lines.join(), /fail: The newest build is from \d{4}-.* which has not come yet\./);
});

test('a certificate that is not trusted fails, and one that has expired', async (t) => {
  const pem = (name: string) =>
    readFileSync(new URL(`../../../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
  const server = createServer({ key: pem('key'), cert: pem('cert') }, (_request, response) =>
    response.end('OK'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const env = { DRONE_SERVER_HOST: `127.0.0.1:${port}`, DRONE_SERVER_PROTO: 'https' };
  const { examine } = await admit(t);
  const untrusted = await examine('tls', { env });
  assert.match(untrusted.lines.join(), /^fail: The certificate of the public address is not trusted \(/);
  assert.match(untrusted.hints, /NODE_EXTRA_CA_CERTS/);
  const expired = await examine('tls', { env, nowMs: () => Date.parse('2999-01-01') });
  assert.match(expired.lines.join(), /^fail: The certificate of the public address expired on \d{4}-/);
});

test('a public address that leads elsewhere fails while a server runs', async (t) => {
  const { examine, folder } = await admit(t);
  const env = { DRONE_SERVER_HOST: '127.0.0.1:9' };
  assert.match(
    (await examine('address', { env })).lines.join(),
    /^warn: Nothing answers at http:\/\/127\.0\.0\.1:9/,
  );
  t.after(lockDataFolder(folder));
  const { lines, hints } = await examine('address', { env });
  assert.match(lines.join(), /^fail: http:\/\/127\.0\.0\.1:9 cannot be reached from this machine/);
  assert.match(hints, /DRONE_SERVER_HOST/);
});
