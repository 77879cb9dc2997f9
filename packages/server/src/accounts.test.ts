import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openAccounts } from './accounts.ts';
import { parseConfig } from './config.ts';
import { listAuditEntries } from './store/audit.ts';
import { openDatabase } from './store/db.ts';
import { listTokens } from './store/tokens.ts';

test('what a command makes on the machine of the server is in the audit log', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-accounts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = parseConfig({ SORTIE_DATA: folder }, () => '');
  const accounts = await openAccounts(config);
  const made = await accounts.issueToken({ name: 'ci', scopes: ['all'], lifetimeMs: 0 });
  const link = await accounts.signInLink({});
  const runner = await accounts.issueRunnerToken({ name: 'one', scope: {}, ranges: [], lifetimeMs: 0 });
  assert.match(runner, /^sortie_runner_/);
  await assert.rejects(accounts.signInLink({ login: 'nobody' }), { code: 'not-found' });
  await accounts.close();
  const database = await openDatabase(config.database);
  t.after(() => database.close());
  const entries = await listAuditEntries(database.db, { limit: 10 });
  assert.deepEqual(
    entries.map(({ via, login, action, subject }) => [via, login, action, subject]),
    [
      ['command-line', '', 'createRunnerToken', 'runner-tokens/1'],
      ['command-line', '', 'createSignInLink', 'users/admin'],
      ['command-line', '', 'createToken', 'users/admin tokens/1'],
    ],
  );
  assert.equal((await listTokens(database.db, 1))[0]?.name, 'ci');
  const written = JSON.stringify(entries);
  for (const secret of [made.text, runner, link.split('#')[1] ?? made.text])
    assert.equal(written.includes(secret), false);
});
